"""The precision of a training: bfloat16 where the device supports it in hardware, else float32."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

import torch

from writer.training.plan import Precision

_SHAPE = (512, 512)
_TURNS, _SECONDS = 20, 0.5
"""Products in each type, and seconds after which there are no more: whoever else computes makes some slow."""

_WORTH = 1.5
"""How many times faster multiplications must be to pay for the conversions in the rest of a step."""


def matmul_seconds() -> Mapping[torch.dtype, float]:
    """The least time of products of [512, 512] on the CPU in both types, which are taken in turn.

    A CPU may only emulate bfloat16.
    """
    matrices = {dtype: torch.ones(_SHAPE, dtype=dtype) for dtype in (torch.float32, torch.bfloat16)}
    least = dict.fromkeys(matrices, math.inf)
    end = time.perf_counter() + _SECONDS
    for _ in range(_TURNS):
        for dtype, matrix in matrices.items():
            started = time.perf_counter()
            matrix @ matrix
            least[dtype] = min(least[dtype], time.perf_counter() - started)
        if time.perf_counter() > end:
            break
    return least


def best_precision(
    device: str, matmul_seconds: Callable[[], Mapping[torch.dtype, float]] = matmul_seconds
) -> Precision:
    """The fastest precision on `device`; on a CPU, as measured by `matmul_seconds`."""
    if device == "cuda":
        native = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16-mixed" if native else "32-true"
    if device != "cpu":
        return "32-true"
    seconds = matmul_seconds()
    faster = seconds[torch.float32] > _WORTH * seconds[torch.bfloat16]
    return "bf16-mixed" if faster else "32-true"
