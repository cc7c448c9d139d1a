"""The engine: from a context to tokens, with a decoder, a vocabulary and a cache.

The context's last piece is taken back and asked for again ("token healing"): after "The gre" the
model is asked what follows "The", and only tokens that agree with " gre" are let through. So words
that the cut would have put out of reach come back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from writer.base.progress import Cancelled
from writer.engine.decoders.decoder import Decoder
from writer.engine.generation.introspector import Introspector, PendingTrace
from writer.engine.generation.prefix_cache import SLICE, PrefillCost, PrefixCache
from writer.engine.generation.prompt import Prompt, PromptBuilder
from writer.engine.generation.sampling import TokenChoice, choose
from writer.engine.generation.word_search import LONGEST, WordCandidate, WordQuery, WordSearch
from writer.engine.infill.causal_infill import CausalInfill
from writer.engine.infill.masked_model_pool import MaskedModelPool
from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineStats, Parameters, Token
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.engine.weights.safetensors_reader import Floats
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap
from writer.text.words import ends_in_word

FAR = 192
"""Tokens not yet read from which on an answer in a hurry does not wait for them."""

NEAR = 96
"""Tokens at the end of the context that such an answer reads."""


class LocalEngine:
    """Continues text with a model on this machine. Implements `protocol.Engine`."""

    def __init__(
        self,
        decoder: Decoder,
        vocabulary: Vocabulary,
        prompt_builder: PromptBuilder,
        masked_models: MaskedModelPool,
        why: str,
    ) -> None:
        self.name = decoder.name
        self.device = decoder.device
        self.why = why
        self.report = EngineStats()
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._prompt_builder = prompt_builder
        self._cache = PrefixCache(decoder)
        stops = np.array(sorted(prompt_builder.stops), np.int64)
        self._open = np.concatenate([vocabulary.allowed, stops])
        """All that may come where nothing is owed, with the markers that end a text."""
        self._search = WordSearch(vocabulary)
        self._masked_models = masked_models
        self._choice = CausalInfill(self._cache, vocabulary, prompt_builder)
        self._introspector = Introspector(self._cache, vocabulary, prompt_builder)
        self._latest: Context | None = None
        self._unread: Prompt | None = None

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`."""
        started = time.perf_counter()
        self._cache.cost = PrefillCost()
        prompt = self._prompt(context, parameters)
        held = self._cache.held(prompt.ids)
        first = 0.0
        trace = PendingTrace(prompt, held, hurried=self._unread is not None)
        self._introspector.begin(context, parameters.branch, trace)
        try:
            way = self._words if parameters.by_words else self._tokens
            for token in way(prompt, parameters, trace.path, cancelled):
                first = first or time.perf_counter() - started
                yield token
        except Cancelled:
            pass
        finally:
            total = time.perf_counter() - started
            trace.passes = self._cache.cost.passes
            self.report = EngineStats(
                first * 1e3, total * 1e3, len(prompt.ids), held, self._cache.cost.passes
            )

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prefetch`: the context and its next word, so that a request there costs no pass."""
        prompt = self._prompt_builder.prompt(context, heal=True)
        with contextlib.suppress(Cancelled):
            next(self._words(prompt, Parameters(by_words=True), [], cancelled), None)

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prepare_idle`: reads what a hurried answer left out, or the window that comes next."""
        unread = self._unread
        if unread is None and self._latest is not None:
            self._masked_models.prepare(self._latest.language)
            unread = self._prompt_builder.upcoming(self._latest)
        if unread is not None:
            with contextlib.suppress(Cancelled):
                self._cache.logits(unread.ids, 1, cancelled)
                self._unread = None

    def _prompt(self, context: Context, parameters: Parameters) -> Prompt:
        """The whole prompt, or only its end where that must do for now."""
        prompt = self._prompt_builder.prompt(context, parameters.heal)
        self._latest, self._unread = context, None
        if parameters.hurry and len(prompt.ids) - self._cache.held(prompt.ids) > FAR:
            self._unread = prompt
            return self._prompt_builder.end_of(prompt, NEAR)
        return prompt

    def logprobs(self, context: Context, text: str) -> list[float]:
        """The natural log-probability of each token of `text`, were it written behind `context`.

        Where both together do not fit, the text is cut into parts, each behind the end of what came before.
        """
        before = list(self._prompt_builder.prompt(context, heal=False).ids)
        ids = self._vocabulary.encode(text)
        room = self._decoder.capacity // 2
        found: list[float] = []
        for start in range(0, len(ids), room):
            part = ids[start : start + room]
            behind = self._prompt_builder.shortened([*before, *ids[:start]], room)
            for at in range(0, len(part), SLICE):
                piece = part[at : at + SLICE]
                whole = [*behind, *part[:at], *piece]
                logits = self._cache.logits(whole[:-1], len(piece), lambda: False).astype(np.float64)
                highest = logits.max(axis=1, keepdims=True)
                total = highest[:, 0] + np.log(np.exp(logits - highest).sum(axis=1))
                found += [float(row[i] - t) for row, i, t in zip(logits, piece, total, strict=True)]
        return found

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `Chooser.alternatives`: by a masked model where one is here, else by this one."""
        infill_model = self._masked_models.infill_model(gap.language) or self._choice
        try:
            return infill_model.alternatives(gap, seconds, cancelled)
        except Cancelled:
            return []

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """See `Insightful.explain`."""
        try:
            return self._introspector.explain(context, branch, cancelled)
        except Cancelled:
            return None

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """See `Insightful.token_surprisal`."""
        try:
            return self._introspector.token_surprisal(context, count, cancelled)
        except Cancelled:
            return None

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """See `Insightful.attention`."""
        try:
            return self._introspector.attention(context, cancelled)
        except Cancelled:
            return None

    def close(self) -> None:
        """See `Engine.close`."""
        self._masked_models.close()
        self._decoder.close()

    def _words(
        self, prompt: Prompt, parameters: Parameters, chosen: list[int], cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Word after word, each the likeliest behind the one before; `chosen` grows by their tokens."""
        ids, given, branch = list(prompt.ids), 0, parameters.branch
        question = WordQuery(prompt.healed_prefix, floor=parameters.floor)

        def row(path: Sequence[int]) -> Floats:
            if cancelled():
                raise Cancelled
            return self._cache.row([*ids, *path], cancelled)

        while given < parameters.max_tokens and len(ids) + LONGEST <= self._decoder.capacity:
            word = next(islice(self._search.words(row, question), branch, None), None)
            if word is None:
                return
            chosen += word.path
            yield from self._spell(word, question.healed_prefix)
            ids += word.path
            given += len(word.path)
            question, branch = WordQuery(after_word=ends_in_word(word.text), floor=parameters.floor), 0

    def _spell(self, word: WordCandidate, healed_prefix: bytes) -> Iterator[Token]:
        """A word's tokens, less what stands before the cursor; the first one carries the probability."""
        logprob = word.logprob
        for place, i in enumerate(word.path):
            piece = self._vocabulary.pieces[i]
            if len(piece) > len(healed_prefix):
                yield Token(i, piece[len(healed_prefix) :], logprob, ends_word=place == len(word.path) - 1)
                logprob = 0.0
            healed_prefix = healed_prefix[len(piece) :]

    def _tokens(
        self, prompt: Prompt, parameters: Parameters, chosen: list[int], cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        ids, healed_prefix, given = list(prompt.ids), prompt.healed_prefix, 0
        random = np.random.default_rng(parameters.seed)
        while given < parameters.max_tokens and len(ids) < self._decoder.capacity and not cancelled():
            row = self._cache.row(ids, cancelled)
            candidates = self._vocabulary.matching(healed_prefix) if healed_prefix else self._open
            branch = parameters.branch if not given else 0
            choice = choose(row, candidates, parameters, branch, random)
            if choice is None or choice.id in self._prompt_builder.stops:
                return
            ids.append(choice.id)
            chosen.append(choice.id)
            token, healed_prefix = self._strip_healed_prefix(choice, healed_prefix)
            if token.text:
                given += 1
                yield token

    def _strip_healed_prefix(self, choice: TokenChoice, healed_prefix: bytes) -> tuple[Token, bytes]:
        """Take the bytes that stand before the cursor off a token."""
        pieces = self._vocabulary.pieces
        piece = pieces[choice.id]
        runners = tuple((pieces[i][len(healed_prefix) :], p) for i, p in choice.runners_up)
        return Token(choice.id, piece[len(healed_prefix) :], choice.logprob, runners), healed_prefix[
            len(piece) :
        ]
