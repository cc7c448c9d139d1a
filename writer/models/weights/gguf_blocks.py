"""Weights in the blocks of a GGUF file: 32 of a row that share a scale, and in some kinds a minimum.

The kinds are those of ggml-common.h in https://github.com/ggml-org/ggml. A block has its scale as float16,
then its minimum where it has one, then its numbers: bytes in Q8_0; in the others four bits each, the first
half of the block in the low ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BLOCK = 32
"""The weights of a block."""

_AT_ONCE = 1 << 17
"""Weights that are widened at a time, so that the intermediate arrays stay in the CPU's cache."""

_MIDDLE = np.float32(8)
"""What is taken from four bits where a block has no minimum."""


@dataclass(frozen=True, slots=True)
class _BlockLayout:
    """The `number` of a kind in GGUF, the bytes of its block, and what a block has."""

    number: int
    bytes: int
    has_minimum: bool = False
    is_whole: bool = False
    """Whether each weight has a byte."""


_LAYOUTS: Mapping[str, _BlockLayout] = {
    "Q4_0": _BlockLayout(2, 18),
    "Q4_1": _BlockLayout(3, 20, has_minimum=True),
    "Q8_0": _BlockLayout(8, 34, is_whole=True),
}

KINDS: Mapping[int, str] = {layout.number: kind for kind, layout in _LAYOUTS.items()}
"""The kinds that are read here, by their numbers in a GGUF file."""


def is_blocks(kind: str) -> bool:
    """Whether weights of this kind lie in blocks."""
    return kind in _LAYOUTS


def row_bytes(kind: str, columns: int) -> int:
    """The bytes of a row of `columns` weights, which are whole blocks."""
    return columns // BLOCK * _LAYOUTS[kind].bytes


def columns_of(kind: str, row: int) -> int:
    """The weights of a row of this many bytes."""
    return row // _LAYOUTS[kind].bytes * BLOCK


def widen(data: NDArray[np.uint8], kind: str) -> Floats:
    """The rows `data`, uint8 [rows, bytes], as float32 [rows, columns]: exactly what the blocks say."""
    layout = _LAYOUTS[kind]
    rows, blocks = len(data), data.shape[1] // layout.bytes
    found = np.empty((rows, blocks, BLOCK), np.float32)
    step = max(1, _AT_ONCE // max(1, blocks * BLOCK))
    for first in range(0, rows, step):
        some = np.ascontiguousarray(data[first : first + step]).reshape(-1, blocks, layout.bytes)
        _widen_blocks(some, layout, found[first : first + step])
    return found.reshape(rows, blocks * BLOCK)


def eight_bits(data: NDArray[np.uint8], kind: str) -> tuple[NDArray[np.uint8], Floats] | None:
    """The rows of a kind with a byte for each weight as codes, uint8 [rows, blocks, 32], and scales.

    A weight is its code less 128, times the scale of its block, float32 [rows, blocks]. None for other kinds.
    """
    layout = _LAYOUTS.get(kind)
    if layout is None or not layout.is_whole:
        return None
    blocks = data.reshape(len(data), -1, layout.bytes)
    return blocks[:, :, 2:] ^ np.uint8(128), _halves(blocks[:, :, :2])[:, :, 0]


def _widen_blocks(data: NDArray[np.uint8], layout: _BlockLayout, found: Floats) -> None:
    """Write the weights of blocks, uint8 [rows, blocks, bytes], to `found`, [rows, blocks, 32]."""
    scales = _halves(data[:, :, 0:2])
    if layout.is_whole:
        np.multiply(data[:, :, 2:].view(np.int8), scales, out=found)
        return
    numbers, half = data[:, :, 4 if layout.has_minimum else 2 :], BLOCK // 2
    found[:, :, :half] = numbers & 15
    found[:, :, half:] = numbers >> 4
    if not layout.has_minimum:
        found -= _MIDDLE
    found *= scales
    if layout.has_minimum:
        found += _halves(data[:, :, 2:4])


def _halves(data: NDArray[np.uint8]) -> Floats:
    """A float16 of each block, as float32 [rows, blocks, 1]."""
    return np.ascontiguousarray(data).view("<f2").astype(np.float32)
