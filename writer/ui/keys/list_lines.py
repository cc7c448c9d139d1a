"""The lines of a list in a document, and changes to the starts of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QTextBlock, QTextCursor

from writer.text.markdown_lists import belongs_to_list
from writer.text.utf16 import utf16_length

_MOST_ABOVE = 300
_MOST_BELOW = 1000
"""Lines of a list that are looked at; the rest of a longer one is left alone."""


@dataclass(frozen=True, slots=True)
class ListLines:
    """The lines of the list around a block: the number of the first one, the texts, the block's index."""

    first: int
    lines: list[str]
    index: int


def list_lines(block: QTextBlock) -> ListLines:
    """The lines of the list around `block`, as far as a key looks at them."""
    above: list[str] = []
    before = block.previous()
    while before.isValid() and len(above) < _MOST_ABOVE and belongs_to_list(before.text()):
        above.append(before.text())
        before = before.previous()
    below: list[str] = []
    after = block.next()
    while after.isValid() and len(below) < _MOST_BELOW and belongs_to_list(after.text()):
        below.append(after.text())
        after = after.next()
    lines = [*reversed(above), block.text(), *below]
    return ListLines(block.blockNumber() - len(above), lines, len(above))


def selected_blocks(cursor: QTextCursor) -> tuple[QTextBlock, QTextBlock]:
    """The first and the last line of a selection; one of which only the start is selected does not count."""
    document = cursor.document()
    first, last = document.findBlock(cursor.selectionStart()), document.findBlock(cursor.selectionEnd())
    if last != first and cursor.selectionEnd() == last.position():
        last = last.previous()
    return first, last


def change_lines(cursor: QTextCursor, first: int, old: Sequence[str], new: Sequence[str]) -> None:
    """Change as many lines from the block number `first` on, at their starts where only these differ.

    Within the edit block of `cursor`; other cursors keep their places in the text.
    """
    edit = QTextCursor(cursor.document())
    block = cursor.document().findBlockByNumber(first)
    for before, after in zip(old, new, strict=True):
        if before != after:
            common = _common_end(before, after)
            edit.setPosition(block.position())
            length = utf16_length(before[: len(before) - common])
            edit.setPosition(block.position() + length, QTextCursor.MoveMode.KeepAnchor)
            edit.insertText(after[: len(after) - common])
        block = block.next()


def _common_end(one: str, other: str) -> int:
    """The number of equal characters at the ends of two lines."""
    count = 0
    for first, second in zip(reversed(one), reversed(other), strict=False):
        if first != second:
            break
        count += 1
    return count
