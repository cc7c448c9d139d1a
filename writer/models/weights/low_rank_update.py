"""A low-rank update: what an adapter adds to one weight (https://arxiv.org/abs/2106.09685)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from writer.models.weights.gguf_blocks import Floats

_BLOCK = 1 << 14
"""Values that are updated at a time: they stay in a core's cache."""


@dataclass(frozen=True, slots=True)
class LowRankUpdate:
    """What is added to one weight: `scale * left @ right`, float32 [rows, rank] and [rank, columns]."""

    left: Floats
    right: Floats
    scale: float

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the weight."""
        return self.left.shape[0], self.right.shape[1]

    def of_rows(self, rows: NDArray[np.int64] | slice) -> LowRankUpdate:
        """The update of these rows of the weight."""
        return replace(self, left=self.left[rows])

    def add_to(self, rows: Floats, first: int) -> None:
        """Add to `rows` of the weight, float32 [n, columns], of which `first` is the number of the first.

        The products are summed one after the other, so that every machine comes to the same bits.
        """
        each = max(1, _BLOCK // max(1, rows.shape[1]))
        for start in range(0, len(rows), each):
            block = rows[start : start + each]
            left = self.left[first + start : first + start + len(block)]
            total, product = np.zeros_like(block), np.empty_like(block)
            for column, row in zip(left.T, self.right, strict=True):
                np.multiply(column[:, None], row[None, :], out=product)
                total += product
            total *= np.float32(self.scale)
            block += total
