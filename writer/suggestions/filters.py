"""What no suggestion may hold: junk, markers of models, text that only repeats what stands there already."""

from __future__ import annotations

import re
import unicodedata

from writer.suggestions.reasons import Reason
from writer.text.characters import is_han

_MARKERS = re.compile(
    r"<\|[^|<>\n]{0,40}\|?>?|\[(?:UNK|CLS|SEP|PAD|MASK|unused\d+)\]|</?s>|<(?:unk|pad|bos|eos)>"
)
_JOINERS = "\u200c\u200d"
_RUN = re.compile(r"([^\w\s])\1{3,}|(\w)\2{4,}")
_LOOP = re.compile(r"(?=((.{2,60}?)\2\2))")
_LOOKED_BACK = 200
"""Characters before the cursor in which a repetition is looked for."""

_LINES_BACK = 2_400
_LINE = 40
"""Characters from which a line that stands there already counts as repeated."""


def obstacle(before: str, text: str, after: str = "") -> Reason | None:
    """Why `text` is not fit to be suggested between `before` and `after`; None where it is."""
    if any(map(_is_unprintable, text)) or _MARKERS.search(text):
        return Reason.JUNK
    if _is_run(before, text):
        return Reason.JUNK
    if _is_loop(before[-_LOOKED_BACK:], text) or _repeats_line(before, text) or _repeats_after(text, after):
        return Reason.REPEATED
    return None


def _is_unprintable(character: str) -> bool:
    """Control characters, halves of characters, U+FFFD, private and unassigned ones, hidden directions."""
    if character in _JOINERS:
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
    """Whether `text` makes or lengthens a run of one character, such as "....."."""
    tail = before[-4:]
    return any(found.end() > len(tail) for found in _RUN.finditer(tail + text))


def _is_loop(before: str, text: str) -> bool:
    """Whether the same piece stands three times in a row, and `text` has ended that."""
    whole = f" {before}{text}"
    old = len(whole) - len(text)
    return any(whole[old : f.end(1)].strip() and _speaks(f.group(2)) for f in _LOOP.finditer(whole))


def _speaks(piece: str) -> bool:
    """Whether a repeated piece is words, not part of a number or a rule."""
    return bool(piece.strip()) and (len(piece) > 5 or " " in piece or any(map(is_han, piece)))


def _repeats_line(before: str, text: str) -> bool:
    """Whether the line, with `text`, is the beginning of one of the three lines above."""
    *above, line = before[-_LINES_BACK:].split("\n")
    line += text
    return len(line) >= _LINE and any(other.startswith(line.rstrip()) for other in _last_written(above))


def _last_written(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip()][-3:]


def _repeats_after(text: str, after: str) -> bool:
    """Whether what comes next in the document begins with `text`."""
    return bool(text.strip()) and after.lstrip().startswith(text.strip())
