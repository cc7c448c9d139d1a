"""Scores of texts that may stand at one place: their log-probabilities behind the same context.

All texts are branches of one prefix, so that they take one pass. A text that differs in its first word and
goes on as the document does is thereby weighed in both directions: by what stands before it, and by how
likely it makes the words behind it (Bayes' rule).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from writer.engine.generation.prefix_cache import PrefixCache
from writer.engine.generation.prompt import PromptBuilder
from writer.engine.generation.word_search import probability_mass
from writer.engine.tokenizer.vocabulary import Vocabulary
from writer.engine.tokenizer.word_tokens import WordTokens
from writer.engine.weights.weights import Floats
from writer.suggestions.context import Context
from writer.text.words import ends_in_word


class TextScores:
    """Scores texts with a decoder's prefix cache. Used from the engine's thread."""

    def __init__(
        self,
        cache: PrefixCache,
        vocabulary: Vocabulary,
        prompt_builder: PromptBuilder,
        word_tokens: WordTokens,
    ) -> None:
        self._cache = cache
        self._vocabulary = vocabulary
        self._prompt_builder = prompt_builder
        self._word_tokens = word_tokens

    def scores(
        self,
        context: Context,
        texts: Sequence[str],
        cancelled: Callable[[], bool],
        behind: float = math.inf,
    ) -> list[float]:
        """The natural log-probability of each text behind `context.before`, in the order of `texts`.

        Where a text ends with a word, that the word ends there is part of it; spaces at the end of a text are
        not. -inf for an empty text, for one that does not fit, and for one whose first token is more than
        `behind` nats less likely than that of the first text; where no other is left, nothing is computed.
        Raises Cancelled once `cancelled()`.
        """
        before = context.before.rstrip(" ")
        spaces = context.before[len(before) :]
        shortened = Context(before, language=context.language, title=context.title)
        ids = self._prompt_builder.prompt(shortened, heal=False).ids
        encode = self._vocabulary.encode_after if before else self._vocabulary.encode
        branches = [encode(spaces + text.rstrip(" ")) for text in texts]
        room = self._cache.branch_capacity(ids)
        first = self._cache.next_logits(ids, cancelled).copy()
        branches = _near(branches, first, behind)
        found = [-math.inf] * len(texts)
        for batch in _batches(branches, room):
            rows = self._cache.branches(ids, [branches[index] for index in batch], cancelled)
            for index, logits in zip(batch, rows, strict=True):
                found[index] = _logprob(first, logits, branches[index])
                if ends_in_word(texts[index].rstrip(" ")):
                    found[index] += self._word_end(logits[-1], context)
        return found

    def _word_end(self, logits: Floats, context: Context) -> float:
        """The log-probability that the word ends before the token of `logits`, float32 [vocabulary]."""
        scores = logits - np.float32(_log_sum(logits))
        goes_on = probability_mass(scores, self._word_tokens.continuations(context.language))
        return math.log1p(-min(goes_on, 1 - 1e-6))


def _near(branches: list[list[int]], first: Floats, behind: float) -> list[list[int]]:
    """The branches, empty those whose first token is more than `behind` nats less likely than the first's."""
    if behind == math.inf or not branches[0]:
        return branches
    least = float(first[branches[0][0]]) - behind
    kept = [branch if branch and float(first[branch[0]]) >= least else [] for branch in branches]
    return kept if any(kept[1:]) else [[] for _ in branches]


def _logprob(first: Floats, logits: Floats, ids: Sequence[int]) -> float:
    """The log-probability of `ids`: `first` is float32 [vocabulary], `logits` [length, vocabulary]."""
    rows = [first, *logits[:-1]]
    return sum(float(row[i]) - _log_sum(row) for row, i in zip(rows, ids, strict=True))


def _log_sum(row: Floats) -> float:
    """The logarithm of the sum of exponentials."""
    highest = float(row.max())
    return highest + math.log(float(np.exp(row - np.float32(highest)).sum(dtype=np.float64)))


def _batches(branches: Sequence[Sequence[int]], room: int) -> Iterator[list[int]]:
    """The indices of the branches that fit, in batches of at most `room` tokens."""
    batch: list[int] = []
    used = 0
    for index, branch in enumerate(branches):
        if not 0 < len(branch) <= room:
            continue
        if batch and used + len(branch) > room:
            yield batch
            batch, used = [], 0
        batch.append(index)
        used += len(branch)
    if batch:
        yield batch
