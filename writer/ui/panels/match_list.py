"""A list of all matches of a search, each in its line."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextDocument
from PySide6.QtWidgets import QListView

from writer.text.search import NO_MATCHES, Matches
from writer.text.utf16 import decode_utf16, utf16_bytes

_ROWS = 6
_BEFORE, _AFTER = 40, 80
"""UTF-16 units of the line that are shown around a match."""

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class MatchModel(QAbstractListModel):
    """The lines of the matches; each is read when it is shown, so a million of them cost nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._document = QTextDocument()
        self._matches = NO_MATCHES

    def show(self, document: QTextDocument, matches: Matches) -> None:
        """Show other matches; they are those of `document` as it is now."""
        self.beginResetModel()
        self._document, self._matches = document, matches
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """How many matches there are."""
        return 0 if parent.isValid() else len(self._matches)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The match with the text around it."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        start = self._matches.starts[index.row()]
        block = self._document.findBlock(start)
        line = utf16_bytes(block.text())
        place = start - block.position()
        first = max(0, place - _BEFORE)
        piece = decode_utf16(line[2 * first : 2 * (place + _AFTER)])
        more = 2 * (place + _AFTER) < len(line)
        return f"{'…' if first else ''}{piece.strip()}{'…' if more else ''}"


class MatchList(QListView):
    """The list. Return or a click goes to a match."""

    chosen = Signal(int)
    """The match with this index is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("matchList")
        self.hide()
        self.model_of_matches = MatchModel()
        self.setModel(self.model_of_matches)
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_ROWS * (self.fontMetrics().height() + 10) + 4)
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def show_current(self, index: int | None) -> None:
        """Mark the match that is selected in the text."""
        self.setCurrentIndex(QModelIndex() if index is None else self.model_of_matches.index(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes to the match that is marked."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
