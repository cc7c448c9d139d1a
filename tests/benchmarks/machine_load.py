"""Whether other programs were computing while something was measured, told by the kernel's counters."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
STAT = Path("/proc/stat")


class Others:
    """Counts processor seconds that this process and one child did not use."""

    def __init__(self, child: int) -> None:
        self._child = child
        self._before = self._count()

    def share(self) -> float:
        """Processors that others kept busy since the beginning, on average; 0 where nobody counts them."""
        busy, own, wall = (now - then for now, then in zip(self._count(), self._before, strict=True))
        return max(0.0, busy - own) / wall if wall > 0 else 0.0

    def _count(self) -> tuple[float, float, float]:
        return _busy(), _of(self._child) + _of(os.getpid()), time.perf_counter()


def wait(limit: float = 4.0) -> None:
    """Until others have left the processors alone for a quarter of a second, `limit` seconds at the most."""
    end = time.perf_counter() + limit
    while time.perf_counter() < end:
        others = Others(os.getpid())
        time.sleep(0.25)
        if others.share() < 0.1:
            return


def _busy() -> float:
    if not STAT.exists():
        return 0.0
    fields = [int(field) for field in STAT.read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _wait, irq, soft, steal = fields[:8]
    return (user + nice + system + irq + soft + steal) / _TICK


def _of(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK
