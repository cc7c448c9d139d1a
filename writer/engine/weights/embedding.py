"""Token and position embeddings, looked up in the mapped safetensors file: a token costs a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.safetensors_reader import Floats, Tensor, Weights

_TOKENS = ("wte.weight", "embed_tokens.weight")
_POSITIONS = ("wpe.weight",)


class Embedding:
    """What the first layer gets; with learned positions where the model has them."""

    def __init__(self, weights: Weights) -> None:
        self._tokens = _by_ending(weights, _TOKENS)
        if self._tokens is None:
            raise KeyError(_TOKENS[0])
        self._positions = _by_ending(weights, _POSITIONS)

    def of(self, ids: Sequence[int], positions: NDArray[np.int64]) -> Floats:
        """float32 [1, new, hidden]"""
        assert self._tokens is not None
        rows: Floats = self._tokens.rows(np.asarray(ids, np.int64))
        if self._positions is not None:
            rows += self._positions.rows(positions)
        batch: Floats = rows[None]
        return batch


def _by_ending(weights: Weights, endings: tuple[str, ...]) -> Tensor | None:
    return next((weights[name] for name in weights if name.endswith(endings)), None)
