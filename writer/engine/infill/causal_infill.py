"""Words for a gap from a model that only reads forwards: proposed by one side, judged by both.

Two texts propose words: what stands before the gap; and the same once more behind the sentence with its gap
marked, so that the model has seen what follows. How probable the text behind the gap becomes with each word
is then read off in one pass for all of them, as branches of one text, and for the best ones by more of it.
By Bayes' rule that, times the word's own probability, is its probability between the two sides.
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
from writer.engine.tokenizer.word_tokens import WordTokens, best
from writer.engine.weights.safetensors_reader import Floats
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap

RIGHT = 8
"""Tokens behind the gap that judge a word at the most."""

BLANK = "____"
"""What marks the gap in the sentence that is read before it is written again."""

_LONGER = 4
"""Continuations of a word that are looked at."""

_SENTENCE_END = re.compile(r"[.!?。！？]\s+|\n")


@dataclass(frozen=True, slots=True)
class InfillBudget:
    """How much is tried: `proposed` words are judged by the token behind the gap, then the best `judged` of
    them, and `longer` ones that have one token more, by the first `right` tokens.
    """

    proposed: int = 96
    judged: int = 32
    longer: int = 12
    right: int = RIGHT

    def within(self, tokens: float) -> InfillBudget:
        """As much of it as about `tokens` tokens allow."""
        if tokens >= self.proposed + (self.judged + self.longer) * self.right:
            return self
        right = min(self.right, 4)
        judged = max(6, int(tokens * 0.45 / right))
        return InfillBudget(max(24, int(tokens * 0.5)), judged, max(1, int(tokens * 0.05 / right)), right)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word's tokens and bytes; the logarithms of what the left and the right side say of it."""

    ids: tuple[int, ...]
    written: bytes
    left: float
    right: float = 0.0

    @property
    def both(self) -> float:
        return self.left + self.right


class CausalInfill:
    """Proposes and judges words with a decoder's cache. Used from the engine's thread."""

    def __init__(self, cache: PrefixCache, vocabulary: Vocabulary, prompt_builder: PromptBuilder) -> None:
        self._cache = cache
        self._vocabulary = vocabulary
        self._prompt_builder = prompt_builder
        self._pieces = WordTokens(vocabulary)
        self._pace = 0.003
        """Seconds that a token takes among many, as seen lately."""

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """Words for `gap` with the logarithms of their probabilities, in no order.

        It takes about `seconds` at the most; None is as long as it needs. Raises `Cancelled`.
        """
        end = time.perf_counter() + (seconds or math.inf)
        before = gap.before.rstrip(" ")
        lead = gap.before[len(before) :][:1]
        ids = self._prompt_builder.prompt(Context(before, language=gap.language), heal=False).ids
        right = self._vocabulary.encode(gap.after)[:RIGHT]
        left = log_softmax(self._cache.next_logits(ids, cancelled))
        allowed = self._pieces.beginning(gap.language, lead.encode(), anywhere=not before)
        seen = log_softmax(self._after_reading(ids, before, gap, cancelled)) if right else left
        effort = InfillBudget().within((end - time.perf_counter()) / self._pace)
        right = right[: effort.right]
        prior: Floats = (left + seen) * np.float32(0.5)
        words = [
            _Word((i,), self._vocabulary.pieces[i], float(prior[i]))
            for i in best(prior, allowed, effort.proposed)
        ]
        judged, longer = self._judge_next(ids, words, right, gap, cancelled)
        chosen = sorted(judged, key=lambda word: -word.both)[: effort.judged]
        chosen += sorted(longer, key=lambda word: -word.left)[: effort.longer]
        final = self._judge(ids, chosen, right, cancelled) if right else chosen
        return [Alternative(word.written.decode("utf-8", "replace").strip(), word.both) for word in final]

    def _run(
        self, ids: Sequence[int], branches: Sequence[Sequence[int]], cancelled: Callable[[], bool]
    ) -> list[Floats]:
        """See `PrefixCache.branches`; in parts where they do not fit, and with a look at the clock."""
        started = time.perf_counter()
        rows: list[Floats] = []
        for part in _parts(branches, self._cache.branch_capacity(ids)):
            rows += [row.copy() for row in self._cache.branches(ids, part, cancelled)]
        self._pace = (self._pace + (time.perf_counter() - started) / sum(map(len, branches))) / 2
        return rows

    def _after_reading(
        self, ids: Sequence[int], before: str, gap: Gap, cancelled: Callable[[], bool]
    ) -> Floats:
        """Logits at the gap, behind the sentence with its gap marked, float32 [vocabulary]."""
        begin = max((found.end() for found in _SENTENCE_END.finditer(before)), default=0)
        end = _SENTENCE_END.search(gap.after)
        after = gap.after[: end.end() if end else None].strip("\n")
        again = f"{gap.before[len(before) :]}{BLANK}{after}\n{before[begin:]}"
        branch = self._vocabulary.encode(again)[-self._cache.branch_capacity(ids) :]
        logits: Floats = self._run(ids, [branch], cancelled)[0][-1]
        return logits

    def _judge_next(
        self,
        ids: Sequence[int],
        words: list[_Word],
        right: list[int],
        gap: Gap,
        cancelled: Callable[[], bool],
    ) -> tuple[list[_Word], list[_Word]]:
        """The words with what the next token says of them, and words that are one token longer."""
        judged, longer = [], []
        onward = self._pieces.onward(gap.language)
        rows = self._run(ids, [word.ids for word in words], cancelled)
        for word, logits in zip(words, rows, strict=True):
            scores = log_softmax(logits[-1])
            going_on = best(scores, onward, _LONGER)
            ends = (
                float(scores[right[0]])
                if right
                else math.log1p(-min(probability_mass(scores, onward), 1 - 1e-6))
            )
            judged.append(_Word(word.ids, word.written, word.left, ends))
            for i in going_on:
                written = word.written + self._vocabulary.pieces[i]
                longer.append(_Word((*word.ids, i), written, word.left + float(scores[i])))
        return judged, longer

    def _judge(
        self, ids: Sequence[int], words: list[_Word], right: list[int], cancelled: Callable[[], bool]
    ) -> list[_Word]:
        """The words with what all of `right` says of them."""
        branches = [[*word.ids, *right[:-1]] for word in words]
        judged = []
        for word, logits in zip(words, self._run(ids, branches, cancelled), strict=True):
            scores = [log_softmax(row) for row in logits[len(word.ids) - 1 :]]
            total = sum(float(row[i]) for row, i in zip(scores, right, strict=False))
            judged.append(_Word(word.ids, word.written, word.left, total))
        return judged


def _parts(branches: Sequence[Sequence[int]], room: int) -> Iterator[list[Sequence[int]]]:
    """The branches in parts of at most `room` tokens."""
    part: list[Sequence[int]] = []
    for branch in branches:
        if part and sum(map(len, part)) + len(branch) > room:
            yield part
            part = []
        part.append(branch)
    if part:
        yield part
