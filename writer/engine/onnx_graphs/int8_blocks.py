"""Weights in 8 bits, in blocks that share a scale: the layout of `MatMulNBits`.

Weights that come from such blocks (Q8_0, Q5_0, Q4_0, IQ4_NL, IQ4_XS and MXFP4 of a GGUF file) are whole
multiples of a number in each block; with that number as the scale they keep their exact values. The others of
GGUF are rounded to 8 bits: Q4_1, Q5_1, Q4_K and Q5_K add a minimum to each block, for which the layout has
zero points in 8 bits, too coarse, or in float32, for which ONNX Runtime leaves its fast kernels; Q6_K and
Q3_K have two scales in 32 weights, and twice as many scales for all would have to be read at each token.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.weights import Floats

BLOCK = 32
"""Inputs that share one scale; larger blocks are no faster and less precise."""

_LARGEST = 127
_ZERO_POINT = 128
_QUANTISED_AT_ONCE = 1 << 18
"""Weights that are quantised at a time, so that the intermediate arrays stay in the CPU's cache."""

_SAMPLE_ROWS = 64
_WHOLE_BITS = 30
"""The bits of the integers in which a common step is sought; a float32 has 24 that count."""


def quantise(matrix: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Quantise a matrix float32 [outputs, inputs] to 8 bits in blocks of 32 along the inputs.

    Returns codes uint8 [outputs, blocks, 32] with zero point 128, and scales float32 [outputs, blocks].
    Blocks of whole multiples (-127 to 127) of a number keep their exact values.
    """
    outputs, inputs = matrix.shape
    blocks = -(-inputs // BLOCK)
    codes = np.empty((outputs, blocks, BLOCK), np.uint8)
    scales = np.empty((outputs, blocks), np.float32)
    sample = _blocks(matrix[:: max(1, outputs // _SAMPLE_ROWS)])
    stepped = bool(_steps(sample.reshape(-1, BLOCK)).any())
    rows = max(1, _QUANTISED_AT_ONCE // (blocks * BLOCK))
    for start in range(0, outputs, rows):
        grouped = _blocks(matrix[start : start + rows])
        scale = _largest(grouped) / np.float32(_LARGEST)
        rounded = grouped.copy()
        rounded /= np.where(scale == 0, np.float32(1), scale)[:, :, None]
        np.rint(rounded, out=rounded)
        if stepped:
            _keep_steps(grouped, rounded, scale)
        rounded += _ZERO_POINT
        codes[start : start + rows], scales[start : start + rows] = rounded, scale
    return codes, scales


def _blocks(rows: Floats) -> Floats:
    """A copy of some rows, as [rows, blocks, 32]; the last block is filled up with zeros."""
    count, inputs = rows.shape
    filled = np.zeros((count, -(-inputs // BLOCK) * BLOCK), np.float32)
    filled[:, :inputs] = rows
    return filled.reshape(count, -1, BLOCK)


def _keep_steps(grouped: Floats, rounded: Floats, scales: Floats) -> None:
    """Give the blocks that `rounded` changed the step of their values as the scale, where they have one."""
    differs = rounded * scales[:, :, None] != grouped
    changed = np.nonzero(differs.view(np.uint64).any(axis=2))
    values = grouped[changed]
    steps = _steps(values)
    found = steps > 0
    places = tuple(axis[found] for axis in changed)
    rounded[places], scales[places] = values[found] / steps[found, None], steps[found]


def _steps(blocks: Floats) -> Floats:
    """The largest number of which all values of a block are whole multiples; 0 where they do not fit 8 bits.

    `blocks` is [blocks, 32].
    """
    _, exponents = np.frexp(_largest(blocks))
    usable = np.isfinite(blocks).all(axis=1) & (np.abs(exponents) < 90)
    exponents = np.where(usable, exponents, 0)
    whole = np.where(usable[:, None], blocks, 0) * np.ldexp(np.float32(1), _WHOLE_BITS - exponents)[:, None]
    numbers = whole.astype(np.int32)
    divisors = np.gcd.reduce(numbers, axis=1)
    fits = (numbers == whole).all(axis=1) & (_largest(whole) <= np.float64(_LARGEST) * divisors)
    steps = np.ldexp(divisors.astype(np.float32), exponents - _WHOLE_BITS)
    return np.where(fits & (divisors > 0), steps, np.float32(0))


def _largest(values: Floats) -> Floats:
    """The largest magnitude along the last axis, which has `BLOCK` values; numpy's maximum is slow there.

    Floats that are not negative have the order of their bits as integers.
    """
    magnitudes = np.abs(values).reshape(-1).view(np.int32)
    starts = np.arange(0, len(magnitudes), BLOCK)
    return np.maximum.reduceat(magnitudes, starts).view(np.float32).reshape(values.shape[:-1])
