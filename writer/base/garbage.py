"""The thresholds of Python's garbage collector."""

from __future__ import annotations

import gc

THRESHOLDS = (50_000, 10, 10)
"""The thresholds of `gc.set_threshold`.

With Python's 700 the collector traverses all imported objects some hundred times: 50 of the 650 ms of
processor time until the first key is painted, for the same memory.
"""

_START = (200_000, 10, 10)
"""The thresholds while the window starts: one collection of 15 ms would come just before the first key."""


def collect_less_often() -> None:
    """Set the thresholds of this process. Objects without cycles are freed at once as before."""
    gc.set_threshold(*THRESHOLDS)


def collect_after_start() -> None:
    """Set the thresholds of a short command, or of a window until it has started."""
    gc.set_threshold(*_START)
