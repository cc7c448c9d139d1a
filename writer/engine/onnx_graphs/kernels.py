"""The choice between two ways to read many tokens, by measurement when a model's graphs are made.

The prefill graph multiplies bytes, which CPUs with VNNI, AMX or the dot products of ARM do several times as
fast as the blocks of the decoder graph, and others may not. What was measured is kept beside the graphs.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from writer.base import atomic_file
from writer.base.typed_data import DamagedError, read_json_file

FILE_NAME = "kernels.json"
_LIMIT = 1 << 12
_PROCESSOR = Path("/proc/cpuinfo")
_INSTRUCTIONS = {
    "amx_int8": "AMX",
    "avx512_vnni": "AVX-512 VNNI",
    "avx_vnni": "AVX-VNNI",
    "avx512f": "AVX-512",
    "avx2": "AVX2",
    "i8mm": "ARM i8mm",
    "asimddp": "ARM dot products",
}
"""What multiplies bytes, by its name in the list of the kernel, the fastest first."""

_OVERFLOWING = ("AVX-512", "AVX2")

_CLEARLY, _WORTH_MS, _ROUNDS = 1.25, 20.0, 3
"""Blocks are chosen where bytes take so many times as long, so much longer, in all of so many rounds."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """What was chosen for reading; milliseconds for `tokens` tokens with each, and what the CPU has."""

    reading: Literal["bytes", "blocks"]
    tokens: int
    bytes_ms: float
    blocks_ms: float
    instructions: str


def choose(
    tokens: int, blocks_ms: float, read_blocks: Callable[[], float], read_bytes: Callable[[], float]
) -> Kernels:
    """The faster way to read `tokens` tokens, by functions that tell the milliseconds of each.

    `blocks_ms` was measured already. It is measured again only while blocks are ahead, since another program
    may have held the processor.
    """
    bytes_ms = read_bytes()
    for _ in range(_ROUNDS - 1):
        if not _clearly_slower(bytes_ms, blocks_ms):
            break
        blocks_ms, bytes_ms = min(blocks_ms, read_blocks()), min(bytes_ms, read_bytes())
    reading: Literal["bytes", "blocks"] = "blocks" if _clearly_slower(bytes_ms, blocks_ms) else "bytes"
    return Kernels(reading, tokens, round(bytes_ms, 1), round(blocks_ms, 1), instructions())


def instructions() -> str:
    """The fastest set of instructions that this CPU has for bytes, as Linux tells; else its architecture."""
    try:
        told = set(_PROCESSOR.read_text("utf-8", "replace").split())
    except OSError:
        told = set()
    return next((name for flag, name in _INSTRUCTIONS.items() if flag in told), platform.machine())


def overflows(instructions_: str) -> bool:
    """Whether products of unsigned and signed bytes overflow with them, as on x86 without VNNI and AMX."""
    return instructions_ in _OVERFLOWING


def write(folder: Path, kernels: Kernels) -> None:
    """Keep them beside the graphs in `folder`. Raises OSError."""
    atomic_file.replace(folder / FILE_NAME, json.dumps(asdict(kernels)).encode(), sync=False)


def read(derived: Path) -> Kernels | None:
    """Those of the newest graphs among the `derived` files of a model; None where nothing was measured."""
    try:
        files = sorted(derived.glob(f"int8-*/{FILE_NAME}"), key=lambda file: file.stat().st_mtime)
        return read_json_file(files[-1], Kernels, _LIMIT) if files else None
    except (OSError, DamagedError):
        return None


def _clearly_slower(bytes_ms: float, blocks_ms: float) -> bool:
    return bytes_ms > blocks_ms * _CLEARLY and bytes_ms - blocks_ms > _WORTH_MS
