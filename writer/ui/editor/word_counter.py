"""A counter of a document's words and characters, and of the words written since it was opened."""

from __future__ import annotations

from array import array

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextDocument

from writer.text.word_count import NO_COUNTS, TextCounts, count_text
from writer.ui.editor.block_scanner import BlockScanner

_LOADED = -1
_WRITTEN = -2
"""The word counts of blocks that are not counted yet: of loaded and of written blocks."""


class WordCounter(BlockScanner):
    """The word and character counts of `document`, as far as it is scanned."""

    changed = Signal(object)
    """The TextCounts of the whole document."""

    wrote = Signal(int)
    """The number of words written; negative where words were deleted."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        blocks = document.blockCount()
        self._words = array("l", [_LOADED]) * blocks
        self._han = array("l", [0]) * blocks
        self._characters = array("l", [0]) * blocks
        self._written = 0
        self.total = NO_COUNTS

    def words_between(self, first: int, last: int) -> int:
        """The words of the blocks from `first` to `last`, `last` excluded, as far as they are counted."""
        return sum(words for words in self._words[first:last] if words > 0)

    def replace_blocks(self, first: int, removed: int, added: int) -> None:
        """See `BlockScanner`. Blocks inserted while undo is disabled count as loaded."""
        removed_blocks = slice(first, first + removed)
        words = self._words[removed_blocks]
        known = sum(n for n in words if n > 0)
        self.total -= TextCounts(known, sum(self._han[removed_blocks]), sum(self._characters[removed_blocks]))
        writing = self.document.isUndoRedoEnabled() and _LOADED not in words
        if writing:
            self._written -= known
        self._words[removed_blocks] = array("l", [_WRITTEN if writing else _LOADED]) * added
        self._han[removed_blocks] = array("l", [0]) * added
        self._characters[removed_blocks] = array("l", [0]) * added

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

    def notify(self) -> None:
        """See `BlockScanner`."""
        if self._written and self.complete:
            written, self._written = self._written, 0
            self.wrote.emit(written)
        self.changed.emit(self.total)
