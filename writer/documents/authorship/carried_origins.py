"""The origins of a text that was rearranged or corrected: what is still there keeps its own.

Moved lines and blocks are rotations of the text. Else the two texts are read in parallel, as they differ in
many short places at most; where they do not meet again soon, their difference tells what stayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from writer.documents.authorship.origin import Run, joined
from writer.documents.authorship.origin_runs import OriginRuns

SECONDS = 0.5
"""The time after which no more of a long difference is looked for, and what is left counts as new."""

_NEAR = 256
"""The most characters that one place has more in one text than in the other."""

_SAME = 12
"""The number of equal characters with which two texts meet again."""

_SEARCHES = 4000
"""The most places at which the texts are searched for where they meet again."""

_SHORT = 4000
"""The most characters of both texts that are compared in both ways."""

_MOVES = 16
"""The most added parts that are looked for among the removed ones."""

Place = tuple[int, int, int, int]
"""The start and end of what differs in one text, and of what stands there in the other."""


def carried_origins(before: str, runs: Sequence[Run], after: str, tag: int) -> list[Run]:
    """The runs of `after`, which took the place of `before` with its `runs`; `tag` is that of new characters.

    Both texts are in units.
    """
    origins = OriginRuns(runs)
    first, last = _same_lines(before, after)
    middle = OriginRuns(origins.between(first, len(before) - last))
    found = _changed(before[first : len(before) - last], middle, after[first : len(after) - last], tag)
    start, end = origins.between(0, first), origins.between(len(before) - last, len(before))
    return list(joined((*start, *found, *end)))


def _changed(before: str, origins: OriginRuns, after: str, tag: int) -> list[Run]:
    if not before or not after:
        return [(len(after), tag)]
    if turned := _rotated(before, origins, after):
        return turned
    places = _places(before, after)
    found = [] if places is None else [list(_apart(places, origins, tag))]
    if not found or len(before) + len(after) <= _SHORT:
        found.append(list(_different(before, origins, after, tag)))
    return min(found, key=lambda runs: sum(length for length, own in runs if own == tag))


def _same_lines(before: str, after: str) -> tuple[int, int]:
    """The length of the lines at the start that are the same in both texts, and of those at the end."""
    first = before.rfind("\n", 0, _common(before, 0, after, 0)) + 1
    old, new = before[first:], after[first:]
    same = _common(old[::-1], 0, new[::-1], 0)
    line = old.find("\n", len(old) - same) if same else -1
    whole = same in (len(old), len(new))
    return first, same if whole else len(old) - line - 1 if line >= 0 else 0


def _rotated(before: str, origins: OriginRuns, after: str) -> list[Run]:
    """The runs of `after` where it is `before` with its two parts exchanged; else none.

    The parts may be lines of which the last one has no line end.
    """
    if len(before) != len(after) or len(before) < 2:
        return []
    place = (before + before).find(after)
    if place >= 0:
        return [*origins.between(place, len(before)), *origins.between(0, place)]
    place = (before + "\n" + before + "\n").find(after + "\n")
    if place < 1:
        return []
    end = origins.between(place - 1, place)
    return [*origins.between(place, len(before)), *end, *origins.between(0, place - 1)]


def _places(before: str, after: str) -> list[Place] | None:
    """The places at which two texts differ, in their order; None where they do not meet again soon."""
    places: list[Place] = []
    at = other = searches = 0
    gone, new = 0, 0
    while True:
        same = _common(before, at, after, other)
        at, other = at + same, other + same
        if at == len(before) or other == len(after):
            if (at, other) != (len(before), len(after)):
                places.append((at, len(before), other, len(after)))
            return places
        if not _meet(before, at + gone, after, other + new):
            searches += 1
            found = _meeting(before, at, after, other) if searches <= _SEARCHES else None
            if found is None:
                return None
            gone, new = found
        places.append((at, at + gone, other, other + new))
        at, other = at + gone, other + new


def _common(before: str, at: int, after: str, other: int) -> int:
    """The number of equal characters from two places on; slices of growing length are compared."""
    length, step = 0, 16
    most = min(len(before) - at, len(after) - other)
    while length < most:
        step = min(step, most - length)
        if before[at + length : at + length + step] == after[other + length : other + length + step]:
            length += step
            step *= 2
        elif step == 1:
            return length
        else:
            step = max(1, step // 2)
    return length


def _meet(before: str, at: int, after: str, other: int) -> bool:
    """Whether the texts go on alike at two places."""
    ends = at == len(before), other == len(after)
    piece = before[at : at + _SAME]
    return all(ends) or (bool(piece) and piece == after[other : other + _SAME])


def _meeting(before: str, at: int, after: str, other: int) -> tuple[int, int] | None:
    """How much differs from two places on until the texts go on alike."""
    rest, other_rest = len(before) - at, len(after) - other
    for new in range(min(_NEAR, other_rest) + 1):
        piece = after[other + new : other + new + _SAME]
        if not piece:
            return (rest, new) if rest <= _NEAR else None
        if len(piece) < _SAME:
            if rest >= len(piece) and rest - len(piece) <= _NEAR and before.endswith(piece):
                return rest - len(piece), new
        elif (place := before.find(piece, at, at + _NEAR + _SAME)) >= 0:
            return place - at, new
    return None


def _apart(places: Sequence[Place], origins: OriginRuns, tag: int) -> Iterator[Run]:
    """The runs where the texts differ at some places."""
    at = 0
    for start, end, other, other_end in places:
        yield from origins.between(at, start)
        yield other_end - other, tag
        at = end
    yield from origins.between(at, origins.length)


def _different(before: str, origins: OriginRuns, after: str, tag: int) -> Iterator[Run]:
    """The runs by the difference of the texts; what was removed may come again elsewhere."""
    from writer.documents.history.difference import Change, difference

    parts = difference(before, after, seconds=SECONDS)
    few = sum(part.change is Change.ADDED for part in parts) <= _MOVES
    at, gone = 0, ""
    for part in parts:
        if part.change is Change.ADDED:
            core = part.text.strip("\n") if few else ""
            place = before.find(core) if len(core) > 1 else -1
            if place >= 0:
                first = part.text.index(core)
                yield first, tag
                yield from origins.between(place, place + len(core))
                yield len(part.text) - first - len(core), tag
            else:
                yield from _trimmed(gone, at - len(gone), origins, part.text, tag)
            gone = ""
            continue
        if part.change is Change.SAME:
            yield from origins.between(at, at + len(part.text))
        at += len(part.text)
        gone = part.text if part.change is Change.REMOVED else ""


def _trimmed(gone: str, start: int, origins: OriginRuns, text: str, tag: int) -> Iterator[Run]:
    """The runs of `text` in place of `gone`, which begins at `start`: what begins and ends it alike stays."""
    first = _common(gone, 0, text, 0)
    last = _common(gone[first:][::-1], 0, text[first:][::-1], 0)
    yield from origins.between(start, start + first)
    yield len(text) - first - last, tag
    yield from origins.between(start + len(gone) - last, start + len(gone))
