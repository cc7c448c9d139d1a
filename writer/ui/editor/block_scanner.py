"""A scanner that keeps data for each block of a document, updated incrementally.

A newly loaded document is scanned in time slices, so that a long one does not block the window.
"""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextDocument

_SLICE_SECONDS = 0.003
"""The duration of a time slice."""

_MAX_SYNCHRONOUS = 50
"""The most changed blocks that are scanned at once instead of in time slices."""


class BlockScanner(QObject):
    """A base class that keeps data for each block of `document`, by block number."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.document = document
        self._size = document.blockCount()
        self._first_unread = 0
        """All blocks before this one are scanned."""
        self._end = self._size
        """All blocks from this one on are scanned."""
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._read_slice)
        document.contentsChange.connect(self._update)
        self._timer.start()

    @property
    def complete(self) -> bool:
        """Whether the whole document is scanned."""
        return not self._timer.isActive()

    def replace_blocks(self, first: int, removed: int, added: int) -> None:
        """Drop the data of `removed` blocks from `first` on, and make room for `added` unscanned ones."""
        raise NotImplementedError

    def is_read(self, number: int) -> bool:
        """Whether a block is scanned."""
        raise NotImplementedError

    def read(self, number: int, text: str) -> None:
        """Scan a block."""
        raise NotImplementedError

    def notify(self) -> None:
        """Called after blocks were scanned; does nothing here."""

    def _update(self, position: int, _removed: int, added: int) -> None:
        first = self.document.findBlock(position).blockNumber()
        last_block = self.document.findBlock(position + added)
        if not last_block.isValid():
            last_block = self.document.lastBlock()
        behind = last_block.blockNumber() + 1
        count = self.document.blockCount()
        grown, self._size = count - self._size, count
        self.replace_blocks(first, behind - first - grown, behind - first)
        synchronous = behind - first <= _MAX_SYNCHRONOUS
        if self._first_unread >= behind - grown:
            self._first_unread += grown
        elif self._first_unread > first:
            self._first_unread = behind if synchronous else first
        if self._end >= behind - grown:
            self._end += grown
        elif self._end > first:
            self._end = first
        if synchronous:
            self._read(first, behind)
            self.notify()
        else:
            self._first_unread, self._end = min(self._first_unread, first), max(self._end, behind)
            self._timer.start()

    def _read_slice(self) -> None:
        self._first_unread = self._read(self._first_unread, self._end, time.perf_counter() + _SLICE_SECONDS)
        if self._first_unread >= self._end:
            self._timer.stop()
        self.notify()

    def _read(self, first: int, end: int, until: float = math.inf) -> int:
        """Scan blocks from `first` up to `end` or until the time `until`; returns the next block's number."""
        number, block = first, self.document.findBlockByNumber(first)
        while number < end and time.perf_counter() < until:
            if not self.is_read(number):
                self.read(number, block.text())
            block = block.next()
            number += 1
        return number
