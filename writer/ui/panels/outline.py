"""An outline of the headings beside the text."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView, QStackedWidget, QVBoxLayout, QWidget

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, plain_tooltip
from writer.ui.editor.headings import Heading

_INDENT = "\u2003"
_WIDTH = 232
_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class OutlineModel(QAbstractListModel):
    """A list model of headings, indented by level."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: tuple[Heading, ...] = ()

    def show(self, headings: tuple[Heading, ...]) -> None:
        """Set the headings."""
        if [h.block for h in headings] == [h.block for h in self.headings]:
            self.headings = headings
            self.dataChanged.emit(self.index(0), self.index(len(headings) - 1))
            return
        self.beginResetModel()
        self.headings = headings
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """The number of headings."""
        return 0 if parent.isValid() else len(self.headings)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a heading."""
        heading = self.headings[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _INDENT * (heading.level - 1) + heading.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return heading.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(heading.text)
        return None


class Outline(Retranslated, QWidget):
    """A side panel with the headings of the document."""

    chosen = Signal(int)
    """The block number of the chosen heading."""

    dismissed = Signal()
    """The focus shall return to the editor."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("outline")
        self.hide()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(_WIDTH)
        self.model = OutlineModel()
        self.list = QListView()
        self.list.setObjectName("outlineList")
        self.list.setModel(self.model)
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._choose)
        self.list.activated.connect(self._choose)
        self.list.installEventFilter(self)
        self._title = Label()
        self._empty = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(8, 4, 8, 4)
        for label in (self._title, self._empty):
            label.setProperty("tone", "muted")
        self._lay_out()
        self.retranslate()

    def show_headings(self, headings: tuple[Heading, ...]) -> None:
        """Set the headings."""
        self.model.show(headings)
        self._stack.setCurrentIndex(0 if headings else 1)

    def show_current(self, index: int) -> None:
        """Mark the heading of the cursor's section; none for -1."""
        if self.list.currentIndex().row() != index and not self.list.hasFocus():
            self.list.setCurrentIndex(self.model.index(index) if index >= 0 else QModelIndex())

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self._title.setText(self.tr("Outline"))
        self.list.setAccessibleName(self.tr("Outline"))
        self._empty.setText(self.tr("No headings yet. A line that begins with # and a space is one."))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Choose a heading on Return, return to the text on Esc."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.dismissed.emit()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.model.headings[index.row()].block)

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentIndex(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 14, 8, 8)
        self._title.setContentsMargins(8, 0, 0, 4)
        column.addWidget(self._title)
        column.addWidget(self._stack, 1)
