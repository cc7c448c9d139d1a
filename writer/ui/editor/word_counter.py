"""A counter of a document's words and characters, and of the words written since it was opened."""

from __future__ import annotations

from array import array

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextDocument

from writer.text.word_count import NO_COUNTS, TextCounts, count_text
from writer.ui.editor.block_scanner import BlockScanner

_LOADED = -1
_WRITTEN = -2
"""What stands for the words of a block that is not counted yet: whether it was opened, or written."""


class WordCounter(BlockScanner):
    """The counts of `document`, as far as it is read."""

    changed = Signal(object)
    """The Counts of the whole document."""

    wrote = Signal(int)
    """So many words were written; less than nothing where they were taken back."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        blocks = document.blockCount()
        self._words = array("l", [_LOADED]) * blocks
        self._han = array("l", [0]) * blocks
        self._characters = array("l", [0]) * blocks
        self._written = 0
        self.total = NO_COUNTS

    def forget(self, first: int, removed: int, added: int) -> None:
        """See `BlockScanner`. What comes in while nothing can be undone is opened, and not written."""
        gone = slice(first, first + removed)
        words = self._words[gone]
        known = sum(n for n in words if n > 0)
        self.total -= TextCounts(known, sum(self._han[gone]), sum(self._characters[gone]))
        writing = self.document.isUndoRedoEnabled() and _LOADED not in words
        if writing:
            self._written -= known
        self._words[gone] = array("l", [_WRITTEN if writing else _LOADED]) * added
        self._han[gone] = array("l", [0]) * added
        self._characters[gone] = array("l", [0]) * added

    def is_read(self, number: int) -> bool:
        """See `BlockScanner`."""
        return self._words[number] >= 0

    def read(self, number: int, text: str) -> None:
        """See `BlockScanner`."""
        found = count_text(text)
        if self._words[number] == _WRITTEN:
            self._written += found.words
        self._words[number], self._han[number] = found.words, found.han
        self._characters[number] = found.characters
        self.total += found

    def told(self) -> None:
        """See `BlockScanner`."""
        if self._written and self.complete:
            written, self._written = self._written, 0
            self.wrote.emit(written)
        self.changed.emit(self.total)
