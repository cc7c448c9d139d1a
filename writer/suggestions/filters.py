"""Filters that every suggestion must pass: no unprintable characters, special tokens or repetition."""

from __future__ import annotations

import re
import unicodedata

from writer.suggestions.reasons import Reason
from writer.text.characters import is_han

_SPECIAL_TOKENS = re.compile(
    r"<\|[^|<>\n]{0,40}\|?>?|\[(?:UNK|CLS|SEP|PAD|MASK|unused\d+)\]|</?s>|<(?:unk|pad|bos|eos)>"
)
_ZERO_WIDTH_JOINERS = "\u200c\u200d"
_CHARACTER_RUN = re.compile(r"([^\w\s])\1{3,}|(\w)\2{4,}")
_REPETITION = re.compile(r"(?=((.{2,60}?)\2\2))")
_REPETITION_LOOKBACK = 200
"""Characters before the cursor that are searched for a repetition."""

_LINE_LOOKBACK = 2_400
_MIN_REPEATED_LINE = 40
"""The least number of characters of a line that counts as repeated."""


def rejection_reason(before: str, text: str, after: str = "") -> Reason | None:
    """The reason not to suggest `text` between `before` and `after`; None where there is none."""
    if any(map(_is_unprintable, text)) or _SPECIAL_TOKENS.search(text):
        return Reason.JUNK
    if _is_run(before, text):
        return Reason.JUNK
    if (
        _is_repetition(before[-_REPETITION_LOOKBACK:], text)
        or _repeats_line(before, text)
        or _repeats_after(text, after)
    ):
        return Reason.REPEATED
    return None


def _is_unprintable(character: str) -> bool:
    """Whether a character is a control, format, surrogate, private or unassigned one, or U+FFFD."""
    if character in _ZERO_WIDTH_JOINERS:
        return False
    return character == "\ufffd" or unicodedata.category(character) in (
        "Cc",
        "Cf",
        "Co",
        "Cs",
        "Cn",
        "Zl",
        "Zp",
    )


def _is_run(before: str, text: str) -> bool:
    """Whether `text` makes or extends a run of one character, such as "....."."""
    tail = before[-4:]
    return any(found.end() > len(tail) for found in _CHARACTER_RUN.finditer(tail + text))


def _is_repetition(before: str, text: str) -> bool:
    """Whether a phrase stands three times in a row at the end of `before` + `text` and ends within `text`."""
    whole = f" {before}{text}"
    old = len(whole) - len(text)
    return any(whole[old : f.end(1)].strip() and _is_phrase(f.group(2)) for f in _REPETITION.finditer(whole))


def _is_phrase(phrase: str) -> bool:
    """Whether a repeated piece is words, not part of a number or a horizontal rule."""
    return bool(phrase.strip()) and (len(phrase) > 5 or " " in phrase or any(map(is_han, phrase)))


def _repeats_line(before: str, text: str) -> bool:
    """Whether the line, with `text`, is the beginning of one of the last three lines that are not empty."""
    *above, line = before[-_LINE_LOOKBACK:].split("\n")
    line += text
    return len(line) >= _MIN_REPEATED_LINE and any(
        other.startswith(line.rstrip()) for other in _last_written(above)
    )


def _last_written(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip()][-3:]


def _repeats_after(text: str, after: str) -> bool:
    """Whether the text after the cursor begins with `text`."""
    return bool(text.strip()) and after.lstrip().startswith(text.strip())
