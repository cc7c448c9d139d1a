"""How well a model foretells a text, whatever is suggested: per token, and in bits per character.

Perplexity compares models that cut text the same way; bits per character compare any two.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.documents import Passage
from writer.evaluation.metrics import Figure, by_text, ratio_figure
from writer.evaluation.simulated_typist import context_at
from writer.suggestions.context import Context

BLOCK = 64
"""Tokens in a block of the bootstrap, where there are too few texts for it."""


@runtime_checkable
class SupportsLogprobs(Protocol):
    """An engine that can say how likely a given text is."""

    def logprobs(self, context: Context, text: str) -> list[float]:
        """The natural log-probability of each token of `text` behind `context`."""
        ...


def perplexity(engine: object, passages: Sequence[Passage], seed: int = 0) -> dict[str, Figure]:
    """Perplexity per token and bits per character on all stretches; empty where an engine cannot tell."""
    if not isinstance(engine, SupportsLogprobs):
        return {}
    whole = by_text(passages)
    sums: dict[tuple[str, int], NDArray[np.float64]] = defaultdict(lambda: np.zeros(3))
    for number, passage in enumerate(passages):
        text = passage.text[passage.start : passage.end]
        each = engine.logprobs(context_at(passage, passage.start), text)
        for start in range(0, len(each), BLOCK):
            block = each[start : start + BLOCK]
            part = [-sum(block), len(block), len(text) * len(block) / len(each)]
            sums[(passage.name, 0) if whole else (f"{number}", start)] += part
    nats, tokens, characters = np.array(list(sums.values())).T.tolist()
    return {
        "perplexity": ratio_figure(nats, tokens, seed, np.exp),
        "bits_per_character": ratio_figure(nats, characters, seed, lambda x: x / math.log(2)),
    }
