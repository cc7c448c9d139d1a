"""A document layout for plain text with line spacing, which QPlainTextDocumentLayout lacks.

Only visible blocks are laid out, as in Qt's own layout; the lines of a block are then repositioned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextDocumentLayout

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute


@dataclass(frozen=True, slots=True)
class Spacing:
    """The distance of lines as a multiple of the font size, and the room below paragraphs in lines."""

    lines: float = 1.55
    paragraphs: float = 0.0


class SpacedLayout(QPlainTextDocumentLayout):
    """A plain text layout whose lines are `pitch` pixels apart, or more where glyphs need it.

    `paragraph_space` is empty space in pixels below each paragraph, `bottom_space` below the last line, which
    allows to scroll further.
    """

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.pitch = 0.0
        self.paragraph_space = 0.0
        self.bottom_space = 0.0

    @classmethod
    def of(cls, document: QTextDocument) -> SpacedLayout:
        """The layout of a document that was made with one. Raises TypeError for other documents."""
        layout = document.documentLayout()
        if not isinstance(layout, cls):
            raise TypeError("the document was made without a spaced layout")
        return layout

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        """The block's rectangle; positions its lines. Called some hundred times a keystroke."""
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        lines = layout.lineCount() if layout is not None else 0  # Qt asks for blocks behind the end, too
        if not lines:
            return rect
        bottom = self._bottom(layout, lines)
        if bottom is None:
            if block.textDirection() == Qt.LayoutDirection.RightToLeft:
                _align_right(layout)
            bottom = self._position_lines(layout)
        if block.next().isValid():
            bottom += self.paragraph_space
        else:
            bottom += self.document().documentMargin() + self.bottom_space
        rect.setHeight(bottom)
        return rect

    def set_spacing(self, spacing: Spacing, size: int) -> None:
        """Space lines and paragraphs for a font of `size` pixels; the text stays as it is."""
        before = self.pitch, self.paragraph_space
        self.pitch = round(size * spacing.lines)
        self.paragraph_space = round(self.pitch * spacing.paragraphs)
        if before != (self.pitch, self.paragraph_space):
            self.documentChanged(0, 0, self.document().characterCount())  # drops the lines of all blocks
            self.documentSizeChanged.emit(self.documentSize())

    def _bottom(self, layout: QTextLayout, lines: int) -> float | None:
        """The bottom of the last line; None where lines may have to be positioned.

        Qt puts the first line at 0 whenever it lays a block out, so that it suffices to check the first line.
        """
        line = layout.lineAt(0)
        height = line.height()
        leading = self._leading(height)
        if not leading or line.y() != leading:
            return None
        if lines == 1:
            return max(self.pitch, height)
        last = layout.lineAt(lines - 1)
        return last.y() - self._leading(last.height()) + max(self.pitch, last.height())

    def _position_lines(self, layout: QTextLayout) -> float:
        """Position the lines; returns the bottom of the last one."""
        y = 0.0
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            line.setPosition(QPointF(line.x(), y + self._leading(line.height())))
            y += max(self.pitch, line.height())
        return y

    def _leading(self, height: float) -> float:
        """The space above a line of this height."""
        return math.floor((max(self.pitch, height) - height) / 2)


def _align_right(layout: QTextLayout) -> None:
    """Align right-to-left text right, which Qt's plain text layout does not do."""
    option = layout.textOption()
    if option.alignment() != _RIGHT:
        option.setAlignment(_RIGHT)
        layout.setTextOption(option)
