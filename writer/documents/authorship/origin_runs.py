"""The origins of a text's characters as runs, changed by the text's edits.

The runs are stored in chunks, so that an edit moves a small part of them, however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from writer.documents.authorship.origin import Run, joined, length_of

CHUNK = 128
"""The number of runs in a full chunk; one has at most twice as many."""


class OriginRuns:
    """The runs of a text; positions and lengths are in UTF-16 units."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._chunks: list[list[Run]] = _cut(list(joined(runs)))
        self._lengths = [length_of(chunk) for chunk in self._chunks]
        self._near = (0, 0)
        """The index of the chunk that was found last, and where it begins: the next is near to it."""
        self.length = sum(self._lengths)
        """The length of the text."""
        self.totals: Counter[int] = Counter()
        """The number of characters of each tag; 0 where there are none any more."""
        for length, tag in self:
            self.totals[tag] += length

    def __iter__(self) -> Iterator[Run]:
        """The runs; neighbours may have the same tag."""
        return chain.from_iterable(self._chunks)

    def runs(self) -> list[Run]:
        """The runs, as few as possible."""
        return list(joined(self))

    def splice(self, start: int, removed: int, added: Sequence[Run]) -> list[Run]:
        """Replace `removed` characters from `start` on by `added`; returns the runs that were there.

        Raises ValueError where they lie outside the text.
        """
        if min(start, removed) < 0 or start + removed > self.length:
            raise ValueError("an edit lies outside the text")
        first, before = self._find(start)
        if not removed and len(added) == 1 and self._extend(first, before, *added[0]):
            return []
        last, end = first, before + removed
        while end > self._lengths[last]:
            end -= self._lengths[last]
            last += 1
        head, rest = _split(self._chunks[first], before)
        if last == first:
            gone, tail = _split(rest, removed)
        else:
            final, tail = _split(self._chunks[last], end)
            gone = [*rest, *chain.from_iterable(self._chunks[first + 1 : last]), *final]
        self._put(first, last + 1, list(joined((*head, *added, *tail))))
        self.length += length_of(added) - removed
        for length, tag in gone:
            self.totals[tag] -= length
        for length, tag in added:
            self.totals[tag] += length
        return list(joined(gone))

    def between(self, start: int, end: int) -> list[Run]:
        """The runs between two positions within the text."""
        if not start < end:
            return []
        index, before = self._find(start)
        found: list[Run] = []
        need = before + end - start
        while need > 0 and index < len(self._chunks):
            found += self._chunks[index]
            need -= self._lengths[index]
            index += 1
        return list(joined(_split(_split(found, before)[1], end - start)[0]))

    def _extend(self, index: int, position: int, more: int, tag: int) -> bool:
        """Make the run at a position of a chunk longer; False where it has another tag."""
        chunk = self._chunks[index]
        for place, (length, own) in enumerate(chunk):
            if position <= length and own == tag:
                chunk[place] = (length + more, tag)
                self._lengths[index] += more
                self.length += more
                self.totals[tag] += more
                return True
            if position < length:
                return False
            position -= length
        return False

    def _put(self, first: int, last: int, runs: list[Run]) -> None:
        """Replace chunks by runs, together with those of the next chunk where they are few."""
        if len(runs) < CHUNK // 4 and last < len(self._chunks):
            runs = list(joined((*runs, *self._chunks[last])))
            last += 1
        pieces = _cut(runs) if len(runs) > 2 * CHUNK else [runs]
        self._chunks[first:last] = pieces
        self._lengths[first:last] = [length_of(piece) for piece in pieces]
        if self._near[0] >= len(self._chunks):
            self._near = (0, 0)

    def _find(self, position: int) -> tuple[int, int]:
        """The index of a chunk that holds a position, and the position within it."""
        index, start = self._near
        while position < start:
            index -= 1
            start -= self._lengths[index]
        while position - start > self._lengths[index]:
            start += self._lengths[index]
            index += 1
        self._near = index, start
        return index, position - start


def _split(runs: Sequence[Run], position: int) -> tuple[list[Run], list[Run]]:
    """The runs before and behind a position."""
    for index, (length, tag) in enumerate(runs):
        if position < length:
            before = [*runs[:index], (position, tag)] if position else list(runs[:index])
            return before, [(length - position, tag), *runs[index + 1 :]]
        position -= length
    return list(runs), []


def _cut(runs: list[Run]) -> list[list[Run]]:
    return [runs[at : at + CHUNK] for at in range(0, len(runs), CHUNK)] or [[]]
