"""Token and position embeddings, looked up in the memory-mapped safetensors file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.safetensors_reader import Floats, Tensor, Weights

_TOKEN_NAMES = ("wte.weight", "embed_tokens.weight")
_POSITION_NAMES = ("wpe.weight",)


class Embedding:
    """The input of the first layer: token embeddings, plus position embeddings where the model has them.

    Token embeddings are multiplied by `scale`. Raises KeyError where the weights have no token embeddings.
    """

    def __init__(self, weights: Weights, scale: float = 1.0) -> None:
        self._tokens = _find_by_suffix(weights, _TOKEN_NAMES)
        if self._tokens is None:
            raise KeyError(_TOKEN_NAMES[0])
        self._positions = _find_by_suffix(weights, _POSITION_NAMES)
        self._scale = np.float32(scale)

    def look_up(self, ids: Sequence[int], positions: NDArray[np.int64]) -> Floats:
        """The embeddings of `ids` at `positions` (int64 [new]), float32 [1, new, hidden]."""
        assert self._tokens is not None
        rows: Floats = self._tokens.rows(np.asarray(ids, np.int64))
        if self._scale != 1:
            rows *= self._scale
        if self._positions is not None:
            rows += self._positions.rows(positions)
        batch: Floats = rows[None]
        return batch


def _find_by_suffix(weights: Weights, endings: tuple[str, ...]) -> Tensor | None:
    return next((weights[name] for name in weights if name.endswith(endings)), None)
