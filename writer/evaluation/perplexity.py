"""Perplexity per token and bits per character of a model on passages of text.

Perplexity compares models with the same tokenizer; bits per character compare any two.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.documents import Passage
from writer.evaluation.metrics import Estimate, ratio_estimate, resamples_texts
from writer.evaluation.paired import Sums
from writer.evaluation.simulated_typist import context_at
from writer.suggestions.context import Context

Surprisals = Mapping[Passage, Sequence[float]]
"""The surprisal in nats of each token, by passage."""

BLOCK_TOKENS = 64
"""Tokens of a bootstrap block, used where there are too few texts to resample."""


@runtime_checkable
class SupportsLogprobs(Protocol):
    """An engine that computes the log-probability of a given text."""

    def logprobs(self, context: Context, text: str) -> list[float]:
        """The natural log-probability of each token of `text` after `context`."""
        ...


def perplexity(engine: object, passages: Sequence[Passage], seed: int = 0) -> dict[str, Estimate]:
    """The estimates "perplexity" and "bits_per_character" over all passages.

    Empty where `engine` does not implement `SupportsLogprobs`.
    """
    if not isinstance(engine, SupportsLogprobs):
        return {}
    return perplexity_of(surprisals(engine, passages), seed)


def surprisals(engine: object, passages: Sequence[Passage]) -> Surprisals:
    """The surprisals of each passage's tokens behind the text before it; empty as for `perplexity`."""
    if not isinstance(engine, SupportsLogprobs):
        return {}
    return {
        passage: [
            -each
            for each in engine.logprobs(
                context_at(passage, passage.start), passage.text[passage.start : passage.end]
            )
        ]
        for passage in passages
    }


def perplexity_of(found: Surprisals, seed: int = 0) -> dict[str, Estimate]:
    """The estimates of `perplexity` for surprisals that are known."""
    whole = resamples_texts(found)
    sums: dict[tuple[str, int], NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))
    for number, (passage, each) in enumerate(found.items()):
        for start in range(0, len(each), BLOCK_TOKENS):
            block = each[start : start + BLOCK_TOKENS]
            length = (passage.end - passage.start) * len(block) / len(each)
            sums[(passage.name, 0) if whole else (f"{number}", start)] += [sum(block), len(block), length]
    nats, tokens, characters = np.array(list(sums.values())).reshape(-1, 3).T.tolist()
    return {
        "perplexity": ratio_estimate(nats, tokens, seed, np.exp, (0.0, math.inf)),
        "bits_per_character": ratio_estimate(
            nats, characters, seed, lambda x: x / math.log(2), (0.0, math.inf)
        ),
    }


def bits_by_text(found: Surprisals) -> Sums:
    """The bits and the characters of each text."""
    return _bits({passage: passage.name for passage in found}, found)


def bits_by_block(found: Surprisals) -> Sums:
    """The bits and the characters of each text, or of each passage where there are too few texts."""
    if resamples_texts(found):
        return bits_by_text(found)
    return _bits({passage: f"{passage.name}:{passage.start}" for passage in found}, found)


def _bits(names: Mapping[Passage, str], found: Surprisals) -> Sums:
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for passage, each in found.items():
        sums[names[passage]][0] += sum(each) / math.log(2)
        sums[names[passage]][1] += passage.end - passage.start
    return {name: (bits, characters) for name, (bits, characters) in sums.items()}
