"""The painting of the selection without gaps between lines."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QPlainTextEdit

from writer.ui.editor.text_geometry import ShownBlock


class SelectionPainter:
    """An underlay that fills the selection between lines, where Qt leaves gaps."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        self._editor = editor

    def is_active(self) -> bool:
        """See `Decoration.is_active`."""
        return self._editor.textCursor().hasSelection()

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration.paint`."""
        cursor = self._editor.textCursor()
        begin = shown.block.position()
        colour = self._editor.palette().color(QPalette.ColorRole.Highlight)
        for band in shown.bands(cursor.selectionStart() - begin, cursor.selectionEnd() - begin):
            painter.fillRect(band, colour)
