"""A document layout for plain text with spacing between lines, which Qt's own lacks.

Qt lays out only the blocks that are seen, so a long document costs no more than a short one. This
keeps that, and moves the finished lines of a block onto a grid.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextDocumentLayout

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute


class SpacedLayout(QPlainTextDocumentLayout):
    """A plain text layout whose lines are `pitch` pixels apart, or more where glyphs need it.

    `room` is empty space in pixels below the last line, so that the text can be scrolled up a little further.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.pitch = 0.0
        self.room = 0.0

    @classmethod
    def of(cls, document: QTextDocument) -> SpacedLayout:
        """The layout of a document that has one of these. Raises TypeError for any other document."""
        layout = document.documentLayout()
        if not isinstance(layout, cls):
            raise TypeError("the document was made without a spaced layout")
        return layout

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """The block's rectangle; its lines are on their places afterwards. Called a hundred times a key."""
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        lines = layout.lineCount() if layout is not None else 0  # Qt asks for blocks behind the end, too
        if not lines:
            return rect
        bottom = self._bottom(layout, lines)
        if bottom is None:
            if block.textDirection() == Qt.LayoutDirection.RightToLeft:
                _begin_at_the_right(layout)
            bottom = self._space(layout)
        if not block.next().isValid():
            bottom += self.document().documentMargin() + self.room
        rect.setHeight(bottom)
        return rect

    def _bottom(self, layout: QTextLayout, lines: int) -> float | None:
        """Where the last line ends; None where the lines may not be on their places yet.

        Qt puts the first line at 0 whenever it lays a block out, so the first one tells for all.
        """
        line = layout.lineAt(0)
        height = line.height()
        lead = self._lead(height)
        if not lead or line.y() != lead:
            return None
        if lines == 1:
            return max(self.pitch, height)
        last = layout.lineAt(lines - 1)
        return last.y() - self._lead(last.height()) + max(self.pitch, last.height())

    def _space(self, layout: QTextLayout) -> float:
        """Put the lines on their places; where the last one ends."""
        y = 0.0
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            line.setPosition(QPointF(line.x(), y + self._lead(line.height())))
            y += max(self.pitch, line.height())
        return y

    def _lead(self, height: float) -> float:
        """Room above a line of this height."""
        return math.floor((max(self.pitch, height) - height) / 2)


def _begin_at_the_right(layout: QTextLayout) -> None:
    """Qt's plain text begins at the left even where it is read from the right."""
    option = layout.textOption()
    if option.alignment() != _RIGHT:
        option.setAlignment(_RIGHT)
        layout.setTextOption(option)
