"""Progress of a long job as a frozen value, and its cancellation."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 5.0
"""Seconds over which the speed is averaged."""

INTERVAL = 0.1
"""The least number of seconds between two calls of a progress callback."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a stage: `done` of `total` units (0 where unknown), units per second, seconds left.

    Units are bytes for jobs on models, documents for a corpus. `seconds_left` is None where unknown.
    """

    stage: str
    done: int = 0
    total: int = 0
    speed: float = 0.0
    seconds_left: float | None = None


OnProgress = Callable[[Progress], None]
"""Called with the progress of a job, in the job's thread."""
CancelCheck = Callable[[], bool]
"""Returns True once the job is cancelled."""


class Cancelled(Exception):  # noqa: N818 - not an error
    """A job was cancelled. What it has done may stay, where a later one can continue it."""


def ignore_progress(_progress: Progress) -> None:
    """A callback that does nothing."""


def never() -> bool:
    """A check that is never True."""
    return False


def throttled(on_progress: OnProgress, clock: Callable[[], float] = time.monotonic) -> OnProgress:
    """A callback that passes on the first progress of each stage, then at most one in INTERVAL seconds.

    `clock` gives seconds.
    """
    stage, last_call = "", float("-inf")

    def pass_on(progress: Progress) -> None:
        nonlocal stage, last_call
        now = clock()
        if progress.stage != stage or now - last_call > INTERVAL:
            stage, last_call = progress.stage, now
            on_progress(progress)

    return pass_on


class ProgressMeter:
    """A counter of bytes that computes speed and time left, and calls `on_progress` at most once in INTERVAL.

    `clock` gives seconds.
    """

    def __init__(
        self, on_progress: OnProgress, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_progress = on_progress
        self._total = total
        self._clock = clock
        self._done = 0
        self._last_call = float("-inf")
        self._samples: deque[tuple[float, int]] = deque()

    def set_done(self, done: int) -> None:
        """Set the number of bytes done, as after a resumed or failed transfer."""
        self._done = done
        self._samples.clear()
        self._call("fetching")

    def add(self, count: int) -> None:
        """Add `count` bytes."""
        self._done += count
        if self._clock() - self._last_call >= INTERVAL:
            self._call("fetching")

    def enter_stage(self, stage: str) -> None:
        """Report that another stage begins."""
        self._call(stage)

    def _call(self, stage: str) -> None:
        now = self._clock()
        self._samples.append((now, self._done))
        while now - self._samples[0][0] > WINDOW:
            self._samples.popleft()
        since, done = self._samples[0]
        speed = (self._done - done) / (now - since) if now > since else 0.0
        seconds_left = (self._total - self._done) / speed if speed > 0 else None
        self._last_call = now
        self._on_progress(Progress(stage, self._done, self._total, speed, seconds_left))
