"""Lays out plain text with room between the lines, which Qt's plain text documents do not offer.

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

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """The block's rectangle; its lines are on their places afterwards."""
        rect = super().blockBoundingRect(block)
        if not block.isVisible():
            return rect
        layout = block.layout()
        if block.textDirection() == Qt.LayoutDirection.RightToLeft:
            _begin_at_the_right(layout)
        below = rect.height() - layout.boundingRect().bottom()
        y = 0.0
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            step = max(self.pitch, line.height())
            place = y + math.floor((step - line.height()) / 2)
            if line.y() != place:
                line.setPosition(QPointF(line.x(), place))
            y += step
        rect.setHeight(y + max(0.0, below) + (0.0 if block.next().isValid() else self.room))
        return rect


def _begin_at_the_right(layout: QTextLayout) -> None:
    """Qt's plain text begins at the left even where it is read from the right."""
    option = layout.textOption()
    if option.alignment() != _RIGHT:
        option.setAlignment(_RIGHT)
        layout.setTextOption(option)
