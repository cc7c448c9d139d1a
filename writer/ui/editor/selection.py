"""The painting of the selection without gaps between lines."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPalette, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

from writer.ui.editor.text_geometry import line_rects


class SelectionPainter:
    """An underlay that fills the selection between lines, where Qt leaves gaps."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        self._editor = editor

    def is_active(self) -> bool:
        """See `Decoration.is_active`."""
        return self._editor.textCursor().hasSelection()

    def paint(self, painter: QPainter, block: QTextBlock, area: QRectF, pitch: float) -> None:
        """See `Decoration.paint`."""
        cursor = self._editor.textCursor()
        start, end = cursor.selectionStart() - block.position(), cursor.selectionEnd() - block.position()
        if end <= 0 or start >= block.length():
            return
        colour = self._editor.palette().color(QPalette.ColorRole.Highlight)
        for band in line_rects(block, max(0, start), end, pitch):
            painter.fillRect(band.translated(area.topLeft()), colour)
