"""The kinds of lines that look different as a whole."""

from __future__ import annotations

import re
from enum import Enum, auto

from writer.text.line_continuation import line_prefix, quote_prefix
from writer.text.markdown import fence, heading

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+")
_TABLE = re.compile(r" {0,3}\|.*\|")
_MAX_LENGTH = 8_000
"""Code points; longer lines are text."""


class LineKind(Enum):
    """The kind of a line."""

    TEXT = auto()
    HEADING = auto()
    LIST = auto()
    """A list's item or a line of a quotation, whose further lines stand below its text."""
    CODE = auto()
    """A line of a code block, its fences included."""
    TABLE = auto()


def line_kind(line: str, in_code: bool) -> tuple[LineKind, int, int]:
    """The kind of a line, the length of the marks it begins with, and its level as a heading, else 0."""
    if len(line) > _MAX_LENGTH:
        return LineKind.TEXT, 0, 0
    if in_code or fence(line):
        return LineKind.CODE, 0, 0
    if (marks := _HEADING.match(line)) and (parts := heading(line)):
        return LineKind.HEADING, marks.end(), parts[0]
    if _TABLE.match(line):
        return LineKind.TABLE, 0, 0
    prefix = line_prefix(line)
    return (LineKind.LIST, len(prefix), 0) if prefix else (LineKind.TEXT, 0, 0)


def quote_levels(line: str) -> int:
    """How many quotations a line is within."""
    return quote_prefix(line).count(">") if line[:4].lstrip(" ").startswith(">") else 0
