"""A box over the text to open a text by a few letters of its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from writer.base.printable import printable
from writer.text.name_match import NameIndex
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label

_LISTED = 50
"""The most names that are listed."""

_ROWS = 10
_WIDTH, _TOP, _MARGIN = 460, 24, 8
_PATH = Qt.ItemDataRole.UserRole
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class QuickOpenBox(Retranslated, QFrame):
    """A field, and below it the names that match; Enter or a click chooses, Esc dismisses."""

    chosen = Signal(object)
    """The Path of the chosen text; the box is hidden."""

    def __init__(self, window: QWidget, editor: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("quickOpen")
        self.hide()
        self._window = window
        self._editor = editor
        self._names: list[str] = []
        self._paths: list[Path] = []
        self._index = NameIndex(())
        self.field = QLineEdit()
        self.list = QListWidget()
        self.list.setObjectName("quickList")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = Label()
        self._empty.setProperty("tone", "muted")
        self._empty.setContentsMargins(8, 2, 8, 4)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(6)
        for widget in (self.field, self.list, self._empty):
            column.addWidget(widget)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self.retranslate()

    def open(self) -> None:
        """Show the box with an empty field."""
        self.field.clear()
        self._fill()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_names(self, names: Sequence[str], paths: Sequence[Path]) -> None:
        """Set what can be opened: the shown name of each text, with "/" between its parts, and its path."""
        self._names, self._paths = list(map(printable, names)), list(paths)
        self._index = NameIndex(self._names)
        if self.isVisible():
            self._fill()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.field.setPlaceholderText(self.tr("Name of a text"))
        self.field.setAccessibleName(self.tr("Name of a text"))
        self.list.setAccessibleName(self.tr("Texts with this name"))
        self._empty.setText(self.tr("No text is called like that."))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list, choose, or dismiss by the keys of the field; dismiss where the focus goes."""
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() in _MOVES:
            self._move(event.key())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if (item := self.list.currentItem()) is not None:
                self._choose(item)
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            return super().eventFilter(watched, event)
        return True

    def _move(self, key: int) -> None:
        """Mark another row, around the ends for single steps."""
        count = self.list.count()
        if not count:
            return
        row = self.list.currentRow()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            row = (row + (1 if key == Qt.Key.Key_Down else -1)) % count
        else:
            row = min(max(0, row + (_ROWS if key == Qt.Key.Key_PageDown else -_ROWS)), count - 1)
        self.list.setCurrentRow(row)
        self.field.setAccessibleDescription(self.list.item(row).text())

    def _fill(self) -> None:
        """List the names that match the field."""
        self.list.clear()
        for number in self._index.best(self.field.text(), _LISTED):
            folder, _, label = self._names[number].rpartition("/")
            item = QListWidgetItem(f"{label} — {folder}" if folder else label)
            item.setData(_PATH, self._paths[number])
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self._fit()

    def _fit(self) -> None:
        """Set the size to that of the list, at the top of the editor."""
        rows = min(self.list.count(), _ROWS)
        self.list.setVisible(rows > 0)
        self._empty.setVisible(not rows)
        self.list.setFixedHeight(rows * self.list.sizeHintForRow(0) + 4 if rows else 0)
        corner = self._editor.mapTo(self._window, self._editor.rect().topLeft())
        width = min(_WIDTH, self._editor.width() - 2 * _MARGIN)
        left = corner.x() + (self._editor.width() - width) // 2
        self.setGeometry(left, corner.y() + _TOP, width, self._column.totalSizeHint().height())

    def _leave(self) -> None:
        """Return to the text; the box is hidden here, since a window that is not active sends no FocusOut."""
        self._editor.setFocus()
        self.hide()

    def _choose(self, item: QListWidgetItem) -> None:
        path = item.data(_PATH)
        self._leave()
        self.chosen.emit(path)
