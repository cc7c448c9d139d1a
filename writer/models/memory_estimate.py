"""The memory estimate of a model, made from the headers of its weights before it is loaded."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from writer.base.errors import Message, Sentence
from writer.models.weights.weight_files import shapes

RUNTIME = 150_000_000
"""Bytes of the engine's libraries and buffers, for any model."""

INT8 = 1.5
"""Bytes for each int8 weight: itself, its share of a scale, and the memory for making the graph."""

FLOAT32 = 4.5
"""Bytes for each float32 weight, with overhead."""

USABLE = 0.8
"""The share of the memory that the program may take."""


@dataclass(frozen=True, slots=True)
class SystemMemory:
    """Bytes of memory that this process may use, and those free now (`total` where that is unknown)."""

    total: int
    free: int


def count_parameters(files: Iterable[Path]) -> int:
    """The number of weights in some files, from their headers. Raises DamagedError, OSError."""
    return sum(math.prod(shape) for file in files for shape in shapes(file).values())


def required_bytes(count: int, bytes_per_weight: float = INT8) -> int:
    """Bytes of memory that a model of `count` weights takes on the CPU."""
    return int(RUNTIME + bytes_per_weight * count)


def why_too_large(need: int, memory: SystemMemory) -> Message:
    """The sentence why a model that needs `need` bytes does not fit, "" where it does."""
    if need <= memory.total * USABLE:
        return ""
    return Sentence(
        "This model needs about {needed} GB of memory, and this machine has {total} GB ({free} GB free); "
        "choose a smaller one.",
        {
            "needed": f"{need / 1e9:.1f}",
            "total": f"{memory.total / 1e9:.1f}",
            "free": f"{memory.free / 1e9:.1f}",
        },
    )


def system_memory() -> SystemMemory:
    """The memory of this machine, or of the control group (container) of the process."""
    if sys.platform == "win32":
        return _windows()
    page = os.sysconf("SC_PAGE_SIZE")
    total = os.sysconf("SC_PHYS_PAGES") * page
    free = _linux_free() or total
    limit = _control_group()
    return SystemMemory(min(total, limit or total), min(free, limit or free))


def _linux_free() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def _control_group() -> int:
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(name).read_text(encoding="ascii"))
        except (OSError, ValueError):  # absent, or "max"
            continue
    return 0


def _windows() -> SystemMemory:
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status()
    status.length = ctypes.sizeof(status)
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined,unused-ignore]
    return SystemMemory(status.total, status.free)
