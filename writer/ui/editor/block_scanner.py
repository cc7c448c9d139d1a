"""A scanner that keeps one fact for each block of a document, at the cost of what changed.

A document that was just opened is read a little at a time, so that a long one does not stop the window.
"""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextDocument

_SLICE = 0.003
"""Seconds of reading at a time."""

_FEW = 50
"""So many changed blocks are read at once."""


class BlockScanner(QObject):
    """Follows `document`. Whoever derives from it keeps one fact per block, by the block's number."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.document = document
        self._size = document.blockCount()
        self._unread = 0
        """No block before this one is waiting to be read."""
        self._end = self._size
        """None from this one on is, either."""
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
        behind = last_block.blockNumber() + 1
        count = self.document.blockCount()
        grown, self._size = count - self._size, count
        self.forget(first, behind - first - grown, behind - first)
        few = behind - first <= _FEW
        if self._unread >= behind - grown:
            self._unread += grown
        elif self._unread > first:
            self._unread = behind if few else first
        if self._end >= behind - grown:
            self._end += grown
        elif self._end > first:
            self._end = first
        if few:
            self._read(first, behind)
            self.told()
        else:
            self._unread, self._end = min(self._unread, first), max(self._end, behind)
            self._timer.start()

    def _go_on(self) -> None:
        self._unread = self._read(self._unread, self._end, time.perf_counter() + _SLICE)
        if self._unread >= self._end:
            self._timer.stop()
        self.told()

    def _read(self, first: int, end: int, until: float = math.inf) -> int:
        """Read the blocks from `first` up to `end`, or as far as there is time; the next one's number."""
        number, block = first, self.document.findBlockByNumber(first)
        while number < end and time.perf_counter() < until:
            if not self.is_read(number):
                self.read(number, block.text())
            block = block.next()
            number += 1
        return number
