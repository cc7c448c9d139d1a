"""The precision of a training: bfloat16 where the device supports it in hardware, else float32."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from writer.training.plan import Precision

_SHAPE = (512, 512)
_TURNS = 5
_WORTH = 1.5
"""How many times faster multiplications must be to pay for the conversions in the rest of a step."""


def matmul_seconds(dtype: torch.dtype) -> float:
    """The least time of some products of [512, 512] on the CPU, which may only emulate bfloat16."""
    matrix = torch.ones(_SHAPE, dtype=dtype)
    times = []
    for _ in range(_TURNS):
        started = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - started)
    return min(times)


def best_precision(device: str, matmul_seconds: Callable[[torch.dtype], float] = matmul_seconds) -> Precision:
    """The fastest precision on `device`; on a CPU, as measured by `matmul_seconds`."""
    if device == "cuda":
        native = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16-mixed" if native else "32-true"
    faster = device == "cpu" and matmul_seconds(torch.float32) > _WORTH * matmul_seconds(torch.bfloat16)
    return "bf16-mixed" if faster else "32-true"
