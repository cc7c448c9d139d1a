"""A controller that switches suggestions off and on for single documents, and remembers it."""

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

MOST = 500
"""How many documents are remembered."""


class SuggestionToggle(QObject):
    """Connects the action with `documents`. `excluded`: the documents without suggestions, the latest first.

    A document goes by its path, or by its journal's name until it has one.
    """

    def __init__(self, window: MainWindow, documents: OpenDocuments, excluded: Sequence[str]) -> None:
        super().__init__(window)
        self._documents = documents
        self._action = window.actions_by_name[ActionId.SUGGEST_HERE]
        self.excluded = tuple(excluded)[:MOST]
        self._known: WeakKeyDictionary[OpenDocument, tuple[str, str]] = WeakKeyDictionary()
        self._action.triggered.connect(self.switch)
        documents.list_changed.connect(self._follow)
        documents.current_changed.connect(self._follow)
        self._follow()

    @property
    def on(self) -> bool:
        """Whether suggestions come in the document that shows."""
        return not self._documents.current.suggestions_off

    def switch(self, on: bool) -> None:
        """Let suggestions come in the document that shows, or not."""
        self._documents.current.suggestions_off = not on
        self._documents.list_changed.emit()

    def clear(self) -> None:
        """Forget all documents but those that are open."""
        self.excluded = ()
        self._follow()

    def _follow(self) -> None:
        """Remember what is known of each page, and recall it where another document has come into one."""
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
                self._note(name, opened.suggestions_off)
        self._action.setChecked(self.on)

    def _note(self, name: str, off: bool) -> None:
        if off != (name in self.excluded):
            others = tuple(other for other in self.excluded if other != name)
            self.excluded = ((name, *others) if off else others)[:MOST]


class SuggestionToggleBox(Retranslated, QWidget):
    """The switch once more, where the settings of suggestions are."""

    def __init__(self, here: SuggestionToggle, documents: OpenDocuments) -> None:
        super().__init__()
        self._here = here
        self._documents = documents
        self._label = Label(wordWrap=True)
        self._toggle = SwitchButton()
        self._toggle.clicked.connect(here.switch)
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
        self._toggle.setChecked(self._here.on)
