"""A dialog with all current shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, resize_within_screen
from writer.ui.window.actions import MENUS, Actions, MenuSpec
from writer.ui.window.shortcuts import plain_label, to_text

_COLUMNS = 2


class ShortcutSheet(Retranslated, QDialog):
    """The actions that have shortcuts, by menu."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self._sheet = QWidget()
        self._columns = QHBoxLayout(self._sheet)
        self._columns.setContentsMargins(28, 22, 28, 24)
        self._columns.setSpacing(48)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self._sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        self._scroll.setFocus()
        self._fill()
        self._delay = QTimer(self, singleShot=True, interval=0)
        self._delay.timeout.connect(self._update_keys)
        for action in actions.all:
            action.changed.connect(self._delay.start)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        while (item := self._columns.takeAt(0)) is not None:
            if (column := item.widget()) is not None:
                column.deleteLater()
        self._fill()

    def _update_keys(self) -> None:
        """Update the sheet if the shortcuts changed; actions emit `changed` for other reasons, too."""
        if self._keys() != self._shown_keys:
            self.retranslate()

    def _keys(self) -> list[list[QKeySequence]]:
        return [action.shortcuts() for action in self._actions.all]

    def _fill(self) -> None:
        self._shown_keys = self._keys()
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        blocks = [found for menu in MENUS if (found := self._block(menu)) is not None]
        rows = sum(length for _, length in blocks)
        for left in reversed(range(_COLUMNS)):
            column = QWidget()
            layout = QVBoxLayout(column)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(18)
            filled = 0
            while blocks and (not left or not filled or filled + blocks[0][1] / 2 <= rows / _COLUMNS):
                block, length = blocks.pop(0)
                filled += length
                layout.addWidget(block)
            layout.addStretch()
            self._columns.addWidget(column)
        self._scroll.setAccessibleName(self.windowTitle())
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        resize_within_screen(self, self._sheet.sizeHint() + QSize(bar, 0))

    def _block(self, menu: MenuSpec) -> tuple[QWidget, int] | None:
        """A menu's actions with their shortcuts, and the number of rows; None where none has a shortcut."""
        actions = [
            self._actions[name]
            for name in menu.actions
            if name is not None and self._actions[name].shortcuts()
        ]
        if not actions:
            return None
        block = QWidget()
        grid = QGridLayout(block)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        title = Label(plain_label(QCoreApplication.translate("Actions", menu.label)))
        title.setProperty("tone", "title")
        grid.addWidget(title, 0, 0, 1, 2)
        for row, action in enumerate(actions, start=1):
            keys = Label(to_text(action.shortcuts()))
            keys.setProperty("tone", "muted")
            grid.addWidget(Label(plain_label(action.text())), row, 0)
            grid.addWidget(keys, row, 1, Qt.AlignmentFlag.AlignRight)
        return block, grid.rowCount()
