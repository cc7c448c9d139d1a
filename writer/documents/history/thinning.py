"""The choice of the versions to delete: the newest are kept, and of the older ones ever fewer.

A version goes where the ones before and behind it are close together for its age, so that those that are
left are spaced evenly on a logarithmic scale of time: minutes for today, weeks for last year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MAX_VERSIONS = 120
"""The most versions of one text."""

MAX_TEXT_BYTES = 64 << 20
"""The most bytes of all versions of one text."""

MAX_TOTAL_BYTES = 512 << 20
"""The most bytes of all versions of all texts."""

SPACING = 0.2
"""The distance in time of a version's neighbours, as a share of its age, from which on it is kept."""


def excess(versions: Sequence[tuple[int, int]], now: int) -> list[int]:
    """The indices of the versions of one text to delete.

    `versions` are times in milliseconds and sizes in bytes, the oldest first. The newest is always kept.
    """
    kept = list(range(len(versions)))
    gone: list[int] = []
    total = sum(size for _, size in versions)
    while len(kept) > 1:
        place, spacing = _densest([versions[index][0] for index in kept], now)
        if spacing >= SPACING and len(kept) <= MAX_VERSIONS and total <= MAX_TEXT_BYTES:
            break
        index = kept.pop(place)
        gone.append(index)
        total -= versions[index][1]
    return gone


def _densest(times: Sequence[int], now: int) -> tuple[int, float]:
    """The place whose neighbours are closest together for its age, but for the newest; and how close.

    The oldest has only one neighbour; it is the densest where there are two, and never before another.
    """
    places = range(1, len(times) - 1)
    spacing = {place: (times[place + 1] - times[place - 1]) / max(1, now - times[place]) for place in places}
    best = min(spacing, key=lambda place: spacing[place], default=0)
    return best, spacing.get(best, float("inf"))


def excess_of_all(versions: Iterable[tuple[int, int, bool]], limit: int = MAX_TOTAL_BYTES) -> list[int]:
    """The indices of the versions of all texts to delete, the oldest ones.

    `versions` are times, sizes in bytes, and whether it is the newest of its text: those go last.
    """
    numbered = list(enumerate(versions))
    total = sum(size for _, (_, size, _) in numbered)
    gone = []
    for index, (_, size, _) in sorted(numbered, key=lambda item: (item[1][2], item[1][0])):
        if total <= limit:
            break
        gone.append(index)
        total -= size
    return gone
