"""The visible blocks of an editor, and the painting of decorations on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

from writer.ui.editor.text_geometry import Decoration, ShownBlock


def visible_blocks(editor: QPlainTextEdit, area: QRect) -> Iterator[tuple[QTextBlock, QRectF]]:
    """The blocks in `area` of the viewport, with their rectangles there."""
    offset = editor.contentOffset()
    block = editor.firstVisibleBlock()
    top = editor.blockBoundingGeometry(block).translated(offset).top()
    while block.isValid() and top <= area.bottom():
        rect = editor.blockBoundingRect(block).translated(offset.x(), top)
        if block.isVisible() and rect.bottom() >= area.top():
            yield block, rect
        top = rect.bottom()
        block = block.next()


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
