"""Weights in 8 bits, in blocks that share a scale: the layout of `MatMulNBits`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from writer.engine.weights.safetensors_reader import Floats

BLOCK = 32
"""Inputs that share one scale; larger blocks are no faster and less precise."""

_QUANTISED_AT_ONCE = 1 << 18
"""Weights that are quantised at a time, so that the intermediate arrays stay in the CPU's cache."""


def quantise(matrix: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Quantise a matrix float32 [outputs, inputs] to 8 bits in blocks of 32 along the inputs.

    Returns codes uint8 [outputs, blocks, 32] with zero point 128, and scales float32 [outputs, blocks].
    Weights that were dequantised from such blocks keep their exact values.
    """
    outputs, inputs = matrix.shape
    blocks = -(-inputs // BLOCK)
    codes = np.empty((outputs, blocks, BLOCK), np.uint8)
    scales = np.empty((outputs, blocks), np.float32)
    rows = max(1, _QUANTISED_AT_ONCE // (blocks * BLOCK))
    for start in range(0, outputs, rows):
        some = matrix[start : start + rows]
        part = np.zeros((len(some), blocks * BLOCK), np.float32)
        part[:, :inputs] = some
        grouped = part.reshape(-1, blocks, BLOCK)
        scale = _largest(np.abs(grouped)) / np.float32(127)
        grouped /= np.where(scale == 0, np.float32(1), scale)[:, :, None]
        np.rint(grouped, out=grouped)
        grouped += 128
        codes[start : start + rows], scales[start : start + rows] = grouped, scale
    return codes, scales


def _largest(values: Floats) -> Floats:
    """The maximum along the last axis of `BLOCK` values; numpy's own is slow where the axis is short."""
    while (half := values.shape[-1] // 2) > 0:
        values = np.maximum(values[..., :half], values[..., half:])
    return values[..., 0]
