"""Geometry of characters: rectangles on the page that fill the height of their lines.

What is painted behind or over the text (a selection, matches, spelling, the veil of the focus mode) is
painted from these. The text's own formats stay as they are: nothing is laid out again, the ghost is not
disturbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTextBlock, QTextLayout, QTextLine

from writer.text.utf16 import utf16_length


class Decoration(Protocol):
    """Something painted behind or over the paragraphs that are seen."""

    def wanted(self) -> bool:
        """Whether there is anything to paint now."""

    def paint(self, painter: QPainter, block: QTextBlock, area: QRectF, pitch: float) -> None:
        """Paint what belongs to `block`, which lies in `area`, with lines `pitch` pixels apart."""


def line_rects(block: QTextBlock, start: int, end: int, pitch: float) -> Iterator[QRectF]:
    """Rectangles, in the block's coordinates, around the characters from `start` to `end` of its text.

    Where something is shown that is not in the text (a ghost, a composition), they make room for it.
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
    """Where a position of the text lies among what is shown."""
    place = layout.preeditAreaPosition()
    if place < 0 or position < place or (position == place and not from_start):
        return position
    return position + utf16_length(layout.preeditAreaText())


def _pieces(block: QTextBlock, line: QTextLine, first: int, last: int) -> Iterator[tuple[float, float]]:
    """Left and right edges; several where the text runs in both directions."""
    if not _has_rtl(block.text()):
        yield _left_of(line, first), _left_of(line, last)
        return
    for run in line.glyphRuns(first, last - first):
        rect = run.boundingRect()
        yield rect.left(), rect.right()


def _left_of(line: QTextLine, position: int) -> float:
    """Where the character at `position` begins; Qt gives the position, too, and calls both an object."""
    x, _ = cast("tuple[float, int]", line.cursorToX(position))
    return x


def _has_rtl(text: str) -> bool:
    return not text.isascii() and any("\u0590" <= c <= "\u08ff" or "\ufb1d" <= c <= "\ufefc" for c in text)
