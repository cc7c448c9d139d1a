"""Markdown's lists as lines of text: items, their levels and numbers.

Columns count a tab as up to four, as CommonMark does. The functions take the lines around an item, not the
whole text, and return new lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from writer.text.markdown import is_thematic_break

TAB = 4
"""Columns of a tab stop."""

_ITEM = re.compile(r"([ \t]*)(?:([-*+])|(\d{1,9})([.)]))(?:([ \t]+)(\[[ xX]\](?:[ \t]+|$))?|$)")


@dataclass(frozen=True, slots=True)
class ListItem:
    """The start of an item's line: `indent`, bullet, or `number` with `mark`, `space`, and a check `box`."""

    indent: str
    mark: str
    number: int | None
    space: str
    box: str

    @property
    def prefix(self) -> str:
        """All that stands before the item's text."""
        return f"{self.indent}{self.marker}{self.space}{self.box}"

    @property
    def marker(self) -> str:
        """The bullet, or the number with its mark."""
        return self.mark if self.number is None else f"{self.number}{self.mark}"

    @property
    def column(self) -> int:
        """The column of the marker."""
        return width(self.indent)

    @property
    def text_column(self) -> int:
        """The column at which items within this one begin."""
        return self.column + len(self.marker) + 1

    def following(self) -> str:
        """What the next item of the list begins with; its box is empty."""
        number = None if self.number is None else self.number + 1
        return replace(self, number=number, space=self.space or " ", box="[ ] " if self.box else "").prefix


def list_item(line: str) -> ListItem | None:
    """The start of a list item's line; None where the line begins no item."""
    found = _ITEM.match(line)
    if found is None or is_thematic_break(line):
        return None
    indent, bullet, number, mark, space, box = found.groups()
    return ListItem(indent, bullet or mark, None if bullet else int(number), space or "", box or "")


def width(text: str) -> int:
    """The columns of white space."""
    column = 0
    for character in text:
        column += TAB - column % TAB if character == "\t" else 1
    return column


def indent_of(line: str) -> str:
    """The white space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def belongs_to_list(line: str) -> bool:
    """Whether a line may be part of a list: an item, an indented or an empty line."""
    return not line.strip() or line[0] in " \t" or list_item(line) is not None


def item_end(lines: Sequence[str], index: int) -> int:
    """The index behind the item at `index` and all that is within it."""
    item = list_item(lines[index])
    column = item.column if item else width(indent_of(lines[index]))
    end = index + 1
    for at in range(index + 1, len(lines)):
        if not lines[at].strip():
            continue
        if width(indent_of(lines[at])) <= column:
            break
        end = at + 1
    return end


def deeper_indent(lines: Sequence[str], index: int) -> str | None:
    """The white space of the item at `index` one level deeper; None where no item before it can hold it."""
    item = list_item(lines[index])
    above = _item_above(lines, index, lambda other: item is not None and other.column <= item.column)
    if item is None or above is None:
        return None
    if above.column < item.column and above.text_column <= item.column:
        return None  # the first item within the one above
    return above.indent + "\t" if "\t" in item.indent + above.indent else " " * above.text_column


def shallower_indent(lines: Sequence[str], index: int) -> str | None:
    """The white space of the item at `index` one level up; None where it has the first level."""
    item = list_item(lines[index])
    if item is None or not item.indent:
        return None
    above = _item_above(lines, index, lambda other: other.column < item.column)
    return above.indent if above else ""


def moved(line: str, columns: int) -> str:
    """A line with its white space changed by a number of columns; tabs stay where they can."""
    indent = indent_of(line)
    if not line.strip() or not columns:
        return line
    wanted = max(0, width(indent) + columns)
    tabs = "\t" * (wanted // TAB) + " " * (wanted % TAB) if "\t" in indent else " " * wanted
    return tabs + line[len(indent) :]


def renumbered(lines: Sequence[str], index: int, fresh: bool = False) -> list[str]:
    """The lines with the numbers of the items from `index` on, where each follows the one before it.

    Lists whose first two numbers are equal keep them. `fresh`: the item at `index` begins with 1 where it is
    the first of its list.
    """
    levels: list[_Level] = []
    found = list(lines)
    for at, line in enumerate(lines):
        item = list_item(line)
        if item is None:
            if line.strip() and line[0] not in " \t" and not (at and lines[at - 1].strip()):
                levels.clear()
            continue
        while levels and levels[-1].column > item.column:
            levels.pop()
        level = levels[-1] if levels and levels[-1].column == item.column else None
        if level is None or level.mark != item.mark or (level.number is None) != (item.number is None):
            if level is not None:
                levels.pop()
            if at == index and fresh and item.number is not None:
                item = replace(item, number=1)
                found[at] = item.prefix + line[len(_prefix(line)) :]
            levels.append(_Level(item.column, item.mark, item.number))
        elif item.number is not None and level.number is not None:
            if level.is_equal is None:
                level.is_equal = item.number == level.number and not (fresh and at >= index)
            if at >= index:
                number = level.number + (not level.is_equal)
                found[at] = replace(item, number=number).prefix + line[len(_prefix(line)) :]
                level.number = number
            else:
                level.number = item.number
    return found


@dataclass(slots=True)
class _Level:
    """A list that is open: its column, its mark and its last number."""

    column: int
    mark: str
    number: int | None
    is_equal: bool | None = None


def _prefix(line: str) -> str:
    item = list_item(line)
    return item.prefix if item else ""


def _item_above(lines: Sequence[str], index: int, fits: Callable[[ListItem], bool]) -> ListItem | None:
    for line in reversed(lines[:index]):
        item = list_item(line)
        if item is not None and fits(item):
            return item
        if item is None and line.strip() and line[0] not in " \t":
            return None
    return None
