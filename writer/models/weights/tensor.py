"""A tensor that is mapped into memory: only the pages that are read take any, and it is widened in parts."""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.models.weights import gguf_blocks
from writer.models.weights.gguf_blocks import Floats
from writer.models.weights.low_rank_update import LowRankUpdate

BFLOAT16 = "BF16"
"""The kind that numpy lacks; its bits are kept as uint16."""

_AT_ONCE = 1 << 20
"""Values that `parts` gives at a time."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a `kind`: "F64", "F32", "F16", "BF16", or one of `gguf_blocks`.

    Its `data` are the numbers, of blocks uint8 [rows, bytes]. Where rows are `selected`, int64 [n], these
    alone are its rows, in this order. `updates` are added to what is read of a matrix.
    """

    data: NDArray[Any]
    kind: str = "F32"
    selected: NDArray[np.int64] | None = None
    updates: tuple[LowRankUpdate, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's dimensions."""
        shape = self.data.shape
        if gguf_blocks.is_blocks(self.kind):
            shape = (shape[0], gguf_blocks.columns_of(self.kind, shape[1]))
        return shape if self.selected is None else (len(self.selected), *shape[1:])

    def select(self, rows: NDArray[np.int64]) -> Tensor:
        """The tensor of these rows, int64 [n], of which nothing is copied."""
        return replace(self, selected=rows if self.selected is None else self.selected[rows])

    def floats(self) -> Floats:
        """The tensor as float32, of the same shape."""
        return self._read(slice(None) if self.selected is None else self.selected)

    def rows(self, indices: NDArray[np.int64] | slice) -> Floats:
        """The rows at `indices` (int64 [n]), float32 [n, columns]; only their pages are read."""
        return self._read(indices if self.selected is None else self.selected[indices])

    def columns(self, some: slice) -> Floats:
        """Some columns, float32 [rows, n]."""
        if self.selected is not None or self.updates or gguf_blocks.is_blocks(self.kind):
            return self.floats()[:, some]
        return self._widened(self.data[:, some])

    def eight_bits(self) -> tuple[NDArray[np.uint8], Floats] | None:
        """The codes and scales of a matrix that lies in 8 bits, see `gguf_blocks`; else None."""
        if self.updates:
            return None
        return gguf_blocks.eight_bits(
            self.data if self.selected is None else self.data[self.selected], self.kind
        )

    def parts(self) -> Iterator[Floats]:
        """The rows in turn, some at a time, as copies float32 [n, columns]; a vector is one row."""
        if len(self.shape) < 2:
            yield np.array(self.floats()).reshape(1, -1)
            return
        columns = math.prod(self.shape[1:])
        step = max(1, _AT_ONCE // max(1, columns))
        for first in range(0, self.shape[0], step):
            rows = self.rows(slice(first, first + step))
            yield np.array(rows).reshape(len(rows), columns)

    def release(self) -> None:
        """Let go of the pages of its file that were read; they come back when they are read again."""
        base: Any = self.data
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, mmap.mmap) and not self.data.flags.writeable and hasattr(mmap, "MADV_DONTNEED"):
            base.madvise(mmap.MADV_DONTNEED)

    def _read(self, rows: NDArray[np.int64] | slice) -> Floats:
        """These rows of the data, widened and updated."""
        floats = self._widened(self.data[rows])
        if self.updates:
            floats = np.array(floats)
            for update in self.updates:
                update.of_rows(rows).add_to(floats, 0)
        return floats

    def _widened(self, data: NDArray[Any]) -> Floats:
        if gguf_blocks.is_blocks(self.kind):
            return gguf_blocks.widen(data, self.kind)
        if self.kind == BFLOAT16:
            return (np.ascontiguousarray(data).astype(np.uint32) << 16).view(np.float32)
        return np.ascontiguousarray(data, dtype=np.float32)
