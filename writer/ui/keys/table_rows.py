"""The rows of a table in a document."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QTextBlock

from writer.text.structure.tables import LONGEST_ROW, header_index, rows_end

_MOST_LINES = 300
"""Lines above and below a row that are looked at. Where all of those above have pipes, it is a row."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table: the block number of the header, the lines, and the index of a row in it."""

    first: int
    lines: tuple[str, ...]
    index: int

    @property
    def line(self) -> str:
        """The row itself."""
        return self.lines[self.index]

    @property
    def is_last(self) -> bool:
        """Whether no row of the table comes behind this one."""
        return self.index == len(self.lines) - 1

    def holds(self, block: QTextBlock) -> bool:
        """Whether a block is a row of the table."""
        return self.first <= block.blockNumber() < self.first + len(self.lines)


def may_be_row(block: QTextBlock) -> bool:
    """Whether a block is short enough for a row, and has a pipe."""
    return block.isValid() and block.length() <= 2 * LONGEST_ROW and "|" in block.text()


def table_rows(block: QTextBlock) -> TableRows | None:
    """The table of which a block is a row, as far as a key looks at it; None where it is in none."""
    if not may_be_row(block):
        return None
    above: list[str] = []
    other = block.previous()
    while len(above) < _MOST_LINES and may_be_row(other):
        above.append(other.text())
        other = other.previous()
    lines = [*reversed(above), block.text()]
    other = block.next()
    while len(lines) < len(above) + _MOST_LINES and may_be_row(other):
        lines.append(other.text())
        other = other.next()
    index = len(above)
    header = 0 if index == _MOST_LINES else header_index(lines, index)
    end = 0 if header is None else rows_end(lines, header)
    if header is None or index >= end:
        return None
    return TableRows(block.blockNumber() - index + header, tuple(lines[header:end]), index - header)
