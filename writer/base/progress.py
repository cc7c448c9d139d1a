"""Progress of a long job as frozen values, and its cancellation."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 5.0
"""Seconds over which the speed is taken."""

INTERVAL = 0.1
"""Seconds between two reports at the least."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of the `total` parts of a stage (0 where nobody knows), parts a second, and seconds left.

    The parts are bytes where models come and go, documents where a corpus is read. `left` is None where
    unknown.
    """

    stage: str
    done: int = 0
    total: int = 0
    speed: float = 0.0
    left: float | None = None


OnProgress = Callable[[Progress], None]
CancelCheck = Callable[[], bool]
"""Whether the work is still wanted is asked by calling it: True once it is not."""


class Cancelled(Exception):  # noqa: N818 - not an error
    """The work is not wanted any more. What it has done so far stays, where it can go on later."""


def silent(_progress: Progress) -> None:
    """Report to nobody."""


def never() -> bool:
    """A job that is not cancelled."""
    return False


def throttled(report: OnProgress, clock: Callable[[], float] = time.monotonic) -> OnProgress:
    """A report that passes on the first progress of each stage, and then one in INTERVAL.

    `clock` gives seconds.
    """
    stage, reported = "", float("-inf")

    def tell(progress: Progress) -> None:
        nonlocal stage, reported
        now = clock()
        if progress.stage != stage or now - reported > INTERVAL:
            stage, reported = progress.stage, now
            report(progress)

    return tell


class Meter:
    """Counts bytes and reports, but not too often. `clock` gives seconds."""

    def __init__(self, report: OnProgress, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._total = total
        self._clock = clock
        self._done = 0
        self._reported = float("-inf")
        self._samples: deque[tuple[float, int]] = deque()

    def start_at(self, done: int) -> None:
        """So many bytes were there already, or are there after all."""
        self._done = done
        self._samples.clear()
        self._tell("fetching")

    def add(self, count: int) -> None:
        """So many more bytes have come."""
        self._done += count
        if self._clock() - self._reported >= INTERVAL:
            self._tell("fetching")

    def enter(self, stage: str) -> None:
        """Another part of the job begins."""
        self._tell(stage)

    def _tell(self, stage: str) -> None:
        now = self._clock()
        self._samples.append((now, self._done))
        while now - self._samples[0][0] > WINDOW:
            self._samples.popleft()
        since, done = self._samples[0]
        speed = (self._done - done) / (now - since) if now > since else 0.0
        left = (self._total - self._done) / speed if speed > 0 else None
        self._reported = now
        self._report(Progress(stage, self._done, self._total, speed, left))
