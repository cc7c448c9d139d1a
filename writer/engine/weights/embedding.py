"""Token and position embeddings, looked up in the memory-mapped safetensors file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.decoder_weights import DecoderWeights
from writer.engine.weights.weights import Floats, Weights

MAX_HELD_ROWS = 64
"""Rows after which the pages read for them are let go: the system maps up to 256 KB with each of them."""


class Embedding:
    """The input of the first layer: token embeddings, plus position embeddings where the model has them.

    Raises KeyError where the weights lack one of them.
    """

    def __init__(self, config: DecoderConfig, weights: Weights) -> None:
        parts = DecoderWeights(config, weights)
        self._tokens = parts.tokens()
        self._positions = parts.positions()
        self._offset = config.family.position_offset
        self._scale = np.float32(config.embedding_scale)
        self._projection = parts.projection("in")
        self._held = 0
        """The most rows whose pages are in memory."""

    def look_up(self, ids: Sequence[int], positions: NDArray[np.int64]) -> Floats:
        """The embeddings of `ids` at `positions` (int64 [new]), float32 [1, new, hidden]."""
        rows: Floats = self._tokens.rows(np.asarray(ids, np.int64))
        self._held += len(ids)
        if self._held > MAX_HELD_ROWS:
            self._tokens.release()
            self._held = 0
        if self._scale != 1:
            rows *= self._scale
        if self._projection is not None:
            rows = rows @ self._projection.T
        if self._positions is not None:
            rows += self._positions.rows(positions + self._offset)
        batch: Floats = rows[None]
        return batch
