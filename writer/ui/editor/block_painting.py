"""The visible blocks of an editor, and the painting of their text and of decorations on them.

Qt's own painting asks the layout, which is Python, for each hidden block between two visible ones: 2 ms for
each thousand at every key. Here they are skipped by the number of their line, which all of them share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QAbstractTextDocumentLayout, QPainter, QPalette, QTextBlock, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit

from writer.ui.editor.text_geometry import Decoration, ShownBlock


def visible_blocks(editor: QPlainTextEdit, area: QRect) -> Iterator[tuple[QTextBlock, QRectF]]:
    """The blocks in `area` of the viewport, with their rectangles there."""
    offset = editor.contentOffset()
    block = editor.firstVisibleBlock()
    top = editor.blockBoundingGeometry(block).translated(offset).top()
    while block.isValid() and top <= area.bottom():
        if not block.isVisible():
            block = _behind_hidden(block)
            continue
        rect = editor.blockBoundingRect(block).translated(offset.x(), top)
        if rect.bottom() >= area.top():
            yield block, rect
        top = rect.bottom()
        block = block.next()


def _behind_hidden(block: QTextBlock) -> QTextBlock:
    """The next block with lines; hidden ones have none."""
    found = block.document().findBlockByLineNumber(block.firstLineNumber())
    return block.next() if found == block else found


def settled_blocks(editor: QPlainTextEdit, area: QRect) -> list[tuple[QTextBlock, QRectF]]:
    """The visible blocks, all laid out; where that scrolls, those that are visible then."""
    while True:
        place = editor.firstVisibleBlock(), editor.contentOffset()
        blocks = list(visible_blocks(editor, area))
        if place == (editor.firstVisibleBlock(), editor.contentOffset()):
            return blocks


def paint_text(
    editor: QPlainTextEdit,
    context: QAbstractTextDocumentLayout.PaintContext,
    blocks: Sequence[tuple[QTextBlock, QRectF]],
    area: QRect,
) -> None:
    """Paint the text of `blocks` with its selections, and the cursor, in `area` of the viewport."""
    painter = QPainter(editor.viewport())
    painter.setBrushOrigin(editor.contentOffset())  # where the waves under a composition begin
    painter.setClipRect(area)
    painter.setPen(context.palette.text().color())
    for block, rect in blocks:
        layout, place = block.layout(), rect.topLeft()
        layout.draw(painter, place, list(_selections(context, block)), QRectF(area))
        cursor = _cursor_in(context.cursorPosition, block)
        if cursor is not None:
            layout.drawCursor(painter, place, cursor, editor.cursorWidth())


def paint_hint(editor: QPlainTextEdit) -> None:
    """Paint the hint of an empty page where its text begins, which is right of where Qt paints it."""
    block = editor.document().firstBlock()
    line = block.layout().lineAt(0)
    if not line.isValid() or block.layout().preeditAreaText():
        return
    place = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).topLeft()
    painter = QPainter(editor.viewport())
    painter.setFont(editor.document().defaultFont())
    painter.setPen(editor.palette().color(QPalette.ColorRole.PlaceholderText))
    painter.drawText(place + line.position() + QPointF(0, line.ascent()), editor.placeholderText())


def _selections(
    context: QAbstractTextDocumentLayout.PaintContext, block: QTextBlock
) -> Iterator[QTextLayout.FormatRange]:
    """The selected parts of a block, in its own positions."""
    for selection in context.selections:
        start = selection.cursor.selectionStart() - block.position()
        end = selection.cursor.selectionEnd() - block.position()
        if start < block.length() and end > max(0, start):
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = start, end - start, selection.format
            yield part


def _cursor_in(position: int, block: QTextBlock) -> int | None:
    """Where the cursor stands in a block, None outside; below -1 it is counted in what is composed there."""
    if position < -1 and block.layout().preeditAreaText():
        return block.layout().preeditAreaPosition() - (position + 2)
    return position - block.position() if block.contains(position) else None


def decorate(
    editor: QPlainTextEdit,
    decorations: Sequence[Decoration],
    blocks: Sequence[tuple[QTextBlock, QRectF]],
    pitch_of: Callable[[QTextBlock], float],
) -> None:
    """Paint the active decorations of `blocks`, whose lines are so many pixels apart as `pitch_of` says."""
    active = [decoration for decoration in decorations if decoration.is_active()]
    if not active:
        return
    height = editor.viewport().height()
    painter = QPainter(editor.viewport())
    for block, rect in blocks:
        shown = ShownBlock.of(block, rect, pitch_of(block), height)
        for decoration in active:
            decoration.paint(painter, shown)
