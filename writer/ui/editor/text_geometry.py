"""Geometry of text: rectangles around characters that fill the height of their lines.

Decorations behind or over the text (selection, matches, spelling, focus mode) are painted with them. The
formats of the text do not change, so that nothing is laid out again and the ghost text stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTextBlock, QTextLayout, QTextLine

from writer.text.utf16 import utf16_length


class Decoration(Protocol):
    """Something painted behind or over the visible blocks."""

    def is_active(self) -> bool:
        """Whether there is anything to paint."""

    def paint(self, painter: QPainter, block: QTextBlock, area: QRectF, pitch: float) -> None:
        """Paint the decoration of `block`, which lies in `area`, with lines `pitch` pixels apart."""


def line_rects(block: QTextBlock, start: int, end: int, pitch: float) -> Iterator[QRectF]:
    """Rectangles in block coordinates around the characters from `start` to `end` of a block (UTF-16).

    Ghost text and compositions before a position shift the rectangles.
    """
    layout = block.layout()
    start, end = _shown(layout, start, from_start=True), _shown(layout, end, from_start=False)
    for index in range(layout.lineCount()):
        line = layout.lineAt(index)
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
    return not text.isascii() and any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text)
