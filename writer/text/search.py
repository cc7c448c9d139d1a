"""Search and replace in a text, by a literal string or a regular expression, with a time limit.

The `regex` library searches without the interpreter lock and raises TimeoutError, so a pattern with
exponential backtracking (`(a|aa)+$`) ends in a SearchError and does not block the window.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

import regex

from writer.base.errors import UserError
from writer.text.utf16 import code_point_positions, utf16_length, utf16_positions

BASE_TIMEOUT = 3.0
"""Seconds that a search may take, and as much again for every `CHARACTERS_PER_TIMEOUT` characters."""

CHARACTERS_PER_TIMEOUT = 2_000_000

MAX_MATCHES = 1_000_000
"""The most matches that a search returns."""

_WHOLE_WORD = r"(?<![^\W\p{Han}])(?:%s)(?![^\W\p{Han}])"
"""Whole words: no word character beside the match except Han, since Chinese has no spaces between words."""


class SearchError(UserError):
    """A pattern or a replacement is invalid, or the search took too long."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search: a literal string or a `regex`; `case` is case-sensitive, `whole` matches whole words only."""

    pattern: str
    regex: bool = False
    case: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches of a search, `starts[i]` to `ends[i]` in UTF-16 code units, in order, none empty.

    `complete` is false where there are more than `MAX_MATCHES`.
    """

    starts: array[int]
    ends: array[int]
    complete: bool = True

    def __len__(self) -> int:
        return len(self.starts)

    def at_or_after(self, position: int) -> int:
        """The index of the first match that starts at `position` or later; `len(self)` where none does."""
        return bisect_left(self.starts, position)


NO_MATCHES = Matches(array("I"), array("I"))


@dataclass(frozen=True, slots=True)
class Replacement:
    """An edit that replaces `count` matches: `text` goes between `start` and `end`, the cursor to `cursor`.

    Positions are in UTF-16 code units.
    """

    start: int
    end: int
    text: str
    count: int
    cursor: int


def find_all(
    query: Query,
    text: str,
    cancelled: Callable[[], bool] = lambda: False,
    compiled: regex.Pattern[str] | None = None,
) -> Matches:
    """All matches of `query` in `text`; `NO_MATCHES` once `cancelled()`.

    `compiled` is that of `compile_query`, for a search through many texts. Raises SearchError where the
    pattern is invalid or takes too long.
    """
    if not query.pattern:
        return NO_MATCHES
    starts, ends = array("I"), array("I")
    to_utf16 = utf16_positions(text)
    try:
        pattern = compiled or compile_query(query)
        for match in pattern.finditer(text, timeout=_timeout(text), concurrent=True):
            if match.end() == match.start():
                continue
            if len(starts) == MAX_MATCHES:
                return Matches(starts, ends, complete=False)
            starts.append(to_utf16(match.start()))
            ends.append(to_utf16(match.end()))
            if len(starts) % 4096 == 0 and cancelled():
                return NO_MATCHES
    except TimeoutError:
        raise SearchError("This pattern takes too long; make it simpler.") from None
    return Matches(starts, ends)


def replace_all(query: Query, text: str, replacement: str, cursor: int = 0) -> Replacement | None:
    """The edit that replaces all matches; None where there is none. `cursor` is in UTF-16 code units.

    Raises SearchError where the pattern or the replacement is invalid, or the search takes too long.
    """
    parts: list[str] = []
    first = last = count = length_change = 0
    place = code_point_positions(text)(cursor)
    shift = 0
    try:
        for match in compile_query(query).finditer(text, timeout=_timeout(text), concurrent=True):
            if match.end() == match.start():
                continue
            if not count:
                first = last = match.start()
            new = _expand(query, match, replacement)
            parts += (text[last : match.start()], new)
            last = match.end()
            count += 1
            length_change += utf16_length(new) - utf16_length(match.group())
            if last <= place:
                shift = length_change
    except TimeoutError:
        raise SearchError("This pattern takes too long; make it simpler.") from None
    if not count:
        return None
    to_utf16 = utf16_positions(text)
    return Replacement(to_utf16(first), to_utf16(last), "".join(parts), count, cursor + shift)


def replacement_at(query: Query, text: str, start: int, end: int, replacement: str) -> str | None:
    """The text that replaces the match from `start` to `end` (UTF-16); None where that is no match.

    Raises SearchError as `replace_all` does.
    """
    from_utf16 = code_point_positions(text)
    try:
        match = compile_query(query).match(text, from_utf16(start), timeout=_timeout(text))
    except TimeoutError:
        raise SearchError("This pattern takes too long; make it simpler.") from None
    if match is None or match.end() != from_utf16(end):
        return None
    return _expand(query, match, replacement)


def _timeout(text: str) -> float:
    return BASE_TIMEOUT * (1 + len(text) / CHARACTERS_PER_TIMEOUT)


def compile_query(query: Query) -> regex.Pattern[str]:
    """The compiled pattern of a query. Raises SearchError where it is invalid."""
    pattern = query.pattern if query.regex else regex.escape(query.pattern, literal_spaces=True)
    flags = regex.MULTILINE if query.case else regex.MULTILINE | regex.IGNORECASE
    try:
        regex.compile(pattern, flags, cache_pattern=False)
        return regex.compile(_WHOLE_WORD % pattern if query.whole else pattern, flags)
    except regex.error as error:
        if error.msg in _WHY:
            raise SearchError(_WHY[error.msg]) from None
        raise SearchError("This pattern cannot be used ({reason}).", reason=error.msg) from None
    except (OverflowError, RecursionError):
        raise SearchError("This pattern is too large; make it simpler.") from None


def _expand(query: Query, match: regex.Match[str], replacement: str) -> str:
    if not query.regex:
        return replacement
    try:
        return str(match.expand(replacement))
    except (regex.error, IndexError, ValueError):
        raise SearchError(
            r"The replacement cannot be used: \1 stands for the first group, \\ for a backslash."
        ) from None


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
