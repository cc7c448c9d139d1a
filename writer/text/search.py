"""Finding and replacing in a text, by words or by regular expressions, without ever hanging on one.

The `regex` library searches without Python's lock and gives up after a time; a pattern that explodes
(`(a|aa)+$`) is a sentence, not a window that stands still.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import regex

from writer.base.errors import UserError

SECONDS = 3.0
"""How long a search may take, and as much again for every `SHARE` characters."""

SHARE = 2_000_000

MOST = 1_000_000
"""How many matches are kept; a text that has more says so."""

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_WHOLE = r"(?<![^\W\p{Han}])(?:%s)(?![^\W\p{Han}])"
"""A word ends where no letter follows; Chinese has no such ends, so Han beside a match is allowed."""


class FindError(UserError):
    """A pattern or a replacement that cannot be used."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for."""

    pattern: str
    regex: bool = False
    case: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """The places found, in UTF-16 positions as Qt counts: `starts[i]` to `ends[i]`, in order, none empty.

    `complete` is false where there were more than `MOST`.
    """

    starts: array[int]
    ends: array[int]
    complete: bool = True

    def __len__(self) -> int:
        return len(self.starts)

    def at_or_after(self, position: int) -> int:
        """The index of the first match that starts there or later; `len(self)` where none does."""
        return bisect_left(self.starts, position)


NOTHING = Matches(array("I"), array("I"))


@dataclass(frozen=True, slots=True)
class Replaced:
    """`text` takes the place of what is between `start` and `end`; then the cursor belongs at `cursor`.

    Positions are UTF-16; `count` is the number of matches that were replaced.
    """

    start: int
    end: int
    text: str
    count: int
    cursor: int


def find_all(query: Query, text: str, cancelled: Callable[[], bool] = lambda: False) -> Matches:
    """Every match of `query` in `text`; `NOTHING` once `cancelled`. Raises FindError."""
    if not query.pattern:
        return NOTHING
    starts, ends = array("I"), array("I")
    to_utf16 = _utf16_positions(text)
    try:
        for match in _compiled(query).finditer(text, timeout=_seconds(text), concurrent=True):
            if match.end() == match.start():
                continue
            if len(starts) == MOST:
                return Matches(starts, ends, complete=False)
            starts.append(to_utf16(match.start()))
            ends.append(to_utf16(match.end()))
            if len(starts) % 4096 == 0 and cancelled():
                return NOTHING
    except TimeoutError:
        raise FindError("This pattern takes too long; make it simpler.") from None
    return Matches(starts, ends)


def replace_all(query: Query, text: str, replacement: str, cursor: int = 0) -> Replaced | None:
    """What replacing every match comes to; None where there is none. `cursor` is UTF-16. Raises FindError."""
    pieces: list[str] = []
    first = last = count = grown = 0
    place = _code_point_positions(text)(cursor)
    shift = 0
    try:
        for match in _compiled(query).finditer(text, timeout=_seconds(text), concurrent=True):
            if match.end() == match.start():
                continue
            if not count:
                first = last = match.start()
            new = _expanded(query, match, replacement)
            pieces += (text[last : match.start()], new)
            last = match.end()
            count += 1
            grown += _units(new) - _units(match.group())
            if last <= place:
                shift = grown
    except TimeoutError:
        raise FindError("This pattern takes too long; make it simpler.") from None
    if not count:
        return None
    to_utf16 = _utf16_positions(text)
    return Replaced(to_utf16(first), to_utf16(last), "".join(pieces), count, cursor + shift)


def replacement_at(query: Query, text: str, start: int, end: int, replacement: str) -> str | None:
    """What takes the place of the match from `start` to `end` (UTF-16); None where it is no match.

    Raises FindError.
    """
    from_utf16 = _code_point_positions(text)
    try:
        match = _compiled(query).match(text, from_utf16(start), timeout=_seconds(text))
    except TimeoutError:
        raise FindError("This pattern takes too long; make it simpler.") from None
    if match is None or match.end() != from_utf16(end):
        return None
    return _expanded(query, match, replacement)


def _seconds(text: str) -> float:
    return SECONDS * (1 + len(text) / SHARE)


def _compiled(query: Query) -> regex.Pattern[str]:
    pattern = query.pattern if query.regex else regex.escape(query.pattern, literal_spaces=True)
    flags = regex.MULTILINE if query.case else regex.MULTILINE | regex.IGNORECASE
    try:
        regex.compile(pattern, flags, cache_pattern=False)
        return regex.compile(_WHOLE % pattern if query.whole else pattern, flags)
    except regex.error as error:
        raise FindError(_WHY.get(error.msg, f"This pattern cannot be used ({error.msg}).")) from None
    except (OverflowError, RecursionError):
        raise FindError("This pattern is too large; make it simpler.") from None


def _expanded(query: Query, match: regex.Match[str], replacement: str) -> str:
    if not query.regex:
        return replacement
    try:
        return str(match.expand(replacement))
    except (regex.error, IndexError, ValueError):
        raise FindError(
            r"The replacement cannot be used: \1 stands for the first group, \\ for a backslash."
        ) from None


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _utf16_positions(text: str) -> Callable[[int], int]:
    """From positions in code points to positions in UTF-16 units."""
    astral = [] if text.isascii() else [found.start() for found in _ASTRAL.finditer(text)]
    if not astral:
        return int
    return lambda position: position + bisect_left(astral, position)


def _code_point_positions(text: str) -> Callable[[int], int]:
    """From positions in UTF-16 units to positions in code points."""
    astral = [] if text.isascii() else [found.start() for found in _ASTRAL.finditer(text)]
    ends = [position + index + 2 for index, position in enumerate(astral)]
    return lambda position: position - bisect_left(ends, position + 1)


_WHY = {
    "missing )": "The pattern is not complete: a ) is missing.",
    "unbalanced parenthesis": "The pattern has a ) without a (; put a backslash before it to find one.",
    "unterminated character set": "The pattern is not complete: a ] is missing.",
    "bad character range": "A range in [ ] runs backwards; turn it around.",
    "nothing to repeat": "There is nothing to repeat before * or +; put a backslash before it to find one.",
    "multiple repeat": "A repetition repeats a repetition; put ( ) around the inner one.",
    "bad escape (end of pattern)": "The pattern ends with a backslash; write two to find one.",
    "missing >": "The pattern is not complete: a > is missing.",
    "unknown group": "The pattern names a group that is not there.",
    "invalid group reference": "The pattern names a group that is not there.",
    "unknown property": "The pattern names a kind of character that is not there.",
}
