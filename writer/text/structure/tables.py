"""Tables of Markdown as lines of text (GitHub's pipe tables): their cells, and the alignment of columns.

The first row is the header, the second one the delimiter row: `| --- | :-: |`. A pipe separates cells where
no backslash stands before it and no code span holds it. Positions are code points; a column of the page is as
wide as a Latin letter in a monospaced face, and a Chinese character as two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from writer.text.characters import extends_grapheme
from writer.text.line_continuation import quote_prefix
from writer.text.markdown import fence, heading
from writer.text.markdown_lists import list_item

LONGEST_ROW = 4000
"""Code points; longer lines are no rows."""

MOST_ROWS = 120
MOST_CHARACTERS = 8_000
"""Larger tables are not aligned: a key has 16 ms, and one of this size takes about 12."""

WIDEST = 160
"""Columns of the page; in a wider table the cells have one space on each side, and no more."""

_SEPARATOR = re.compile(r"\\.|(?P<ticks>`+)(?!`).{1,600}?(?<!`)(?P=ticks)(?!`)|(?P<pipe>\|)")
_DELIMITER = re.compile(r":?-+:?")
_MAYBE_DELIMITERS = re.compile(r"[ \t>]*[|:-][ \t|:-]*$")
_LEAST_DASHES = 3
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row, from `left` to `right` between two pipes; its text goes from `start` to `end`."""

    left: int
    right: int
    start: int
    end: int

    @property
    def is_empty(self) -> bool:
        """Whether there is no text."""
        return self.start == self.end

    @property
    def caret(self) -> int:
        """Where writing goes on in the cell: behind its text, or behind one space."""
        return min(self.left + 1, self.right) if self.is_empty else self.end


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the marks of quotation and the spaces before it, and its cells; `closed`: a pipe ends it."""

    prefix: str
    cells: tuple[Cell, ...]
    opened: bool
    closed: bool

    @property
    def is_empty(self) -> bool:
        """Whether no cell has text."""
        return all(cell.is_empty for cell in self.cells)

    def texts(self, line: str) -> list[str]:
        """The texts of the cells of `line`, whose row this is."""
        return [line[cell.start : cell.end] for cell in self.cells]

    def index_at(self, position: int) -> int:
        """The index of the cell at a position of the line: the last one behind them, -1 before them."""
        if position < self.cells[0].left:
            return -1
        index = sum(cell.right < position for cell in self.cells)
        return min(index, len(self.cells) - 1)


def row(line: str) -> Row | None:
    """The cells of a line; None where no pipe separates any, or something else begins, such as a list."""
    if "|" not in line or len(line) > LONGEST_ROW:
        return None
    prefix = quote_prefix(line)
    rest = line[len(prefix) :]
    prefix += rest[: len(rest) - len(rest.lstrip(" \t"))]
    if list_item(rest) or heading(rest) or fence(rest):
        return None
    pipes = [found.start() for found in _SEPARATOR.finditer(line, len(prefix)) if found["pipe"]]
    if not pipes:
        return None
    opened, closed = pipes[0] == len(prefix), not line[pipes[-1] + 1 :].strip()
    starts = ([] if opened else [len(prefix)]) + [pipe + 1 for pipe in pipes]
    ends = [*pipes[opened:], len(line)]
    if closed:
        del starts[-1], ends[-1]
    cells = [_cell(line, left, right) for left, right in zip(starts, ends, strict=True)]
    return Row(prefix, tuple(cells), opened, closed) if cells else None


def delimiters(line: str) -> tuple[str, ...] | None:
    """The cells of a delimiter row, such as `:--`; None for other lines."""
    if not _MAYBE_DELIMITERS.match(line):
        return None
    found = row(line)
    if found is None:
        return None
    texts = tuple(found.texts(line))
    return texts if all(map(_DELIMITER.fullmatch, texts)) else None


def header_index(lines: Sequence[str], index: int) -> int | None:
    """The index of the header of the table around the line at `index`; None where it is in no table.

    `lines` are those around it that have pipes.
    """
    for at in range(1, min(len(lines), index + 2)):
        marks = delimiters(lines[at])
        header = row(lines[at - 1]) if marks else None
        if marks and header and len(header.cells) == len(marks) and not delimiters(lines[at - 1]):
            return at - 1
    return None


def rows_end(lines: Sequence[str], header: int) -> int:
    """The index behind the last row of the table whose header is at `header`."""
    found = row(lines[header])
    quote = quote_prefix(lines[header]).count(">")
    end = header
    while found and end < len(lines) and row(lines[end]) and quote_prefix(lines[end]).count(">") == quote:
        end += 1
    return end


def begins_table(line: str) -> bool:
    """Whether a line looks like the header of a table: several cells between pipes at both ends."""
    found = row(line)
    return (
        found is not None
        and found.opened
        and found.closed
        and len(found.cells) > 1
        and not found.is_empty
        and delimiters(line) is None
    )


def delimiter_row(line: str) -> str:
    """The delimiter row for a header."""
    return _same_widths(line, "-")


def empty_row(line: str) -> str:
    """A row without text, with the prefix and the widths of another one."""
    return _same_widths(line, " ")


def aligned(lines: Sequence[str]) -> list[str] | None:
    """The lines of a whole table with their pipes below each other; None where it is too large for that.

    Texts of cells and the alignment of columns stay; rows with fewer cells than the header get empty ones.
    """
    if len(lines) > MOST_ROWS or sum(map(len, lines)) > MOST_CHARACTERS:
        return None
    rows = [found for line in lines if (found := row(line))]
    marks = delimiters(lines[1]) if len(rows) == len(lines) > 1 else None
    if marks is None:
        return None
    texts = [_filled(found.texts(line), len(marks)) for found, line in zip(rows, lines, strict=True)]
    count = max(map(len, texts))
    widths = [_LEAST_DASHES] * count
    for index, cells in enumerate(texts):
        if index != 1:
            widths = [max(*pair) for pair in zip(widths, map(columns, _filled(cells, count)), strict=True)]
    sides = [_side(mark) for mark in _filled(list(marks), count)]
    is_wide = sum(widths) + 3 * count + 1 > WIDEST
    result = []
    for index, found in enumerate(rows):
        if index == 1:
            cells = [
                _dashes(side, 0 if is_wide else width) for side, width in zip(sides, widths, strict=True)
            ]
            cells = cells[: len(marks)]
        elif is_wide:
            cells = texts[index]
        else:
            cells = [_padded(*each) for each in zip(texts[index], widths, sides, strict=False)]
        result.append(f"{found.prefix}| {' | '.join(cells)} |")
    return result


def columns(text: str) -> int:
    """The columns of the page that a text takes."""
    if text.isascii():
        return len(text)
    width, joined = 0, False
    for character in text:
        own = _width(character)
        width += 0 if joined else own
        joined = character == _JOINER
    return width


@lru_cache(4096)
def _width(character: str) -> int:
    if extends_grapheme(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cell(line: str, left: int, right: int) -> Cell:
    text = line[left:right]
    end = left + len(text.rstrip())
    start = min(end, left + len(text) - len(text.lstrip()))
    return Cell(left, right, start, end)


def _filled(cells: list[str], count: int) -> list[str]:
    return cells + [""] * (count - len(cells))


def _same_widths(line: str, filling: str) -> str:
    found = row(line)
    if found is None:
        return ""
    widths = [columns(line[cell.left : cell.right].strip(" \t")) for cell in found.cells]
    outer = [columns(line[cell.left : cell.right]) - 2 for cell in found.cells]
    cells = [filling * max(_LEAST_DASHES, *pair) for pair in zip(widths, outer, strict=True)]
    return f"{found.prefix}| {' | '.join(cells)} |"


def _side(mark: str) -> str:
    """The side of a column: "<", ">" or "^" as in Python's formats, "" where none is given."""
    left, right = mark.startswith(":"), mark.endswith(":")
    if left and right:
        return "^"
    return ">" if right else "<" if left else ""


def _dashes(side: str, width: int) -> str:
    colons = {"<": (1, 0), ">": (0, 1), "^": (1, 1)}.get(side, (0, 0))
    dashes = max(width - sum(colons), 1 if colons == (1, 1) else _LEAST_DASHES - sum(colons))
    return ":" * colons[0] + "-" * dashes + ":" * colons[1]


def _padded(text: str, width: int, side: str) -> str:
    """A text with spaces on the side that its column leaves free."""
    free = width - columns(text)
    before = free if side == ">" else free // 2 if side == "^" else 0
    return " " * before + text + " " * (free - before)
