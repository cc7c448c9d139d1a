"""A model of what a search found: texts, and below each its matches with what a replacement makes of them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from writer.base.printable import printable
from writer.documents.project.text_search import Hit, TextHits
from writer.text.search import Query, SearchError, replacement_at
from writer.text.utf16 import utf16_length
from writer.ui.common.widgets import plain_tooltip

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_SHOWN = 60
"""The most characters of a match, and of its replacement, that are shown."""


class HitsModel(QAbstractItemModel):
    """A tree model of two levels; texts have a check mark while a replacement is previewed.

    An index carries the row of its text plus one; that of a text itself carries 0.
    """

    chosen_changed = Signal()
    """Texts were added, checked or unchecked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.texts: list[TextHits] = []
        self.query = Query("")
        self._replacement: str | None = None
        self._unchecked: set[int] = set()

    def clear(self, query: Query) -> None:
        """Remove all, for the results of `query`."""
        self.beginResetModel()
        self.texts, self.query, self._unchecked = [], query, set()
        self.endResetModel()
        self.chosen_changed.emit()

    def add(self, texts: list[TextHits]) -> None:
        """Append texts with their matches."""
        if not texts:
            return
        first = len(self.texts)
        self.beginInsertRows(QModelIndex(), first, first + len(texts) - 1)
        self.texts += texts
        self.endInsertRows()
        self.chosen_changed.emit()

    def preview(self, replacement: str | None) -> None:
        """Show what `replacement` makes of each match; None for no replacement."""
        if replacement != self._replacement:
            self.layoutAboutToBeChanged.emit()
            self._replacement = replacement
            self.layoutChanged.emit()

    @property
    def count(self) -> int:
        """The number of all matches."""
        return sum(len(text.hits) for text in self.texts)

    def chosen(self) -> list[TextHits]:
        """The texts that are checked."""
        return [text for row, text in enumerate(self.texts) if row not in self._unchecked]

    def place(self, index: _Index) -> tuple[TextHits, Hit]:
        """The match at a valid index; for a text its first one."""
        above = index.internalId()
        text = self.texts[above - 1 if above else index.row()]
        return text, text.hits[index.row() if above else 0]

    def index(self, row: int, column: int, parent: _Index = _NO_PARENT) -> QModelIndex:
        """See Qt."""
        if not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: _Index) -> QModelIndex:  # type: ignore[override]
        """See Qt."""
        above = index.internalId() if index.isValid() else 0
        return self.createIndex(above - 1, 0, 0) if above else QModelIndex()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """The number of texts, or of the matches in one."""
        if not parent.isValid():
            return len(self.texts)
        return 0 if parent.internalId() else len(self.texts[parent.row()].hits)

    def columnCount(self, _parent: _Index = _NO_PARENT) -> int:
        """One."""
        return 1

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """See Qt."""
        flags = super().flags(index)
        if self._is_text(index) and self._replacement is not None:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name of a text with the number of its matches; a match with its line."""
        if not index.isValid():
            return None
        text, hit = self.place(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(printable(text.name))
        if self._is_text(index):
            if role == Qt.ItemDataRole.DisplayRole:
                return f"{printable(text.name)}  ({len(text.hits)})"
            if role == Qt.ItemDataRole.CheckStateRole and self._replacement is not None:
                checked = index.row() not in self._unchecked
                return Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked
        elif role == Qt.ItemDataRole.DisplayRole:
            line = f"{hit.line + 1}: {hit.before}{self._shown(hit)}{hit.after}"
            return printable(line.replace("\n", " ⏎ ").replace("\t", " "))
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Check or uncheck a text."""
        if role != Qt.ItemDataRole.CheckStateRole or not self._is_text(index):
            return False
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._unchecked.discard(index.row())
        else:
            self._unchecked.add(index.row())
        self.dataChanged.emit(index, index)
        self.chosen_changed.emit()
        return True

    def _is_text(self, index: _Index) -> bool:
        return index.isValid() and not index.internalId()

    def _shown(self, hit: Hit) -> str:
        """The match, with an arrow to what replaces it."""
        if self._replacement is None:
            return hit.found
        try:
            new = replacement_at(self.query, hit.found, 0, utf16_length(hit.found), self._replacement)
        except SearchError:
            new = None  # it is said before anything is replaced
        return f"[{_cut(hit.found)} → {'…' if new is None else _cut(new)}]"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
