"""Reads a document block by block and keeps what it found, at the cost of what changed.

A document that was just opened is read a little at a time, so that a long one does not stop the window.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextBlock, QTextDocument

_SLICE = 0.003
"""Seconds of reading at a time."""


class Scan(QObject):
    """Follows `document`. Whoever derives from it keeps one fact per block, by the block's number."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.document = document
        self._size = 1
        self._unread = 0
        """No block before this one is waiting to be read."""
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        document.contentsChange.connect(self._follow)
        self._timer.start()

    @property
    def complete(self) -> bool:
        """Whether the whole document is read."""
        return not self._timer.isActive()

    def forget(self, first: int, removed: int, added: int) -> None:
        """The facts of `removed` blocks from `first` on are none any more; `added` new blocks stand there."""
        raise NotImplementedError

    def is_read(self, number: int) -> bool:
        """Whether the fact of a block is known."""
        raise NotImplementedError

    def read(self, number: int, text: str) -> None:
        """Take the fact of a block."""
        raise NotImplementedError

    def told(self) -> None:
        """Something was read: tell whoever wants to know."""

    def _follow(self, position: int, _removed: int, added: int) -> None:
        first = self.document.findBlock(position).blockNumber()
        last_block = self.document.findBlock(position + added)
        if not last_block.isValid():
            last_block = self.document.lastBlock()
        last = last_block.blockNumber()
        count = self.document.blockCount()
        self.forget(first, last - first + 1 + self._size - count, last - first + 1)
        self._size = count
        if last == first:
            self._read(last_block)
            self.told()
        else:
            self._unread = min(self._unread, first)
            self._timer.start()

    def _go_on(self) -> None:
        until = time.perf_counter() + _SLICE
        block = self.document.findBlockByNumber(self._unread)
        while block.isValid() and time.perf_counter() < until:
            self._read(block)
            block = block.next()
        self._unread = block.blockNumber() if block.isValid() else self._size
        if not block.isValid():
            self._timer.stop()
        self.told()

    def _read(self, block: QTextBlock) -> None:
        number = block.blockNumber()
        if not self.is_read(number):
            self.read(number, block.text())
