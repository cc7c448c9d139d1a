"""A controller that turns suggestions on or off for single documents."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from writer.base.printable import printable
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, separator
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.settings.switch import SwitchButton
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

MAX_DOCUMENTS = 500
"""The most excluded documents that are remembered."""


class SuggestionToggle(QObject):
    """Connects the action with `documents`. `excluded`: the documents without suggestions, the latest first.

    A document is identified by its path, or by its journal's name until it has one.
    """

    def __init__(self, window: MainWindow, documents: OpenDocuments, excluded: Sequence[str]) -> None:
        super().__init__(window)
        self._documents = documents
        self._action = window.actions_by_name[ActionId.SUGGEST_HERE]
        self.excluded = tuple(excluded)[:MAX_DOCUMENTS]
        self._known: WeakKeyDictionary[OpenDocument, tuple[str, str]] = WeakKeyDictionary()
        self._action.triggered.connect(self.switch)
        documents.list_changed.connect(self._update)
        documents.current_changed.connect(self._update)
        self._update()

    @property
    def on(self) -> bool:
        """Whether suggestions are on in the current document."""
        return not self._documents.current.suggestions_off

    def switch(self, on: bool) -> None:
        """Turn suggestions on or off in the current document."""
        self._documents.current.suggestions_off = not on
        self._documents.list_changed.emit()

    def clear(self) -> None:
        """Clear the list, except for open documents."""
        self.excluded = ()
        self._update()

    def _update(self) -> None:
        """Record the state of each document, and restore it where another document was loaded."""
        for opened in self._documents.all:
            before, known_as = self._known.get(opened, ("", ""))
            identity = opened.document.id
            name = str(opened.document.path or opened.document.journal_name)
            if identity != before:
                opened.suggestions_off = name in self.excluded
            elif name and not known_as:
                opened.suggestions_off = opened.suggestions_off or name in self.excluded
            self._known[opened] = (identity, name)
            if name:
                self._remember(name, opened.suggestions_off)
        self._action.setChecked(self.on)

    def _remember(self, name: str, off: bool) -> None:
        if off != (name in self.excluded):
            others = tuple(other for other in self.excluded if other != name)
            self.excluded = ((name, *others) if off else others)[:MAX_DOCUMENTS]


class SuggestionToggleBox(Retranslated, QWidget):
    """The switch of the current document on the settings page of suggestions."""

    def __init__(self, controller: SuggestionToggle, documents: OpenDocuments) -> None:
        super().__init__()
        self._controller = controller
        self._documents = documents
        self._label = Label(wordWrap=True)
        self._toggle = SwitchButton()
        self._toggle.clicked.connect(controller.switch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 10)
        column.setSpacing(10)
        column.addWidget(separator())
        row = QHBoxLayout()
        column.addLayout(row)
        row.addWidget(self._label, 1)
        row.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignTop)
        documents.list_changed.connect(self.retranslate)
        documents.current_changed.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        name = printable(self._documents.current.document.name) or self.tr("Untitled")
        text = self.tr("Suggest in “{name}”").format(name=name)
        self._label.setText(text)
        self._toggle.setAccessibleName(text)
        self._toggle.setChecked(self._controller.on)
