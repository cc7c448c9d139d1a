"""Tab and Shift+Tab: they indent lines and change the levels of list items.

A Tab that was meant for a suggestion may come just after that went: because it was accepted, another key was
typed or the cursor moved. For `GRACE` seconds it therefore writes no tab behind other text of a line. People
need 0.2 to 0.5 s from what they see to a key, and a tab within a sentence is hardly ever wanted. At the
start of a line, where a tab is an indent, it is written at once; so is a second Tab, after the grace.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from writer.text.markdown_lists import (
    TAB,
    deeper_indent,
    indent_of,
    item_end,
    list_item,
    moved,
    renumbered,
    shallower_indent,
    width,
)
from writer.ui.editor.editor import Editor
from writer.ui.keys.list_lines import change_lines, list_lines, selected_blocks

GRACE = 0.5
"""Seconds after a suggestion went in which Tab writes nothing within a line."""

Modifier = Qt.KeyboardModifier


class Indentation:
    """The handler of Tab and Shift+Tab in `editor`. `is_code` tells whether a block is code."""

    def __init__(
        self, editor: Editor, is_code: Callable[[int], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._editor = editor
        self._is_code = is_code
        self._clock = clock
        self._ghost_gone = float("-inf")
        editor.ghost_changed.connect(self._note_ghost)
        editor.key_handlers.append(self.handle)

    def handle(self, event: QKeyEvent) -> bool:
        """See `Editor.key_handlers`."""
        back = event.key() == Qt.Key.Key_Backtab
        if event.modifiers() & ~Modifier.ShiftModifier or not (back or event.key() == Qt.Key.Key_Tab):
            return False
        back = back or bool(event.modifiers() & Modifier.ShiftModifier)
        cursor = self._editor.textCursor()
        if self._change_level(cursor, back) or self._indent(cursor, back):
            return True
        if not back and self._is_late(cursor):
            if event.isAutoRepeat():
                self._ghost_gone = self._clock()  # the key that accepted is still down
            return True
        return back

    def _note_ghost(self, shows: bool) -> None:
        if not shows:
            self._ghost_gone = self._clock()

    def _is_late(self, cursor: QTextCursor) -> bool:
        """Whether a Tab here was most likely meant for a suggestion."""
        before = cursor.block().text()[: cursor.positionInBlock()]
        return bool(before.strip()) and self._clock() - self._ghost_gone < GRACE

    def _change_level(self, cursor: QTextCursor, back: bool) -> bool:
        """Change the level of the list items of the selection; False where it begins at none."""
        first, last = selected_blocks(cursor)
        if self._is_code(first.blockNumber()) or list_item(first.text()) is None:
            return False
        found = list_lines(first)
        indent = (shallower_indent if back else deeper_indent)(found.lines, found.index)
        if indent is None:
            return True
        end = max(
            item_end(found.lines, found.index), found.index + 1 + last.blockNumber() - first.blockNumber()
        )
        lines = list(found.lines)
        by = width(indent) - width(indent_of(first.text()))
        lines[found.index : end] = [moved(line, by) for line in lines[found.index : end]]
        lines[found.index] = indent + first.text().lstrip(" \t")
        self._change(found.first, found.lines, renumbered(lines, found.index, fresh=True))
        return True

    def _indent(self, cursor: QTextCursor, back: bool) -> bool:
        """Indent the selected lines, or take it back; without a selection the line's indent is taken back."""
        if not (cursor.hasSelection() or back):
            return False
        block, last = selected_blocks(cursor)
        lines = [block.text()]
        first = block.blockNumber()
        while block != last:
            block = block.next()
            lines.append(block.text())
        self._change(first, lines, [_taken_back(line) if back else _indented(line) for line in lines])
        return True

    def _change(self, first: int, old: list[str], new: list[str]) -> None:
        with self._editor.undo_step() as cursor:
            start = cursor.document().findBlock(cursor.selectionStart())
            whole = cursor.hasSelection() and cursor.selectionStart() == start.position()
            change_lines(cursor, first, old, new)
            if whole:  # what was inserted at the start belongs to the selection
                end = cursor.selectionEnd()
                cursor.setPosition(start.position())
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)


def _indented(line: str) -> str:
    return "\t" + line if line.strip() else line


def _taken_back(line: str) -> str:
    """A line without its first tab, or up to as many spaces as a tab has."""
    if line.startswith("\t"):
        return line[1:]
    return line[min(TAB, len(line) - len(line.lstrip(" "))) :]
