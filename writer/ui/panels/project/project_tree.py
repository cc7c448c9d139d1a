"""The tree view that the panels of a folder share."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QApplication, QTreeView

_INDENT = 14
_ARROW = [QPointF(-2, -4), QPointF(2.5, 0), QPointF(-2, 4)]


class ProjectTree(QTreeView):
    """A quiet tree of `model` that marks the name of a row, not the space left of it."""

    def __init__(self, model: QAbstractItemModel) -> None:
        super().__init__()
        self.setObjectName("projectTree")
        self.setModel(model)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(_INDENT)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def drawBranches(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint the arrow alone, on the colour of the panel."""
        palette = QApplication.palette()
        painter.fillRect(rect, palette.color(QPalette.ColorRole.Window))
        if not self.model().hasChildren(index):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.right() - self.indentation() / 2, rect.top() + rect.height() / 2)
        if self.isExpanded(index):
            painter.rotate(90)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text))
        painter.drawPolygon(_ARROW)
        painter.restore()
