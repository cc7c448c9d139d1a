"""Keeps the number of words of a document, at the cost of what changed.

Each block's count is remembered. A document that was just opened is counted a little at a time, so that
opening a long one does not stop the window.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextBlock, QTextDocument

from writer.text.counts import count_words

_UNKNOWN = -1
_SLICE = 0.003
"""Seconds of counting at a time."""


class WordCount(QObject):
    """The words of `document`, Chinese counted by characters."""

    changed = Signal(int)
    """The number of words, as far as the document is counted."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._counts = [_UNKNOWN]
        self._next = 0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        self.total = 0
        document.contentsChange.connect(self._recount)
        self._timer.start()

    def _recount(self, position: int, _removed: int, added: int) -> None:
        """Forget the counts of the blocks that changed, and take them anew."""
        first = self._document.findBlock(position).blockNumber()
        last_block = self._document.findBlock(position + added)
        if not last_block.isValid():
            last_block = self._document.lastBlock()
        last = last_block.blockNumber()
        gone = last + len(self._counts) - self._document.blockCount()
        self.total -= sum(count for count in self._counts[first : gone + 1] if count > 0)
        self._counts[first : gone + 1] = [_UNKNOWN] * (last - first + 1)
        self._next = min(self._next, first)
        if last == first:
            self._count(last_block)
            self.changed.emit(self.total)
        else:
            self._timer.start()

    def _go_on(self) -> None:
        until = time.perf_counter() + _SLICE
        block = self._document.findBlockByNumber(self._next)
        while block.isValid() and time.perf_counter() < until:
            self._count(block)
            block = block.next()
        self._next = block.blockNumber() if block.isValid() else len(self._counts)
        if not block.isValid():
            self._timer.stop()
        self.changed.emit(self.total)

    def _count(self, block: QTextBlock) -> None:
        number = block.blockNumber()
        if self._counts[number] == _UNKNOWN:
            self._counts[number] = count_words(block.text())
            self.total += self._counts[number]
