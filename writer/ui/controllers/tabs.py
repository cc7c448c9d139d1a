"""A controller for the tabs of the open documents; hidden while there is one document."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QTabBar, QToolButton

from writer.base.printable import printable
from writer.ui.common.theme import tinted_icon
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import plain_tooltip
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_NARROWEST, _WIDEST = 120, 260
"""The least and the greatest width of a tab in pixels; a short name takes less."""

_SIDE = QTabBar.ButtonPosition.RightSide


class TabController(Retranslated, QTabBar):
    """The tab bar of `window`, to select, move and close `documents`."""

    closed = Signal(object)
    """The OpenDocument that the user wants to close."""

    def __init__(self, window: MainWindow, documents: OpenDocuments) -> None:
        super().__init__()
        self._documents = documents
        self._shown: list[OpenDocument] = []
        self._icons = window.icons
        self._arrows = self.findChildren(QToolButton)
        self.setObjectName("pages")
        self.setMovable(True)
        self.setDocumentMode(True)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        window.add_top_bar(self)
        documents.list_changed.connect(self._update)
        self.currentChanged.connect(lambda index: self._documents.show(self._shown[index]))
        self.tabMoved.connect(self._move)
        self._connect(window)
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setAccessibleName(self.tr("Open texts"))
        for arrow, name in zip(
            self._arrows, (self.tr("Further left"), self.tr("Further right")), strict=False
        ):
            arrow.setAccessibleName(name)
        self._update()

    def tabSizeHint(self, index: int) -> QSize:
        """The size for the whole name, within limits."""
        return super().tabSizeHint(index).boundedTo(QSize(_WIDEST, 10_000))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """A width in which a name can be read; Qt's own has room for a letter or two before it scrolls."""
        hint = self.tabSizeHint(index)
        return QSize(min(hint.width(), _NARROWEST), hint.height())

    def changeEvent(self, event: QEvent) -> None:
        """Update the icons on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for index in range(self.count()):
                self._button(index).setIcon(self._close_icon())

    def _connect(self, window: MainWindow) -> None:
        documents = self._documents
        window.actions_by_name.connect(
            {
                ActionId.VIEW_NEXT_TEXT: lambda: documents.step(1),
                ActionId.VIEW_PREVIOUS_TEXT: lambda: documents.step(-1),
                ActionId.VIEW_TEXT_RIGHT: lambda: documents.move(
                    documents.current, documents.all.index(documents.current) + 1
                ),
                ActionId.VIEW_TEXT_LEFT: lambda: documents.move(
                    documents.current, documents.all.index(documents.current) - 1
                ),
            }
        )

    def _button(self, index: int) -> QToolButton:
        """The close button of a tab."""
        button = self.tabButton(index, _SIDE)
        assert isinstance(button, QToolButton)  # `_update` gives one to every tab
        return button

    def _close_button(self) -> QToolButton:
        button = QToolButton()
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setIconSize(QSize(14, 14))
        button.setIcon(self._close_icon())
        button.clicked.connect(lambda: self._close(button))
        return button

    def _close_icon(self) -> QIcon:
        return tinted_icon(self._icons / "close.svg", self.palette().color(QPalette.ColorRole.WindowText))

    def _close(self, button: QToolButton) -> None:
        """Close the tab of a button, whose index may have changed."""
        places = (index for index in range(self.count()) if self.tabButton(index, _SIDE) is button)
        self.closed.emit(self._shown[next(places)])

    def _move(self, start: int, end: int) -> None:
        opened = self._shown[start]
        self._shown.insert(end, self._shown.pop(start))
        self._documents.move(opened, end)

    def _update(self) -> None:
        """Update the tabs."""
        blocker = QSignalBlocker(self)
        documents = self._documents.all
        if self._shown != documents:
            while self.count() > len(documents):
                self.removeTab(self.count() - 1)
            if self.count() + 1 < len(documents):
                self.hide()  # hidden tabs are not laid out
            while self.count() < len(documents):
                self.setTabButton(self.addTab(""), _SIDE, self._close_button())
            self._shown = list(documents)
        for index, opened in enumerate(documents):
            name = printable(opened.document.name) or self.tr("Untitled")
            if opened.document.file_missing:
                name = self.tr("{name} (file is gone)").format(name=name)
            label = ("• " if opened.text.isModified() else "") + name.replace("&", "&&")
            close = self.tr("Close: {name}").format(name=name)
            button = self._button(index)
            path = printable(opened.document.path or "")
            shown = (self.tabText(index), self.tabToolTip(index), button.accessibleName())
            if shown == (label, plain_tooltip(path), close):
                continue  # setting a text lays out all tabs
            self.setTabText(index, label)
            self.setTabToolTip(index, plain_tooltip(path))
            button.setToolTip(self.tr("Close"))
            button.setAccessibleName(close)
        self.setCurrentIndex(documents.index(self._documents.current))
        self.setVisible(len(documents) > 1)
        blocker.unblock()
