"""Lines that are moved up and down in the text."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QTextBlock, QTextCursor

from writer.text.markdown_lists import list_item
from writer.ui.editor.editor import Editor
from writer.ui.keys.list_lines import change_lines, selected_blocks


class LineMoves:
    """Moves the selected lines of `editor`, or that of the cursor; the numbers of lists keep their places."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def move(self, by: int) -> None:
        """Move the lines up (-1) or down (1), as one undo step; at the first or last line nothing happens."""
        first, last = selected_blocks(self._editor.textCursor())
        other = first.previous() if by < 0 else last.next()
        if self._editor.isReadOnly() or not other.isValid():
            return
        start = min(first.blockNumber(), other.blockNumber())
        count = last.blockNumber() - first.blockNumber() + 2
        with self._editor.undo_step() as cursor:
            before = _texts(cursor, start, count)
            anchor, position = cursor.anchor(), cursor.position()
            moved = -other.length() if by < 0 else other.length()
            self._carry(cursor, other, first, last)
            end = cursor.document().characterCount() - 1
            cursor.setPosition(min(anchor + moved, end))
            cursor.setPosition(min(position + moved, end), QTextCursor.MoveMode.KeepAnchor)
            after = _texts(cursor, start, count)
            change_lines(cursor, start, after, [_numbered(*pair) for pair in zip(before, after, strict=True)])

    def _carry(self, cursor: QTextCursor, other: QTextBlock, first: QTextBlock, last: QTextBlock) -> None:
        """Carry the line `other` from one side of the lines from `first` to `last` to the other."""
        edit, text = QTextCursor(cursor.document()), other.text()
        start, end = first.position(), last.position() + last.length() - 1  # a block may go with its break
        if other.position() < first.position():
            edit.setPosition(end)
            edit.insertText("\n" + text)
            edit.setPosition(other.position())
            edit.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
            edit.removeSelectedText()
        else:
            edit.setPosition(end)
            edit.setPosition(other.position() + other.length() - 1, QTextCursor.MoveMode.KeepAnchor)
            edit.removeSelectedText()
            edit.setPosition(start)
            edit.insertText(text + "\n")


def _texts(cursor: QTextCursor, first: int, count: int) -> list[str]:
    """The texts of some blocks from a number on."""
    block, found = cursor.document().findBlockByNumber(first), []
    for _ in range(count):
        found.append(block.text())
        block = block.next()
    return found


def _numbered(before: str, after: str) -> str:
    """A line with the number that the item of the same level had in its place."""
    old, new = list_item(before), list_item(after)
    if old is None or new is None or old.number is None or new.number is None or old.column != new.column:
        return after
    return replace(new, number=old.number).prefix + after[len(new.prefix) :]
