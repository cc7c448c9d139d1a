"""Scrolling while typing, so that the ghost text has room below the cursor."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

from writer.text.utf16 import utf16_length
from writer.ui.editor.looks.line_layout import SpacedLayout


def reveal_ghost(editor: QPlainTextEdit, layout: SpacedLayout) -> None:
    """Scroll until the last line of the ghost text is visible, but the cursor, too."""
    block = editor.textCursor().block()
    lines = block.layout()
    end = lines.preeditAreaPosition() + utf16_length(lines.preeditAreaText())
    top = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).top()
    line = lines.lineForTextPosition(end)
    if line.isValid():
        _scroll_down(editor, top + line.rect().bottom() - editor.viewport().height(), layout.pitch)


def keep_free_lines(editor: QPlainTextEdit, layout: SpacedLayout) -> None:
    """Scroll so that the layout's space at the bottom is free below the cursor."""
    if editor.centerOnScroll():
        return
    bottom = editor.cursorRect().bottom() + layout.bottom_space
    _scroll_down(editor, bottom - editor.viewport().height(), layout.pitch)


def _scroll_down(editor: QPlainTextEdit, pixels: float, pitch: float) -> None:
    if pixels <= 0:
        return
    lines = int(-(-pixels // pitch))
    above = int(editor.cursorRect().top() // pitch)
    bar = editor.verticalScrollBar()
    bar.setValue(bar.value() + min(lines, above))
