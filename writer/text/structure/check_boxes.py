"""Check boxes of Markdown's lists: `- [ ]` is open, `- [x]` is done. Positions are code points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from writer.text.line_continuation import quote_prefix
from writer.text.markdown import heading, is_thematic_break
from writer.text.markdown_lists import indent_of, list_item

_WIDTH = len("[ ]")
_TABLE_ROW = re.compile(r"[ \t]*\|")


@dataclass(frozen=True, slots=True)
class CheckBox:
    """A check box in a line, which begins at `start` and is three characters wide."""

    start: int
    is_done: bool

    @property
    def end(self) -> int:
        """The position behind it."""
        return self.start + _WIDTH

    @property
    def mark(self) -> int:
        """The position of the character that says whether it is done."""
        return self.start + 1


@dataclass(frozen=True, slots=True)
class MarkChange:
    """A change of a line: at `start` as many characters as `text` has are replaced, or it is inserted."""

    start: int
    text: str
    inserts: bool


def check_box(line: str) -> CheckBox | None:
    """The check box of a list item, also within a quotation; None where there is none."""
    quote = len(quote_prefix(line))
    item = list_item(line[quote:])
    if item is None or not item.box:
        return None
    start = quote + len(item.indent) + len(item.marker) + len(item.space)
    return CheckBox(start, line[start + 1] != " ")


def toggled(box: CheckBox) -> MarkChange:
    """The change that makes a box the other one."""
    return MarkChange(box.mark, " " if box.is_done else "x", inserts=False)


def toggle_boxes(lines: Sequence[str]) -> list[MarkChange | None]:
    """What changes in each of the lines, None where nothing does.

    All boxes become done, or open again where all are done. Where there is none, the lines get one: items
    theirs, other lines become items. Headings, rules and rows of tables stay.
    """
    boxes = [check_box(line) for line in lines]
    if any(boxes):
        done = all(box.is_done for box in boxes if box)
        return [toggled(box) if box and box.is_done == done else None for box in boxes]
    only = len(lines) == 1
    return [_new_box(line) if line.strip() or only else None for line in lines]


def _new_box(line: str) -> MarkChange | None:
    quote = len(quote_prefix(line))
    rest = line[quote:]
    if heading(rest) or is_thematic_break(rest) or _TABLE_ROW.match(rest):
        return None
    item = list_item(rest)
    if item is None:
        return MarkChange(quote + len(indent_of(rest)), "- [ ] ", inserts=True)
    return MarkChange(quote + len(item.prefix), "[ ] " if item.space else " [ ] ", inserts=True)
