"""Scrolling while typing: room for the ghost text below the cursor, and the cursor's line in the middle."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QTextBlock
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


def centre_line(editor: QPlainTextEdit) -> None:
    """Scroll the cursor's line to the middle of the window, as near as whole lines and the text allow."""
    middle = editor.viewport().height() / 2
    block, index, distance = editor.document().firstBlock(), 0, 0.0
    for line, above in _lines_above(editor):
        if above >= middle:
            if not distance or above - middle < middle - distance:
                block, index = line
            break
        (block, index), distance = line, above
    editor.verticalScrollBar().setValue(block.firstLineNumber() + index)


def _lines_above(editor: QPlainTextEdit) -> Iterator[tuple[tuple[QTextBlock, int], float]]:
    """The cursor's line and those above it, each with the pixels from it, on top, to the cursor's middle.

    A line is a block and an index in it; the number of a block's first line changes on the way, because
    blocks that were never seen are laid out.
    """
    cursor = editor.textCursor()
    block: QTextBlock = cursor.block()
    editor.blockBoundingRect(block)  # positions its lines
    line = block.layout().lineForTextPosition(cursor.positionInBlock())
    if not line.isValid():
        return
    above, last = line.rect().center().y(), line.lineNumber()
    while block.isValid():
        for index in range(last, -1, -1):
            top = block.layout().lineAt(index - 1).naturalTextRect().bottom() if index else 0.0
            yield (block, index), above - top
        block = block.previous()
        while block.isValid() and not block.isVisible():
            block = block.previous()
        if block.isValid():
            above += editor.blockBoundingRect(block).height()
            last = block.layout().lineCount() - 1


def _scroll_down(editor: QPlainTextEdit, pixels: float, pitch: float) -> None:
    if pixels <= 0:
        return
    lines = int(-(-pixels // pitch))
    above = int(editor.cursorRect().top() // pitch)
    bar = editor.verticalScrollBar()
    bar.setValue(bar.value() + min(lines, above))
