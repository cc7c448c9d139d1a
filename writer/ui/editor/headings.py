"""A scanner of a document's headings and code blocks."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextDocument

from writer.text.markdown import closes_fence, fence, heading
from writer.ui.editor.block_scanner import BlockScanner

_END = 1 << 30
"""A block number behind all blocks."""

_DELAY_MS = 60
"""The time for which changes are collected before signals are emitted."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its block number, its level (1 to 6) and its text."""

    block: int
    level: int
    text: str


class Headings(BlockScanner):
    """The headings of `document`, as far as it is scanned."""

    changed = Signal()
    """The headings changed."""

    code_changed = Signal()
    """The code blocks changed."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._read_blocks = bytearray(document.blockCount())
        self._block_numbers: list[int] = []
        self._lines: list[str] = []
        self._code = (array("l"), array("l"))
        self._dirty = True
        self.all: tuple[Heading, ...] = ()
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self._collect)

    def is_code(self, block: int) -> bool:
        """Whether the block with this number is in a code block, its fences included."""
        starts, ends = self._code
        index = bisect_right(starts, block) - 1
        return index >= 0 and block <= ends[index]

    def is_code_now(self, block: int) -> bool:
        """`is_code` with fences that were typed a moment ago; reads all fences and headings again then."""
        if self._dirty:
            self._collect()
        return self.is_code(block)

    def at(self, block: int) -> int:
        """The index of the last heading at or before a block; -1 where there is none."""
        return bisect_right(self.all, block, key=lambda h: h.block) - 1

    def section(self, block: int) -> tuple[int, int] | None:
        """The blocks of the section at a block, the end excluded; None before the first heading.

        A section begins with its heading, and ends before the next one of its level or above.
        """
        index = self.at(block)
        if index < 0:
            return None
        heading = self.all[index]
        end = next((h.block for h in self.all[index + 1 :] if h.level <= heading.level), _END)
        return heading.block, end

    def section_now(self, block: int) -> tuple[int, int] | None:
        """`section` with headings that were typed a moment ago; reads all fences and headings again then."""
        if self._dirty:
            self._collect()
        return self.section(block)

    def replace_blocks(self, first: int, removed: int, added: int) -> None:
        """See `BlockScanner`."""
        self._read_blocks[first : first + removed] = bytes(added)
        begin, end = (
            bisect_left(self._block_numbers, first),
            bisect_left(self._block_numbers, first + removed),
        )
        moved = added - removed
        if moved:
            self._code = (
                _moved(self._code[0], first + removed, moved),
                _moved(self._code[1], first + removed, moved),
            )
        if begin != end or (moved and end < len(self._block_numbers)):
            self._dirty = True
            self._block_numbers[begin:] = [number + moved for number in self._block_numbers[end:]]
            del self._lines[begin:end]

    def is_read(self, number: int) -> bool:
        """See `BlockScanner`."""
        return bool(self._read_blocks[number])

    def read(self, number: int, text: str) -> None:
        """See `BlockScanner`."""
        self._read_blocks[number] = 1
        if fence(text) or heading(text):
            index = bisect_left(self._block_numbers, number)
            self._block_numbers.insert(index, number)
            self._lines.insert(index, text)
            self._dirty = True

    def notify(self) -> None:
        """See `BlockScanner`."""
        if self._dirty and not self._delay.isActive():
            self._delay.start()

    def _collect(self) -> None:
        """Find headings and code blocks in the relevant lines; lines between fences are code."""
        self._dirty = False
        found, starts, ends, opening = [], array("l"), array("l"), ""
        for number, line in zip(self._block_numbers, self._lines, strict=True):
            if opening:
                if closes_fence(line, opening):
                    ends.append(number)
                    opening = ""
            elif opening := fence(line):
                starts.append(number)
            elif parts := heading(line):
                found.append(Heading(number, *parts))
        if opening:
            ends.append(_END)
        if (starts, ends) != self._code:
            self._code = (starts, ends)
            self.code_changed.emit()
        if tuple(found) != self.all:
            self.all = tuple(found)
            self.changed.emit()


def _moved(blocks: array[int], first: int, by: int) -> array[int]:
    """Block numbers in their order, of which those from `first` on have moved."""
    index, end = bisect_left(blocks, first), bisect_left(blocks, _END)
    return blocks[:index] + array("l", [block + by for block in blocks[index:end]]) + blocks[end:]
