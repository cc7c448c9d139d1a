"""The marks of folding: a triangle beside a heading, which a click turns, and points behind a folded one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPalette, QPolygonF, QTextBlock

from writer.ui.editor.block_painting import visible_blocks
from writer.ui.editor.editor import Editor
from writer.ui.editor.folding.folding import Folding, is_folded
from writer.ui.editor.text_geometry import ShownBlock

_SIZE = 9.0
"""The width of the triangle, in pixels."""

_GAP = 8.0
"""Pixels between the triangle or the points and the heading."""

_CLICK = 5.0
"""Pixels around the triangle in which a click means it."""

_POINTS = 3
_POINT_SIZE = 1.6
_POINT_STEP = 7.0


class FoldingMarks(QObject):
    """A decoration of `editor` for the headings that `folding` folds, and the mouse on its marks.

    Folded headings have a mark, and that of the cursor.
    """

    def __init__(self, editor: Editor, folding: Callable[[], Folding | None]) -> None:
        super().__init__(editor)
        self._editor = editor
        self._folding = folding
        self._last = -1
        self._had_mark = False
        editor.overlays.append(self)
        editor.viewport().installEventFilter(self)
        editor.cursorPositionChanged.connect(self._update)

    def is_active(self) -> bool:
        """See `Decoration`."""
        return True

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`."""
        block, area = shown.block, shown.area
        folded = is_folded(block)
        if not self._has_mark(block):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._editor.palette().color(QPalette.ColorRole.PlaceholderText))
        mark = _mark_rect(block).translated(area.topLeft())
        painter.drawPolygon(_triangle(mark, folded, _is_rtl(block)))
        if folded:
            for point in _points(block):
                painter.drawEllipse(point + area.topLeft(), _POINT_SIZE, _POINT_SIZE)
        painter.restore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fold or show the section whose mark is pressed."""
        if (
            isinstance(event, QMouseEvent)
            and event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
            and event.button() == Qt.MouseButton.LeftButton
            and (folding := self._folding()) is not None
            and (block := self._block_at(event.position())) is not None
        ):
            folding.toggle(block)
            return True
        return super().eventFilter(watched, event)

    def _has_mark(self, block: QTextBlock) -> bool:
        if is_folded(block):
            return True
        folding = self._folding()  # none yet while a document is being shown
        is_current = block == self._editor.textCursor().block()
        return is_current and folding is not None and folding.can_fold(block)

    def _block_at(self, position: QPointF) -> QTextBlock | None:
        """The heading whose mark is at a position of the viewport."""
        for block, area in visible_blocks(self._editor, self._editor.viewport().rect()):
            if area.top() <= position.y() < area.bottom() and self._has_mark(block):
                mark = _mark_rect(block).translated(area.topLeft())
                return block if mark.adjusted(-_CLICK, -_CLICK, _CLICK, _CLICK).contains(position) else None
        return None

    def _update(self) -> None:
        """Repaint the marks of the line that the cursor came to and left."""
        block = self._editor.textCursor().block()
        if block.blockNumber() != self._last:
            had, self._had_mark = self._had_mark, self._has_mark(block)
            self._last = block.blockNumber()
            if had or self._had_mark:
                self._editor.viewport().update()


def _is_rtl(block: QTextBlock) -> bool:
    return block.textDirection() == Qt.LayoutDirection.RightToLeft


def _mark_rect(block: QTextBlock) -> QRectF:
    """The rectangle of the mark beside the first line, in block coordinates."""
    text = block.layout().lineAt(0).naturalTextRect()
    left = text.right() + _GAP if _is_rtl(block) else text.left() - _GAP - _SIZE
    return QRectF(left, text.center().y() - _SIZE / 2, _SIZE, _SIZE)


def _triangle(rect: QRectF, folded: bool, rtl: bool) -> QPolygonF:
    """A triangle that points down, or to the heading where it is folded."""
    if not folded:
        rect = rect.adjusted(0, _SIZE / 8, 0, -_SIZE / 8)
        return QPolygonF([rect.topLeft(), rect.topRight(), QPointF(rect.center().x(), rect.bottom())])
    rect = rect.adjusted(_SIZE / 8, 0, -_SIZE / 8, 0)
    if rtl:
        return QPolygonF([rect.topRight(), rect.bottomRight(), QPointF(rect.left(), rect.center().y())])
    return QPolygonF([rect.topLeft(), rect.bottomLeft(), QPointF(rect.right(), rect.center().y())])


def _points(block: QTextBlock) -> list[QPointF]:
    """The centres of the points behind the last line, in block coordinates."""
    lines = block.layout()
    text = lines.lineAt(lines.lineCount() - 1).naturalTextRect()
    sign = -1 if _is_rtl(block) else 1
    start = text.left() if sign < 0 else text.right()
    return [
        QPointF(start + sign * (_GAP + _POINT_STEP * (index + 0.5)), text.center().y())
        for index in range(_POINTS)
    ]
