"""Infilling with a causal model: words are proposed by the text before a gap and scored by the text after it.

Two prompts propose words: the text before the gap; and the same text repeated after the whole sentence with
its gap marked, so that the model has read what follows. The log-probability of the text after the gap (the
suffix) given each word is computed in one pass for all words, as branches of one prefix; for the best words
it is computed for a longer suffix. By Bayes' rule, that likelihood times the word's prior is proportional to
its probability in the gap.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from writer.engine.generation.prefix_cache import PrefixCache
from writer.engine.generation.prompt import PromptBuilder
from writer.engine.generation.word_search import log_softmax, probability_mass
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.engine.tokenizer.word_tokens import WordTokens, top_ids
from writer.engine.weights.weights import Floats
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap

MAX_SUFFIX_TOKENS = 8
"""The most tokens after the gap that score a word."""

BLANK = "____"
"""The mark of the gap in the sentence that precedes its repetition."""

_EXTENSIONS = 4
"""The number of continuations by which a word is extended."""

_SENTENCE_END = re.compile(r"[.!?。！？]\s+|\n")


@dataclass(frozen=True, slots=True)
class InfillBudget:
    """The limits of an infill: `proposed` words are scored by the first token after the gap.

    Then the best `scored` of them, and `extended` ones with one token more, are scored by `suffix_tokens`.
    """

    proposed: int = 96
    scored: int = 32
    extended: int = 12
    suffix_tokens: int = MAX_SUFFIX_TOKENS

    def within(self, tokens: float) -> InfillBudget:
        """A budget of about `tokens` tokens in all; this one where it takes no more."""
        if tokens >= self.proposed + (self.scored + self.extended) * self.suffix_tokens:
            return self
        suffix_tokens = min(self.suffix_tokens, 4)
        scored = max(6, int(tokens * 0.45 / suffix_tokens))
        extended = max(1, int(tokens * 0.05 / suffix_tokens))
        return InfillBudget(max(24, int(tokens * 0.5)), scored, extended, suffix_tokens)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word: its ids and bytes, its log-probability, and that of the suffix given the word."""

    ids: tuple[int, ...]
    written: bytes
    prior: float
    likelihood: float = 0.0

    @property
    def posterior(self) -> float:
        return self.prior + self.likelihood


class CausalInfill:
    """Finds words for a gap with a decoder's prefix cache. Used from the engine's thread."""

    def __init__(self, cache: PrefixCache, vocabulary: Vocabulary, prompt_builder: PromptBuilder) -> None:
        self._cache = cache
        self._vocabulary = vocabulary
        self._prompt_builder = prompt_builder
        self._word_tokens = WordTokens(vocabulary)
        self._seconds_per_token = 0.003
        """Seconds that a token of a large pass takes, a moving average."""

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """Words for `gap` with their log-probabilities, not normalised, in no order.

        It takes about `seconds` at most; None sets no limit. Raises Cancelled once `cancelled()`.
        """
        end = time.perf_counter() + (seconds or math.inf)
        before = gap.before.rstrip(" ")
        leading_space = gap.before[len(before) :][:1]
        ids = self._prompt_builder.prompt(Context(before, language=gap.language), heal=False).ids
        suffix = self._vocabulary.encode_after(gap.after)[:MAX_SUFFIX_TOKENS]
        left = log_softmax(self._cache.next_logits(ids, cancelled))
        allowed = self._word_tokens.starts(gap.language, leading_space.encode(), anywhere=not before)
        seen = log_softmax(self._logits_after_sentence(ids, before, gap, cancelled)) if suffix else left
        budget = InfillBudget().within((end - time.perf_counter()) / self._seconds_per_token)
        suffix = suffix[: budget.suffix_tokens]
        prior: Floats = (left + seen) * np.float32(0.5)
        words = [
            _Word((i,), self._vocabulary.token_bytes[i], float(prior[i]))
            for i in top_ids(prior, allowed, budget.proposed)
        ]
        scored, extended = self._score_next_token(ids, words, suffix, gap, cancelled)
        chosen = sorted(scored, key=lambda word: -word.posterior)[: budget.scored]
        chosen += sorted(extended, key=lambda word: -word.prior)[: budget.extended]
        final = self._score_suffix(ids, chosen, suffix, cancelled) if suffix else chosen
        return [
            Alternative(word.written.decode("utf-8", "replace").strip(), word.posterior) for word in final
        ]

    def _run(
        self, ids: Sequence[int], branches: Sequence[Sequence[int]], cancelled: Callable[[], bool]
    ) -> Iterator[Floats]:
        """See `PrefixCache.branches`; runs the branches in batches that fit, and measures the time.

        The logits of each branch are valid until the next one is asked for.
        """
        seconds = 0.0
        for batch in _batches(branches, self._cache.branch_capacity(ids)):
            started = time.perf_counter()
            rows = self._cache.branches(ids, batch, cancelled)
            seconds += time.perf_counter() - started
            yield from rows
        self._note_pace(seconds, sum(map(len, branches)))

    def _note_pace(self, seconds: float, tokens: int) -> None:
        self._seconds_per_token = (self._seconds_per_token + seconds / tokens) / 2

    def _logits_after_sentence(
        self, ids: Sequence[int], before: str, gap: Gap, cancelled: Callable[[], bool]
    ) -> Floats:
        """The logits at the gap after the sentence with its gap marked, float32 [vocabulary]."""
        begin = max((found.end() for found in _SENTENCE_END.finditer(before)), default=0)
        end = _SENTENCE_END.search(gap.after)
        after = gap.after[: end.end() if end else None].strip("\n")
        again = f"{gap.before[len(before) :]}{BLANK}{after}\n{before[begin:]}"
        branch = self._vocabulary.encode_after(again)[-self._cache.pass_capacity(ids) :]
        started = time.perf_counter()
        logits = self._cache.logits_behind(ids, branch, cancelled)
        self._note_pace(time.perf_counter() - started, len(branch))
        return logits

    def _score_next_token(
        self,
        ids: Sequence[int],
        words: list[_Word],
        suffix: list[int],
        gap: Gap,
        cancelled: Callable[[], bool],
    ) -> tuple[list[_Word], list[_Word]]:
        """The words with the likelihood of the first suffix token, and words extended by one token."""
        scored, extended = [], []
        continuations = self._word_tokens.continuations(gap.language)
        rows = self._run(ids, [word.ids for word in words], cancelled)
        for word, logits in zip(words, rows, strict=True):
            scores = log_softmax(logits[-1])
            top = top_ids(scores, continuations, _EXTENSIONS)
            ends = (
                float(scores[suffix[0]])
                if suffix
                else math.log1p(-min(probability_mass(scores, continuations), 1 - 1e-6))
            )
            scored.append(_Word(word.ids, word.written, word.prior, ends))
            for i in top:
                written = word.written + self._vocabulary.token_bytes[i]
                extended.append(_Word((*word.ids, i), written, word.prior + float(scores[i])))
        return scored, extended

    def _score_suffix(
        self, ids: Sequence[int], words: list[_Word], suffix: list[int], cancelled: Callable[[], bool]
    ) -> list[_Word]:
        """The words with the likelihood of all of `suffix`."""
        branches = [[*word.ids, *suffix[:-1]] for word in words]
        scored = []
        for word, logits in zip(words, self._run(ids, branches, cancelled), strict=True):
            scores = [log_softmax(row) for row in logits[len(word.ids) - 1 :]]
            total = sum(float(row[i]) for row, i in zip(scores, suffix, strict=False))
            scored.append(_Word(word.ids, word.written, word.prior, total))
        return scored


def _batches(branches: Sequence[Sequence[int]], room: int) -> Iterator[list[Sequence[int]]]:
    """The branches in batches of at most `room` tokens."""
    batch: list[Sequence[int]] = []
    for branch in branches:
        if batch and sum(map(len, batch)) + len(branch) > room:
            yield batch
            batch = []
        batch.append(branch)
    if batch:
        yield batch
