"""Tables of Markdown in the editor: keys that go from cell to cell, new rows, and columns that are aligned.

Tab and Enter make rows; a pipe that is typed where one came by itself is typed through. A table in which
something was written is aligned, as one undo step, when the cursor has left it. It is not after an undo: that
would take the steps that can be done again.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextBlock, QTextCursor

from writer.text.structure.tables import (
    aligned,
    begins_table,
    delimiter_row,
    delimiters,
    empty_row,
    row,
)
from writer.text.utf16 import code_point_positions, utf16_positions
from writer.ui.editor.editor import Editor
from writer.ui.keys.list_lines import change_lines
from writer.ui.keys.table_rows import TableRows, may_be_row, table_rows

Modifier = Qt.KeyboardModifier
Key = Qt.Key


class Tables:
    """The handler of keys in the tables of `editor`. `is_code` tells whether a block is code.

    `is_on` is the setting for rows by Enter and for the alignment; Tab goes from cell to cell in any case.
    """

    def __init__(self, editor: Editor, is_on: Callable[[], bool], is_code: Callable[[int], bool]) -> None:
        self._editor = editor
        self._is_on = is_on
        self._is_code = is_code
        self._changed: QTextCursor | None = None
        """In a table in which something was written."""
        self._made: QTextCursor | None = None
        """In the row that came by itself last."""
        self._made_delimiters = False
        self._follows_ghost = False
        self._aligning = False
        editor.key_handlers.append(self.handle)
        editor.text_handlers.append(self.type_through)
        editor.ghost_changed.connect(self._note_ghost)
        editor.typed.connect(self._note_change)
        editor.edited.connect(self._note_change)
        editor.moved.connect(self._note_move)

    def handle(self, event: QKeyEvent) -> bool:
        """See `Editor.key_handlers`."""
        held = self._follows_ghost and event.isAutoRepeat()
        self._follows_ghost = held
        if event.key() in (Key.Key_Tab, Key.Key_Backtab):
            return self._tab(event, held)
        if event.key() not in (Key.Key_Return, Key.Key_Enter) or event.modifiers() & ~Modifier.KeypadModifier:
            return False
        cursor = self._editor.textCursor()
        return not cursor.hasSelection() and self._is_on() and self._enter(cursor)

    def type_through(self, text: str) -> bool:
        """See `Editor.text_handlers`."""
        cursor = self._editor.textCursor()
        block = cursor.block()
        if text != "|" or cursor.hasSelection() or not self._is_made(block):
            return False
        rows, found = self._rows(block), row(block.text())
        if rows is None or found is None or rows.index < 2:
            return False
        line, position = block.text(), _position(cursor)
        index = found.index_at(position)
        if index < 0:
            return False
        cell = found.cells[index]
        if position > cell.right or line[position : cell.right].strip():
            return False
        if index == 0 and found.is_empty and position == cell.caret:
            return True  # the pipe before the first cell
        last = index == len(found.cells) - 1
        self._go(block, len(line) if last else found.cells[index + 1].caret)
        return True

    # Keys

    def _tab(self, event: QKeyEvent, held: bool) -> bool:
        """Go to another cell, unless the key that accepted a suggestion is still down (`held`)."""
        cursor = self._editor.textCursor()
        if event.modifiers() & ~Modifier.ShiftModifier or not self._is_within_line(cursor):
            return False
        rows = self._rows(cursor.block())
        if rows is not None and not held:
            back = event.key() == Key.Key_Backtab or bool(event.modifiers() & Modifier.ShiftModifier)
            self._go_back(rows, cursor) if back else self._go_on(rows, cursor)
        return rows is not None

    def _rows(self, block: QTextBlock) -> TableRows | None:
        rows = table_rows(block)
        return None if rows is None or self._is_code(block.blockNumber()) else rows

    @staticmethod
    def _is_within_line(cursor: QTextCursor) -> bool:
        document = cursor.document()
        return document.findBlock(cursor.selectionStart()) == document.findBlock(cursor.selectionEnd())

    def _go_on(self, rows: TableRows, cursor: QTextCursor) -> None:
        """Go to the next cell; behind the last one a row is made."""
        found = row(rows.line)
        index = found.index_at(_position(cursor)) + 1 if found else 0
        if found and rows.index != 1 and index < len(found.cells):
            self._go(cursor.block(), found.cells[index].caret)
        else:
            self._go_to_row(rows, cursor, 0)

    def _go_back(self, rows: TableRows, cursor: QTextCursor) -> None:
        found = row(rows.line)
        index = found.index_at(_position(cursor)) - 1 if found else -1
        if found and rows.index != 1 and index >= 0:
            self._go(cursor.block(), found.cells[index].caret)
        elif rows.index:
            block = cursor.block().previous() if rows.index != 2 else cursor.block().previous().previous()
            above = row(block.text())
            if above:
                self._go(block, above.cells[-1].caret)

    def _enter(self, cursor: QTextCursor) -> bool:
        block = cursor.block()
        rows = self._rows(block)
        if rows is None:
            return self._begin_table(cursor)
        found = row(rows.line)
        position = _position(cursor)
        if found is None or position <= len(found.prefix):
            return False
        if rows.index == 2 and self._is_made(block) and self._made_delimiters and delimiters(rows.line):
            self._take_delimiters(rows, cursor)
        elif rows.is_last and rows.index > 1 and found.is_empty:
            self._end_table(cursor, found.prefix)
        elif found.closed and position > found.cells[-1].right:
            self._make_row(cursor, rows.first + max(rows.index, 1), rows.line, 0)
        else:
            self._go_to_row(rows, cursor, 0 if rows.index == 1 else found.index_at(position))
        return True

    def _go_to_row(self, rows: TableRows, cursor: QTextCursor, index: int) -> None:
        """Go to a cell of the next row that is no delimiter row; one is made where there is none."""
        following = max(rows.index + 1, 2)
        if following < len(rows.lines):
            block = cursor.document().findBlockByNumber(rows.first + following)
            found = row(block.text())
            if found:
                self._go(block, found.cells[min(index, len(found.cells) - 1)].caret)
        else:
            self._make_row(cursor, rows.first + following - 1, rows.lines[0], index)

    def _go(self, block: QTextBlock, position: int) -> None:
        cursor = self._editor.textCursor()
        cursor.setPosition(block.position() + utf16_positions(block.text())(position))
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()

    # Rows that are made and taken away

    def _make_row(self, cursor: QTextCursor, above: int, like: str, index: int) -> None:
        """Make an empty row below the block number `above`, and go to one of its cells."""
        self._insert_below(cursor, above, empty_row(like), index)
        self._made_delimiters = False

    def _begin_table(self, cursor: QTextCursor) -> bool:
        """Make the rows below a header at whose end the cursor is; False where there is none."""
        block, line = cursor.block(), cursor.block().text()
        above = block.previous()
        if not cursor.atBlockEnd() or not begins_table(line) or self._is_code(block.blockNumber()):
            return False
        if may_be_row(above) and row(above.text()) is not None:
            return False
        self._insert_below(cursor, block.blockNumber(), f"{delimiter_row(line)}\n{empty_row(line)}", 0)
        self._made_delimiters = True
        return True

    def _insert_below(self, cursor: QTextCursor, above: int, lines: str, index: int) -> None:
        """Insert lines below a block; the cursor goes to a cell of the last one."""
        with self._editor.undo_step() as edit:
            edit.setPosition(_end(cursor.document().findBlockByNumber(above)))
            edit.insertText("\n" + lines)
            _set_cell(edit, index)
            made = QTextCursor(edit)
        self._made = made

    def _take_delimiters(self, rows: TableRows, cursor: QTextCursor) -> None:
        """Put the delimiters that were typed in place of those that came by themselves."""
        new = [rows.line, empty_row(rows.lines[0])]
        with self._editor.undo_step() as edit:
            change_lines(edit, rows.first + 1, rows.lines[1:3], new)
            edit.setPosition(cursor.document().findBlockByNumber(rows.first + 2).position())
            _set_cell(edit, 0)
        self._made_delimiters = False

    def _end_table(self, cursor: QTextCursor, prefix: str) -> None:
        """Take away the empty row at the cursor; writing goes on below an empty line."""
        block = cursor.block()
        self._changed = QTextCursor(block.previous())
        with self._editor.undo_step() as edit:
            edit.setPosition(block.position())
            edit.setPosition(_end(block), QTextCursor.MoveMode.KeepAnchor)
            edit.insertText(prefix.rstrip())
            following = block.next()
            if following.isValid() and not following.text().strip():
                edit.setPosition(_end(following))
            else:
                edit.insertText("\n" + prefix)

    def _is_made(self, block: QTextBlock) -> bool:
        made = self._made
        return made is not None and made.document() == block.document() and made.block() == block

    # Alignment

    def _note_ghost(self, shows: bool) -> None:
        self._follows_ghost = not shows  # a key that is still down accepted it

    def _note_change(self, _text: str) -> None:
        if self._aligning:
            return
        self._note_move()
        cursor = self._editor.textCursor()
        if may_be_row(cursor.block()):
            self._changed = QTextCursor(cursor.block())

    def _note_move(self) -> None:
        if self._made is not None and not self._is_made(self._editor.textCursor().block()):
            self._made = None
        self._align_behind()

    def _align_behind(self) -> None:
        """Align the table that the cursor has left, if something was written in it."""
        changed, cursor = self._changed, self._editor.textCursor()
        if changed is None or changed.document() != cursor.document() or changed.block() == cursor.block():
            return
        if cursor.hasSelection() or self._editor.cursor_state().composing:
            return
        block = changed.block()
        rows = table_rows(block if may_be_row(block) else block.previous())  # the last row may be gone
        if rows is not None and rows.holds(cursor.block()):
            return
        self._changed = None
        if rows is None or not self._is_on() or self._editor.isReadOnly() or self._is_code(rows.first):
            return
        lines = None if cursor.document().isRedoAvailable() else aligned(rows.lines)
        if lines is not None and tuple(lines) != rows.lines:
            self._aligning = True
            with self._editor.undo_step() as edit:
                change_lines(edit, rows.first, rows.lines, lines)
            self._aligning = False


def _position(cursor: QTextCursor) -> int:
    """The code points of the line before a cursor."""
    return code_point_positions(cursor.block().text())(cursor.positionInBlock())


def _end(block: QTextBlock) -> int:
    return block.position() + block.length() - 1


def _set_cell(cursor: QTextCursor, index: int) -> None:
    """Set a cursor to a cell of its line."""
    block = cursor.block()
    found = row(block.text())
    if found:
        cell = found.cells[min(index, len(found.cells) - 1)]
        cursor.setPosition(block.position() + utf16_positions(block.text())(cell.caret))
