"""Check boxes of lists, changed by a click on the box or by a key on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlock, QTextCursor

from writer.text.structure.check_boxes import MarkChange, check_box, toggle_boxes, toggled
from writer.text.utf16 import utf16_length
from writer.ui.editor.editor import Editor
from writer.ui.keys.click_places import ClickPlace
from writer.ui.keys.list_lines import selected_blocks

_MOST_LINES = 2000
"""Lines that are changed at once."""


class CheckBoxes:
    """The check boxes in `editor`; each change is one undo step. `is_code` tells whether a block is code."""

    def __init__(self, editor: Editor, is_code: Callable[[int], bool]) -> None:
        self._editor = editor
        self._is_code = is_code

    def toggle(self) -> None:
        """Change the boxes of the selected lines, or give them some."""
        block, last = selected_blocks(self._editor.textCursor())
        if self._editor.isReadOnly() or last.blockNumber() - block.blockNumber() >= _MOST_LINES:
            return
        blocks = [block]
        while block != last:
            block = block.next()
            blocks.append(block)
        if any(self._is_code(each.blockNumber()) for each in blocks):
            return
        self._change(blocks, toggle_boxes([each.text() for each in blocks]))

    def places(self, block: QTextBlock) -> Iterator[ClickPlace]:
        """The box of a block, which a click changes."""
        line = block.text()
        box = check_box(line)
        if box is None or self._editor.isReadOnly() or self._is_code(block.blockNumber()):
            return
        change = toggled(box)
        yield ClickPlace(
            *(box.start, box.end),  # what stands before a box is ASCII: code points are UTF-16
            modifiers=Qt.KeyboardModifier.NoModifier,
            activate=lambda: self._change([block], [change]),
        )

    def _change(self, blocks: list[QTextBlock], changes: list[MarkChange | None]) -> None:
        if not any(changes):
            return
        with self._editor.undo_step() as cursor:
            edit = QTextCursor(cursor.document())
            for block, change in zip(blocks, changes, strict=True):
                if change is None:
                    continue
                start = block.position() + change.start
                if change.inserts:
                    edit.setPosition(start)
                    edit.insertText(change.text)
                else:  # first in, then out: cursors on both sides stay where they are
                    edit.setPosition(start + utf16_length(change.text))
                    edit.insertText(change.text)
                    edit.setPosition(start)
                    edit.deleteChar()
