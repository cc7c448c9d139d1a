"""A tensor of a GGUF file, converted from a mapped one block by block while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.weights import Floats, Tensor

Storage = Literal["F32", "F16", "Q8_0"]
"""How the values are stored: as floats, or as 8 bits in blocks of 32 that share a scale of 16 bits."""

BLOCK = 32
"""The values of a row that share a scale."""

_AT_ONCE = 1 << 20
"""Values that are converted at a time."""


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """A tensor `name` of `shape`, in the order of numpy; `rows` gives some of its rows as float32.

    A vector is one row.
    """

    name: str
    shape: tuple[int, ...]
    storage: Storage
    rows: Callable[[slice], Floats]

    @property
    def bytes(self) -> int:
        """The bytes of its values in the file."""
        values = int(np.prod(self.shape, dtype=np.int64))
        return {"F32": 4 * values, "F16": 2 * values, "Q8_0": values // BLOCK * (BLOCK + 2)}[self.storage]

    def blocks(self) -> Iterator[NDArray[Any]]:
        """The values as they are stored, some rows at a time. FloatingPointError where one is too large."""
        count, columns = (1, self.shape[0]) if len(self.shape) == 1 else self.shape
        step = max(1, _AT_ONCE // columns)
        for first in range(0, count, step):
            with np.errstate(over="raise"):
                yield _stored(self.rows(slice(first, min(count, first + step))), self.storage)


def vector(
    name: str, tensor: Tensor, order: NDArray[np.int64] | None = None, offset: float = 0.0
) -> GgufTensor:
    """A bias or the weights of a norm, in float32: in another `order`, and with `offset` added."""

    def rows(_rows: slice) -> Floats:
        values = tensor.floats() + np.float32(offset)
        return values if order is None else values[order]

    return GgufTensor(name, tensor.shape, "F32", rows)


def matrix(name: str, tensor: Tensor, storage: Storage, order: NDArray[np.int64] | None = None) -> GgufTensor:
    """A matrix [outputs, inputs]; its rows in another `order` where one is given.

    Rows that are no multiple of 32 values are stored in 16 bits rather than in 8.
    """

    def rows(some: slice) -> Floats:
        return tensor.rows(some if order is None else order[some])

    return GgufTensor(name, tensor.shape, _fitting(storage, tensor.shape[1]), rows)


def transposed(name: str, tensor: Tensor, storage: Storage) -> GgufTensor:
    """A matrix [outputs, inputs] of one that is kept as [inputs, outputs]."""

    def rows(some: slice) -> Floats:
        return np.ascontiguousarray(tensor.columns(some).T)

    inputs, outputs = tensor.shape
    return GgufTensor(name, (outputs, inputs), _fitting(storage, inputs), rows)


def _fitting(storage: Storage, columns: int) -> Storage:
    return "F16" if storage == "Q8_0" and columns % BLOCK else storage


def _stored(rows: Floats, storage: Storage) -> NDArray[Any]:
    if storage == "F32":
        return rows.astype("<f4", copy=False)
    if storage == "F16":
        return rows.astype("<f2")
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    codes: NDArray[np.uint8] = quantize(rows, GGMLQuantizationType.Q8_0)
    return codes
