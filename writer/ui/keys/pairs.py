"""Brackets and marks that close by themselves, are typed through, and go around a selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument

from writer.text.pairs import MARKS, closing_of, doubles, surrounds
from writer.text.utf16 import utf16_length
from writer.ui.editor.editor import Editor
from writer.ui.editor.text_document import selected_text
from writer.ui.editor.typing.typed_text import erased_kind
from writer.ui.editor.typing.undo_steps import EditKind

_MOST_OPEN = 20
"""Closing marks that are remembered."""

_MOST_SELECTED = 100_000
"""Characters of a selection that a pair goes around."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """An open pair: cursors before its two marks, and the closing one."""

    start: QTextCursor
    end: QTextCursor
    mark: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands within."""
        return self.end.position() == self.start.position() + 1


class Pairs:
    """The handler of typed brackets and marks in `editor`, also those that an input method commits.

    A closing mark is typed through only where it came by itself, so that a text never lacks what was typed.
    `is_on` is the setting, `is_code` tells whether a block is code.
    """

    def __init__(self, editor: Editor, is_on: Callable[[], bool], is_code: Callable[[int], bool]) -> None:
        self._editor = editor
        self._is_on = is_on
        self._is_code = is_code
        self._document: QTextDocument | None = None
        self._open: list[_Pair] = []
        """The pairs whose closing marks came by themselves."""
        editor.text_handlers.append(self.handle)
        editor.key_handlers.append(self.erase_pair)

    def handle(self, text: str) -> bool:
        """See `Editor.text_handlers`."""
        if not self._is_on() or utf16_length(text) != 1:
            return False
        cursor = self._editor.textCursor()
        if cursor.hasSelection():
            return self._surround(cursor, text)
        before, after = _around(cursor)
        pair = self._pair_at(cursor)
        if pair is not None and text == " " and pair.is_empty and pair.mark in MARKS:
            self._drop(cursor)  # a mark with a space behind it opens nothing: 2 * 3
            return False
        if pair is not None and text == pair.mark and not (pair.is_empty and doubles(text, before, after)):
            self._open.remove(pair)
            self._editor.type_over(text)
            return True
        closing = closing_of(text, before, after, self._is_code(cursor.blockNumber()))
        if pair is not None and text == pair.mark:
            closing = text
        if closing:
            self._write_pair(text, closing)
        return bool(closing)

    def erase_pair(self, event: QKeyEvent) -> bool:
        """Erase the closing mark, too, where the opening one before it is erased."""
        cursor = self._editor.textCursor()
        if erased_kind(event) is not EditKind.ERASED_BEFORE or cursor.hasSelection() or not self._is_on():
            return False
        pair = self._pair_at(cursor)
        if pair is None or not pair.is_empty:
            return False
        with self._editor.undo_step() as edit:
            edit.setPosition(cursor.position() - 1)
            edit.setPosition(cursor.position() + 1, QTextCursor.MoveMode.KeepAnchor)
            edit.removeSelectedText()
        return True

    def _surround(self, cursor: QTextCursor, text: str) -> bool:
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        if end - start > _MOST_SELECTED:
            return False
        selected = selected_text(cursor)
        closing = surrounds(text, selected)
        if closing:
            with self._editor.undo_step() as edit:
                edit.insertText(text + selected + closing)
                edit.setPosition(start + 1)
                edit.setPosition(end + 1, QTextCursor.MoveMode.KeepAnchor)
        return bool(closing)

    def _write_pair(self, text: str, closing: str) -> None:
        with self._editor.undo_step(typed=text) as cursor:
            cursor.insertText(text + closing)
            cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter)
        end = self._editor.textCursor()
        start = QTextCursor(end)
        start.setPosition(end.position() - 1)
        self._open = [*self._open[1 - _MOST_OPEN :], _Pair(start, end, closing)]

    def _drop(self, cursor: QTextCursor) -> None:
        with self._editor.undo_step() as edit:
            edit.setPosition(cursor.position())
            edit.deleteChar()

    def _pair_at(self, cursor: QTextCursor) -> _Pair | None:
        """The pair whose closing mark is behind the cursor and came by itself."""
        document = cursor.document()
        if document is not self._document:
            self._document, self._open = document, []
        self._open = [pair for pair in self._open if document.characterAt(pair.end.position()) == pair.mark]
        return next((pair for pair in self._open if pair.end.position() == cursor.position()), None)


def _around(cursor: QTextCursor) -> tuple[str, str]:
    """The line before and behind the cursor."""
    line, place = cursor.block().text().encode("utf-16-le", "surrogatepass"), 2 * cursor.positionInBlock()
    return line[:place].decode("utf-16-le", "replace"), line[place:].decode("utf-16-le", "replace")
