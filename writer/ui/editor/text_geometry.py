"""Geometry of text: rectangles around characters that fill the height of their lines.

Decorations behind or over the text (selection, matches, spelling, focus mode) are painted with them. The
formats of the text do not change, so that nothing is laid out again and the ghost text stays.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTextBlock, QTextLayout, QTextLine

from writer.text.utf16 import utf16_length

_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")
"""Letters that are written from right to left, and what belongs to them."""


class Decoration(Protocol):
    """Something painted behind or over the visible blocks."""

    def is_active(self) -> bool:
        """Whether there is anything to paint."""

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """Paint the decoration of a block."""


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A block in the viewport: it lies in `area`, its lines are `pitch` pixels apart.

    A paragraph may be longer than the viewport by far: of its characters, in UTF-16, only those from `start`
    to `end` lie in visible lines.
    """

    block: QTextBlock
    area: QRectF
    pitch: float
    start: int
    end: int

    @classmethod
    def of(cls, block: QTextBlock, area: QRectF, pitch: float, height: float) -> ShownBlock:
        """A block in a viewport of this height in pixels."""
        layout, last = block.layout(), block.length() - 1
        if area.height() <= height or not layout.lineCount():
            return cls(block, area, pitch, 0, last)
        lines = range(layout.lineCount())
        first = bisect_left(lines, -area.top(), key=lambda index: layout.lineAt(index).rect().bottom())
        behind = bisect_right(lines, height - area.top(), key=lambda index: layout.lineAt(index).y())
        ghost = utf16_length(layout.preeditAreaText())
        start = layout.lineAt(min(first, lines[-1])).textStart() - ghost
        end = layout.lineAt(behind).textStart() if behind < len(lines) else last
        return cls(block, area, pitch, max(0, start), min(last, end))

    def bands(self, start: int, end: int) -> Iterator[QRectF]:
        """Rectangles in the viewport around the visible ones of the characters from `start` to `end`."""
        for rect in line_rects(self.block, max(start, self.start), min(end, self.end), self.pitch):
            yield rect.translated(self.area.topLeft())


def line_rects(block: QTextBlock, start: int, end: int, pitch: float) -> Iterator[QRectF]:
    """Rectangles in block coordinates around the characters from `start` to `end` of a block (UTF-16).

    Ghost text and compositions before a position shift the rectangles.
    """
    layout = block.layout()
    start, end = _shown(layout, start, from_start=True), _shown(layout, end, from_start=False)
    begin = layout.lineForTextPosition(start)
    for index in range(begin.lineNumber() if begin.isValid() else 0, layout.lineCount()):
        line = layout.lineAt(index)
        if line.textStart() >= end:
            return
        first = max(start, line.textStart())
        last = min(end, line.textStart() + line.textLength())
        if first < last:
            top = line.rect().center().y() - pitch / 2
            for left, right in _pieces(block, line, first, last):
                yield QRectF(left, top, right - left, pitch)


def _shown(layout: QTextLayout, position: int, from_start: bool) -> int:
    """The position in the layout, with preedit text, of a position of the text."""
    place = layout.preeditAreaPosition()
    if place < 0 or position < place or (position == place and not from_start):
        return position
    return position + utf16_length(layout.preeditAreaText())


def _pieces(block: QTextBlock, line: QTextLine, first: int, last: int) -> Iterator[tuple[float, float]]:
    """The left and right edges of characters of a line; several pairs in bidirectional text."""
    if not _has_rtl(block.text()):
        yield left_of(line, first), left_of(line, last)
        return
    for run in line.glyphRuns(first, last - first):
        rect = run.boundingRect()
        yield rect.left(), rect.right()


def left_of(line: QTextLine, position: int) -> float:
    """The x coordinate of a position; cursorToX returns a pair, typed as object."""
    x, _ = cast("tuple[float, int]", line.cursorToX(position))
    return x


def _has_rtl(text: str) -> bool:
    return not text.isascii() and _RTL.search(text) is not None
