"""The origin of a character, and the tags that stand for it in the record of a text.

A tag is an origin, or from `FIRST_BATCH` on the number of a batch: what was taken from suggestions between
two saves, whose fate is looked at later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

FIRST_BATCH = 4
"""The tag of the first batch."""

Run = tuple[int, int]
"""The length of a run in UTF-16 units, at least 1, and the tag of its characters."""


class Origin(IntEnum):
    """Where a character came from. The values stand in files."""

    TYPED = 0
    TAKEN = 1
    """Taken from a suggestion."""

    PASTED = 2
    IMPORTED = 3
    """It came with a file, or from a document of another program."""


def origin_of(tag: int) -> Origin:
    """The origin that a tag stands for."""
    return Origin.TAKEN if tag >= FIRST_BATCH else Origin(tag)


def joined(runs: Iterable[Run]) -> Iterator[Run]:
    """The runs without empty ones, neighbours of one tag as one."""
    length, tag = 0, -1
    for more, other in runs:
        if other == tag:
            length += more
        elif more:
            if length:
                yield length, tag
            length, tag = more, other
    if length:
        yield length, tag


def length_of(runs: Iterable[Run]) -> int:
    """The length of all runs."""
    return sum(length for length, _ in runs)
