"""The garbage collector: how often it looks for cycles."""

from __future__ import annotations

import gc

THRESHOLDS = (50_000, 10, 10)
"""Objects more than before a look at the youngest, and looks until the next generation is looked at, too.

With Python's 700, the collector walks all that is being imported some hundred times: 50 of the 650 ms of
processor until the first key is painted, for the same memory.
"""


def collect_less_often() -> None:
    """Set the thresholds for this process. What no cycle holds is freed at once, as before."""
    gc.set_threshold(*THRESHOLDS)
