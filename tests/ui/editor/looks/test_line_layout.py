"""The layout of lines: what Qt asks it for while texts change."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QApplication

from writer.ui.editor.looks.line_layout import SpacedLayout


def test_a_block_behind_the_end_has_no_size(qapp: QApplication) -> None:
    """Qt asks for one where a shorter text takes the place of a longer one that was scrolled down."""
    document = QTextDocument()
    layout = SpacedLayout(document)
    document.setDocumentLayout(layout)
    assert layout.blockBoundingRect(QTextBlock()) == QRectF()
    assert layout.blockBoundingRect(document.lastBlock()).isValid()
