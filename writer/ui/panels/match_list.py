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
_NO_PARENT = QModelIndex()


class MatchModel(QAbstractListModel):
    """A list model of matches; lines are read on demand, so that it does not depend on their number."""

    def __init__(self) -> None:
        super().__init__()
        self._document = QTextDocument()
        self._matches = NO_MATCHES

    def show(self, document: QTextDocument, matches: Matches) -> None:
        """Set the matches in the current revision of `document`."""
        self.beginResetModel()
        self._document, self._matches = document, matches
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """The number of matches."""
        return 0 if parent.isValid() else len(self._matches)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A match with the text around it."""
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
    """A list of matches; Return or a click selects one."""

    chosen = Signal(int)
    """The index of the selected match."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("matchList")
        self.hide()
        self.matches_model = MatchModel()
        self.setModel(self.matches_model)
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_ROWS * (self.fontMetrics().height() + 10) + 4)
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))

    def show_current(self, index: int | None) -> None:
        """Mark the match that is selected in the text."""
        self.setCurrentIndex(QModelIndex() if index is None else self.matches_model.index(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the marked match on Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
