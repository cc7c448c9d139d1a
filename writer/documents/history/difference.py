"""The difference of two texts: by paragraphs, and within changed paragraphs by words.

Lines, or words, that stand once in both texts are anchors (patience diff); what is between two anchors is
compared by difflib where it is short. So the time grows with the length of the texts, not with its square;
it has a limit, after which what is left counts as changed.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

from writer.text.characters import HAN

SECONDS = 1.5
"""The time after which no more is compared."""

_SHORT = 40_000
"""The largest product of two lengths that is compared by difflib."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WORD = re.compile(rf"[^\W{HAN}]+|[^\S\n]+|.|\n", re.DOTALL)


class Change(StrEnum):
    """What happened to a part of the text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the difference; the parts that are not ADDED make up the old text."""

    change: Change
    text: str


Run = tuple[int, int, int, int]
"""The start and end of a run in one sequence, and of the one that it became in the other."""


def difference(
    before: str, after: str, cancelled: Callable[[], bool] = lambda: False, seconds: float = SECONDS
) -> list[Part]:
    """The parts of `before` and `after`, in their order; neighbours differ in their change."""
    end = time.monotonic() + seconds

    def is_late() -> bool:
        return time.monotonic() > end or cancelled()

    return list(_joined(_parts(before, after, is_late)))


def replaced_middle(before: str, after: str) -> tuple[int, int, int]:
    """The shortest replacement that makes `after` of `before`: its start, its end in each of them."""
    start = _common(len(before), len(after), lambda n: before[:n] == after[:n])
    left = _common(
        len(before) - start,
        len(after) - start,
        lambda n: before[len(before) - n :] == after[len(after) - n :],
    )
    return start, len(before) - left, len(after) - left


def _common(first: int, second: int, is_equal: Callable[[int], bool]) -> int:
    """The largest number of equal items, by bisection: comparing slices is faster than a loop."""
    low, high = 0, min(first, second)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_equal(middle) else (low, middle - 1)
    return low


def _parts(before: str, after: str, is_late: Callable[[], bool]) -> Iterator[Part]:
    old, new = _LINE.findall(before), _LINE.findall(after)
    for same, (start, end, other_start, other_end) in _runs(old, new, is_late):
        removed, added = "".join(old[start:end]), "".join(new[other_start:other_end])
        if same:
            yield Part(Change.SAME, removed)
        elif removed and added:
            yield from _words(removed, added, is_late)
        else:
            yield Part(Change.REMOVED, removed)
            yield Part(Change.ADDED, added)


def _words(before: str, after: str, is_late: Callable[[], bool]) -> Iterator[Part]:
    """The parts of a changed paragraph. White space alone between two changes counts as changed."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    removed = added = ""
    for same, (start, end, other_start, other_end) in _runs(old, new, is_late):
        was, becomes = "".join(old[start:end]), "".join(new[other_start:other_end])
        if same and not (was.isspace() and "\n" not in was and (removed or added)):
            yield from (Part(Change.REMOVED, removed), Part(Change.ADDED, added), Part(Change.SAME, was))
            removed = added = ""
        else:
            removed, added = removed + was, added + becomes
    yield from (Part(Change.REMOVED, removed), Part(Change.ADDED, added))


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts that are not empty, neighbours of one kind as one; of what changed, the removed comes first."""
    for same, group in groupby(
        filter(lambda part: part.text, parts), lambda part: part.change is Change.SAME
    ):
        found = list(group)
        for change in (Change.SAME,) if same else (Change.REMOVED, Change.ADDED):
            if text := "".join(part.text for part in found if part.change is change):
                yield Part(change, text)


def _runs(old: Sequence[str], new: Sequence[str], is_late: Callable[[], bool]) -> Iterator[tuple[bool, Run]]:
    """The runs of two sequences in their order, each with whether it is the same in both."""
    start = _common(len(old), len(new), lambda n: old[:n] == new[:n])
    left = _common(len(old) - start, len(new) - start, lambda n: old[len(old) - n :] == new[len(new) - n :])
    middle = (start, len(old) - left, start, len(new) - left)
    if start:
        yield True, (0, start, 0, start)
    yield from _between_anchors(old, new, middle, is_late)
    if left:
        yield True, (middle[1], len(old), middle[3], len(new))


def _between_anchors(
    old: Sequence[str], new: Sequence[str], run: Run, is_late: Callable[[], bool]
) -> Iterator[tuple[bool, Run]]:
    start, end, other_start, other_end = run
    if (end - start) * (other_end - other_start) <= _SHORT or is_late():
        yield from _compared(old, new, run, is_late)
        return
    for place, other in (*_anchors(old, new, run), (end, other_end)):
        if (start, other_start) != (place, other):
            yield from _compared(old, new, (start, place, other_start, other), is_late)
        if place < end:
            yield True, (place, place + 1, other, other + 1)
        start, other_start = place + 1, other + 1


def _compared(
    old: Sequence[str], new: Sequence[str], run: Run, is_late: Callable[[], bool]
) -> Iterator[tuple[bool, Run]]:
    """The runs within a run, by difflib; the whole run where it is long, or it is late."""
    start, end, other_start, other_end = run
    if not 0 < (end - start) * (other_end - other_start) <= _SHORT or is_late():
        if start < end or other_start < other_end:
            yield False, run
        return
    matcher = SequenceMatcher(None, old[start:end], new[other_start:other_end], autojunk=False)
    for kind, first, last, other_first, other_last in matcher.get_opcodes():
        found = (start + first, start + last, other_start + other_first, other_start + other_last)
        yield kind == "equal", found


def _anchors(old: Sequence[str], new: Sequence[str], run: Run) -> list[tuple[int, int]]:
    """The places of items that stand once in each run, in the longest series with the same order."""
    start, end, other_start, other_end = run
    counts, other_counts = Counter(old[start:end]), Counter(new[other_start:other_end])
    places = {new[place]: place for place in range(other_start, other_end)}
    pairs = [
        (place, places[item])
        for place, item in enumerate(old[start:end], start)
        if counts[item] == 1 and other_counts.get(item) == 1
    ]
    return _longest_series(pairs)


def _longest_series(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest series of pairs whose second places rise, too (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        previous.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        ends[pile : pile + 1] = [index]
    series = []
    index = ends[-1] if ends else -1
    while index >= 0:
        series.append(pairs[index])
        index = previous[index]
    return series[::-1]
