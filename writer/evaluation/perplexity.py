"""Perplexity per token and bits per character of a model on passages of text.

Perplexity compares models with the same tokenizer; bits per character compare any two.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.documents import Passage
from writer.evaluation.metrics import Estimate, ratio_estimate, resamples_texts
from writer.evaluation.simulated_typist import context_at
from writer.suggestions.context import Context

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
    whole = resamples_texts(passages)
    sums: dict[tuple[str, int], NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))
    for number, passage in enumerate(passages):
        text = passage.text[passage.start : passage.end]
        each = engine.logprobs(context_at(passage, passage.start), text)
        for start in range(0, len(each), BLOCK_TOKENS):
            block = each[start : start + BLOCK_TOKENS]
            part = [-sum(block), len(block), len(text) * len(block) / len(each)]
            sums[(passage.name, 0) if whole else (f"{number}", start)] += part
    nats, tokens, characters = np.array(list(sums.values())).T.tolist()
    return {
        "perplexity": ratio_estimate(nats, tokens, seed, np.exp),
        "bits_per_character": ratio_estimate(nats, characters, seed, lambda x: x / math.log(2)),
    }
