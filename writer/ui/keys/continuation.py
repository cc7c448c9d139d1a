"""Enter in lists and quotations: they go on, and end where nothing was written."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextBlock, QTextCursor

from writer.text.line_continuation import ended_line, next_prefix
from writer.text.markdown_lists import list_item, renumbered, shallower_indent
from writer.ui.editor.editor import Editor
from writer.ui.keys.list_lines import change_lines, list_lines


class Continuation:
    """The handler of Enter in `editor`. `is_on` is the setting, `is_code` tells whether a block is code.

    Shift+Enter writes a line break alone.
    """

    def __init__(self, editor: Editor, is_on: Callable[[], bool], is_code: Callable[[int], bool]) -> None:
        self._editor = editor
        self._is_on = is_on
        self._is_code = is_code
        editor.key_handlers.append(self.handle)

    def handle(self, event: QKeyEvent) -> bool:
        """See `Editor.key_handlers`."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not self._is_on():
            return False
        cursor = self._editor.textCursor()
        block = cursor.document().findBlock(cursor.selectionStart())
        if self._is_code(block.blockNumber()):
            return False
        left = None if cursor.hasSelection() else ended_line(block.text())
        if left is not None:
            self._end(block, left)
            return True
        prefix = next_prefix(block.text(), cursor.selectionStart() - block.position())
        if prefix:
            self._continue(prefix)
        return bool(prefix)

    def _continue(self, prefix: str) -> None:
        """Begin the next line with `prefix`; the numbers of the list follow."""
        with self._editor.undo_step(typed="\n" + prefix) as cursor:
            cursor.insertText("\n" + prefix)
            self._renumber(cursor)

    def _end(self, block: QTextBlock, left: str) -> None:
        """End the item or the quotation of `block`; an item within another one goes up to its level."""
        found = list_lines(block)
        indent = shallower_indent(found.lines, found.index) if list_item(block.text()) else None
        line = left if indent is None else indent + block.text().lstrip(" \t")
        with self._editor.undo_step() as cursor:
            change_lines(cursor, block.blockNumber(), [block.text()], [line])
            cursor.setPosition(block.position())
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            if indent is not None:
                self._renumber(cursor, fresh=True)

    def _renumber(self, cursor: QTextCursor, fresh: bool = False) -> None:
        found = list_lines(cursor.block())
        change_lines(cursor, found.first, found.lines, renumbered(found.lines, found.index, fresh))
