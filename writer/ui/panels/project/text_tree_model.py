"""A model of the texts of a folder, with the headings of those that were unfolded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from writer.app.project.listing import Listing
from writer.app.project.text_tree import ROOT, TreeEntry
from writer.base.printable import printable
from writer.documents.project.text_headings import TextHeading
from writer.ui.common.widgets import plain_tooltip

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_INDENT = "\u2003"


class TextTreeModel(QAbstractItemModel):
    """A tree model: subfolders, texts, and headings, which are asked for when a text is unfolded first.

    An index carries the number of its entry in the list; headings are numbered behind the entries.
    """

    headings_wanted = Signal(str)
    """The name of a text whose headings shall be read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.listing = Listing(Path())
        self._numbers: dict[str, int] = {}
        self._headings: list[tuple[int, int, TextHeading]] = []
        """Each heading with the number of its text and its row."""
        self._below: dict[int, range] = {}
        """The numbers of the headings of a text; an empty range where it has none or they are awaited."""

    def show(self, listing: Listing) -> None:
        """Set the list, without headings."""
        self.beginResetModel()
        self.listing = listing
        self._numbers = {entry.name: number for number, entry in enumerate(listing.tree.entries)}
        self._headings, self._below = [], {}
        self.endResetModel()

    def set_headings(self, name: str, headings: tuple[TextHeading, ...]) -> None:
        """Insert the headings of a text that were asked for."""
        number = self._numbers.get(name)
        if number is None or self._below.get(number):
            return
        parent = self.index_of(name)
        if not headings:
            self._below[number] = range(0)
            self.dataChanged.emit(parent, parent)
            return
        self.beginInsertRows(parent, 0, len(headings) - 1)
        first = len(self._entries) + len(self._headings)
        self._headings += ((number, row, heading) for row, heading in enumerate(headings))
        self._below[number] = range(first, first + len(headings))
        self.endInsertRows()

    def index_of(self, name: str) -> QModelIndex:
        """The index of a text or subfolder; an invalid one where it is not in the list."""
        number = self._numbers.get(name)
        return QModelIndex() if number is None else self._index(number)

    def entry(self, index: _Index) -> TreeEntry:
        """The text or subfolder at a valid index, or the text of the heading there."""
        number = index.internalId()
        if number >= len(self._entries):
            number = self._headings[number - len(self._entries)][0]
        return self._entries[number]

    def heading(self, index: _Index) -> TextHeading | None:
        """The heading at a valid index; None for a text or subfolder."""
        number = index.internalId() - len(self._entries)
        return self._headings[number][2] if number >= 0 else None

    def index(self, row: int, column: int, parent: _Index = _NO_PARENT) -> QModelIndex:
        """See Qt."""
        children = self._children(parent)
        return self.createIndex(row, column, children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: _Index) -> QModelIndex:  # type: ignore[override]
        """See Qt."""
        if not index.isValid():
            return QModelIndex()
        number = index.internalId()
        above = (
            self._entries[number].parent
            if number < len(self._entries)
            else self._headings[number - len(self._entries)][0]
        )
        return QModelIndex() if above == ROOT else self._index(above)

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """The number of entries below."""
        return len(self._children(parent))

    def columnCount(self, _parent: _Index = _NO_PARENT) -> int:
        """One."""
        return 1

    def hasChildren(self, parent: _Index = _NO_PARENT) -> bool:
        """Whether something is below, or may be: nothing is read before a text is unfolded."""
        return bool(self._children(parent)) or self.canFetchMore(parent)

    def canFetchMore(self, parent: _Index) -> bool:
        """Whether headings were not asked for yet."""
        if not parent.isValid():
            return False
        number = parent.internalId()
        return (
            number < len(self._entries)
            and number not in self._below
            and self._entries[number].name in self.listing.readable
        )

    def fetchMore(self, parent: _Index) -> None:
        """Ask for the headings of a text."""
        if self.canFetchMore(parent):
            self._below[parent.internalId()] = range(0)
            self.headings_wanted.emit(self.entry(parent).name)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The name of a file or subfolder, the text of a heading."""
        if not index.isValid():
            return None
        heading = self.heading(index)
        text = printable(heading.text if heading else self.entry(index).label)
        if role == Qt.ItemDataRole.DisplayRole:
            return _INDENT * (heading.level - 1) + text if heading else text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(printable(heading.text if heading else self.entry(index).name))
        return None

    @property
    def _entries(self) -> tuple[TreeEntry, ...]:
        return self.listing.tree.entries

    def _children(self, parent: _Index) -> tuple[int, ...] | range:
        """The numbers of the entries below an index."""
        if not parent.isValid():
            return self.listing.tree.top
        number = parent.internalId()
        if number >= len(self._entries):
            return ()
        return self._entries[number].children or self._below.get(number, ())

    def _index(self, number: int) -> QModelIndex:
        return self.createIndex(self._entries[number].row, 0, number)
