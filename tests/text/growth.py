"""How the time of a function grows with its text."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 4


def growth(work: Callable[[str], object], small: str, large: str, wanted: float) -> float:
    """The time for `large` by that for `small`: `wanted` at the most, or the least of a few tries.

    It is the time of this thread alone, each the least of two.
    """
    least = float("inf")
    for _ in range(TRIES):
        least = min(least, _seconds(work, large) / _seconds(work, small))
        if least <= wanted:
            break
    return least


def _seconds(work: Callable[[str], object], text: str) -> float:
    return min(_once(work, text) for _ in range(2))


def _once(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun
