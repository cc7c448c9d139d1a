"""The engine for a model on this machine: a decoder with a vocabulary, a prefix cache and a word search.

It uses token healing: the last word before the cursor is removed from the prompt and generated again. After
"The gre" the prompt is "The", and only tokens that agree with " gre" are allowed. Otherwise the tokenization
of the unfinished word would rule out its likeliest continuations.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from writer.base.errors import Message
from writer.base.progress import Cancelled
from writer.engine.decoders.decoder import AdaptsToLoad, Decoder
from writer.engine.generation.introspector import Introspector, PendingTrace
from writer.engine.generation.prefix_cache import CHUNK_TOKENS, CacheStats, PrefixCache
from writer.engine.generation.prompt import Prompt, PromptBuilder
from writer.engine.generation.sampling import TokenChoice, choose_token
from writer.engine.generation.text_scores import TextScores
from writer.engine.generation.word_search import (
    MAX_WORD_BYTES,
    TokenClasses,
    WordCandidate,
    WordQuery,
    WordSearch,
    log_softmax,
)
from writer.engine.infill.causal_infill import CausalInfill
from writer.engine.infill.masked_model_pool import MaskedModelPool
from writer.engine.introspection import Attention, GenerationTrace, TokenStep
from writer.engine.protocol import EngineStats, Parameters, Token
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.engine.tokenizer.word_tokens import WordTokens
from writer.engine.weights.weights import Floats
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap
from writer.suggestions.gate import is_judged_alone
from writer.text.words import ends_in_word

PARTIAL_CONTEXT_THRESHOLD = 192
"""The least number of uncached tokens for which an answer from a partial context is generated."""

PARTIAL_CONTEXT_TOKENS = 96
"""The least number of tokens, at the end of the context, in the prompt of such an answer."""


class LocalEngine:
    """Continues text with a model on this machine. Implements `protocol.Engine`."""

    def __init__(
        self,
        decoder: Decoder,
        vocabulary: Vocabulary,
        prompt_builder: PromptBuilder,
        masked_models: MaskedModelPool,
        why: Message,
        slow: Message = "",
        classes: TokenClasses | None = None,
    ) -> None:
        self.name = decoder.name
        self.device = decoder.device
        self.why = why
        self.slow = slow
        self.stats = EngineStats()
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._prompt_builder = prompt_builder
        self._cache = PrefixCache(decoder)
        stops = np.array(sorted(prompt_builder.stops), np.int64)
        self._unconstrained = np.concatenate([vocabulary.allowed, stops])
        """Ids allowed after the healed prefix, int64 [n]: ordinary tokens and those that end a text."""
        self._search = WordSearch(vocabulary, stops, classes=classes)
        self._masked_models = masked_models
        self._causal_infill = CausalInfill(self._cache, vocabulary, prompt_builder)
        self._text_scores = TextScores(self._cache, vocabulary, prompt_builder, WordTokens(vocabulary))
        self._introspector = Introspector(self._cache, vocabulary, prompt_builder)
        self._latest_context: Context | None = None
        self._deferred_prompt: Prompt | None = None

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`."""
        started = time.perf_counter()
        self._cache.stats = CacheStats()
        prompt = self._prompt(context, parameters)
        cached_tokens = self._cache.cached_length(prompt.ids)
        first = 0.0
        trace = PendingTrace(prompt, cached_tokens, partial_context=self._deferred_prompt is not None)
        self._introspector.begin_trace(context, parameters.branch, trace)
        try:
            generate = self._generate_words if parameters.by_words else self._generate_tokens
            for token in generate(prompt, parameters, trace.path, cancelled):
                first = first or time.perf_counter() - started
                yield token
        except Cancelled:
            pass
        finally:
            total = time.perf_counter() - started
            trace.passes = self._cache.stats.passes
            self.stats = EngineStats(
                first * 1e3, total * 1e3, len(prompt.ids), cached_tokens, self._cache.stats.passes
            )

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prefetch`: also searches the next word, so that a request there costs no pass."""
        prompt = self._prompt_builder.prompt(context, heal=True)
        with contextlib.suppress(Cancelled):
            next(self._generate_words(prompt, Parameters(by_words=True), [], cancelled), None)

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prepare_idle`: computes a deferred prompt, or that of the window's next position."""
        if isinstance(self._decoder, AdaptsToLoad):
            self._decoder.adapt()
        deferred = self._deferred_prompt
        if deferred is None and self._latest_context is not None:
            self._masked_models.preload(self._latest_context.language)
            deferred = self._prompt_builder.next_window_prompt(self._latest_context)
        if deferred is not None:
            with contextlib.suppress(Cancelled):
                self._cache.logits(deferred.ids, 1, cancelled)
                self._deferred_prompt = None

    def _prompt(self, context: Context, parameters: Parameters) -> Prompt:
        """The prompt for `context`; its end alone where that is allowed and much is not cached."""
        prompt = self._prompt_builder.prompt(context, parameters.heal)
        self._latest_context, self._deferred_prompt = context, None
        if (
            parameters.allow_partial_context
            and len(prompt.ids) - self._cache.cached_length(prompt.ids) > PARTIAL_CONTEXT_THRESHOLD
        ):
            self._deferred_prompt = prompt
            return self._prompt_builder.partial_prompt(prompt, PARTIAL_CONTEXT_TOKENS)
        return prompt

    def logprobs(self, context: Context, text: str) -> list[float]:
        """The natural log-probability of each token of `text` after `context`.

        Where both together do not fit, the text is split into parts, each given the end of what came before.
        """
        before = list(self._prompt_builder.prompt(context, heal=False).ids)
        ids = self._vocabulary.encode_after(text) if context.before else self._vocabulary.encode(text)
        room = self._decoder.capacity // 2
        found: list[float] = []
        for start in range(0, len(ids), room):
            part = ids[start : start + room]
            prefix = self._prompt_builder.truncate([*before, *ids[:start]], room)
            at_once = min(CHUNK_TOKENS, self._cache.max_logits)
            for at in range(0, len(part), at_once):
                chunk = part[at : at + at_once]
                sequence = [*prefix, *part[:at], *chunk]
                logits = self._cache.logits(sequence[:-1], len(chunk), lambda: False)
                found += [float(log_softmax(row)[i]) for row, i in zip(logits, chunk, strict=True)]
        return found

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `InfillModel.alternatives`: by a masked model where one is loaded, else by this one."""
        infill_model = self._masked_models.infill_model(gap.language) or self._causal_infill
        try:
            return infill_model.alternatives(gap, seconds, cancelled)
        except Cancelled:
            return []

    def text_scores(
        self,
        context: Context,
        texts: Sequence[str],
        cancelled: Callable[[], bool],
        behind: float = math.inf,
    ) -> list[float]:
        """See `SupportsTextScores.text_scores`."""
        try:
            return self._text_scores.scores(context, texts, cancelled, behind)
        except Cancelled:
            return []

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """See `SupportsIntrospection.explain`."""
        try:
            return self._introspector.explain(context, branch, cancelled)
        except Cancelled:
            return None

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """See `SupportsIntrospection.token_surprisal`."""
        try:
            return self._introspector.token_surprisal(context, count, cancelled)
        except Cancelled:
            return None

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """See `SupportsIntrospection.attention`."""
        try:
            return self._introspector.attention(context, cancelled)
        except Cancelled:
            return None

    def close(self) -> None:
        """See `Engine.close`."""
        self._masked_models.close()
        self._decoder.close()

    def _generate_words(
        self, prompt: Prompt, parameters: Parameters, chosen: list[int], cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Generate by words, each the likeliest after those before it; their ids are added to `chosen`."""
        ids, given, words, branch = list(prompt.ids), 0, 0, parameters.branch
        logprob = 0.0
        query = WordQuery(prompt.healed_prefix, floor=parameters.floor)

        def next_logits(path: Sequence[int]) -> Floats:
            if cancelled():
                raise Cancelled
            return self._cache.next_logits([*ids, *path], cancelled)

        while given < parameters.max_tokens and len(ids) + MAX_WORD_BYTES <= self._decoder.capacity:
            word = next(islice(self._search.words(next_logits, query), branch, None), None)
            if word is None:
                return
            chosen += word.path
            yield from self._word_tokens(word, query.healed_prefix)
            ids += word.path
            given += len(word.path)
            logprob += word.logprob
            if math.exp(logprob) < parameters.least_extended:
                return
            words += is_judged_alone(word.text, first=not words)
            floor = parameters.next_floors[min(max(words, 1), len(parameters.next_floors)) - 1]
            query, branch = WordQuery(b"", ends_in_word(word.text), floor, further=True), 0

    def _word_tokens(self, word: WordCandidate, healed_prefix: bytes) -> Iterator[Token]:
        """The tokens of a word without the healed prefix; the first has the word's log-probability."""
        logprob = word.logprob
        for index, i in enumerate(word.path):
            data = self._vocabulary.token_bytes[i]
            if len(data) > len(healed_prefix):
                yield Token(i, data[len(healed_prefix) :], logprob, ends_word=index == len(word.path) - 1)
                logprob = 0.0
            healed_prefix = healed_prefix[len(data) :]

    def _generate_tokens(
        self, prompt: Prompt, parameters: Parameters, chosen: list[int], cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Generate by tokens, greedy or sampled; their ids are added to `chosen`."""
        ids, healed_prefix, given = list(prompt.ids), prompt.healed_prefix, 0
        random = np.random.default_rng(parameters.seed)
        while given < parameters.max_tokens and len(ids) < self._decoder.capacity and not cancelled():
            logits = self._cache.next_logits(ids, cancelled)
            candidates = self._vocabulary.matching(healed_prefix) if healed_prefix else self._unconstrained
            branch = parameters.branch if not given else 0
            choice = choose_token(logits, candidates, parameters, branch, random)
            if choice is None or choice.id in self._prompt_builder.stops:
                return
            ids.append(choice.id)
            chosen.append(choice.id)
            token, healed_prefix = self._strip_healed_prefix(choice, healed_prefix)
            if token.text:
                given += 1
                yield token

    def _strip_healed_prefix(self, choice: TokenChoice, healed_prefix: bytes) -> tuple[Token, bytes]:
        """The token without its part of the healed prefix, and what remains of the healed prefix."""
        token_bytes = self._vocabulary.token_bytes
        data = token_bytes[choice.id]
        runners = tuple((token_bytes[i][len(healed_prefix) :], p) for i, p in choice.runners_up)
        return Token(choice.id, data[len(healed_prefix) :], choice.logprob, runners), healed_prefix[
            len(data) :
        ]
