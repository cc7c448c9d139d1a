"""How many threads a decoder computes with: fewer while other programs keep the cores busy.

The threads of a pass wait for each other, so that one on a busy core holds up all: on two cores at a load of
4 to 6, a token took 16 ms with one thread and 30 to 190 with two.
"""

from __future__ import annotations

import os
import time

import psutil

_LEAST_SECONDS, _MOST_SECONDS = 1.0, 15.0
"""The time between two looks that tells something of now."""

_LOOKS_DOWN, _LOOKS_UP = 3, 6
"""How often in a row another number must be found to be taken; each change opens the graph again."""

_SPARE = 0.4
"""The share of a core that others may take from a thread."""


class OtherWork:
    """What other processes compute, between two looks."""

    def __init__(self) -> None:
        self._last = _times()

    def look(self) -> float | None:
        """The cores that others kept busy since the last look; None where that is too short or long ago."""
        now, busy, own = _times()
        elapsed = now - self._last[0]
        if elapsed < _LEAST_SECONDS:
            return None
        others = (busy - self._last[1]) - (own - self._last[2])
        self._last = now, busy, own
        return others / elapsed if elapsed <= _MOST_SECONDS else None


class ThreadChoice:
    """Between one and `most` threads on `cores`, by what others compute; slow to change its mind."""

    def __init__(self, most: int, cores: int | None = None) -> None:
        self.threads = self._most = most
        self._cores = cores or os.cpu_count() or 1
        self._found = most
        self._times = 0

    def choose(self, others: float) -> int:
        """The number of threads from now on, as `others` cores are busy with other work."""
        fitting = max(1, min(self._most, int(self._cores - others + _SPARE)))
        self._times = self._times + 1 if fitting == self._found else 1
        self._found = fitting
        if self._times >= (_LOOKS_DOWN if fitting < self.threads else _LOOKS_UP):
            self.threads = fitting
        return self.threads


class LoadWatch:
    """The threads that fit what others compute now; at most `most`."""

    def __init__(self, most: int) -> None:
        self._work = OtherWork()
        self._choice = ThreadChoice(most)

    def threads(self) -> int:
        """How many to take from now on."""
        others = self._work.look()
        return self._choice.threads if others is None else self._choice.choose(others)


def _times() -> tuple[float, float, float]:
    """The time now, and the processor's seconds of all processes and of this one."""
    used = psutil.cpu_times()
    idle = used.idle + getattr(used, "iowait", 0.0)
    return time.monotonic(), sum(used) - idle - getattr(used, "guest", 0.0), time.process_time()
