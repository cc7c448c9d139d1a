"""The marks of Markdown that actions set in the text: strong, emphasis, links, headings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QGuiApplication, QTextBlock, QTextCursor

from writer.text.markdown_marks import (
    EditedLine,
    heading_level,
    is_marked,
    set_link,
    toggle_mark,
    url_of,
    with_heading,
)
from writer.text.utf16 import code_point_positions, utf16_positions
from writer.ui.editor.editor import Editor
from writer.ui.keys.list_lines import change_lines, selected_blocks

_MOST_LINES = 2000
"""Lines that are changed at once."""


class Marks:
    """The marks in `editor`; each change is one undo step. `is_code` tells whether a block is code."""

    def __init__(self, editor: Editor, is_code: Callable[[int], bool]) -> None:
        self._editor = editor
        self._is_code = is_code

    def toggle(self, mark: str) -> None:
        """Set a mark on the selection, or on the word at the cursor, or take it away."""
        blocks = self._blocks()
        lines = [_edited(block, self._editor.textCursor()) for block in blocks]
        written = [line for line in lines if line.text.strip()]
        if not written and len(lines) > 1:
            return
        if len(lines) == 1:
            self._change(blocks, [toggle_mark(line, mark) for line in lines])
        else:
            to = not all(is_marked(line, mark) for line in written)
            self._change(blocks, [_toggled(line, mark, to) for line in lines])

    def link(self) -> None:
        """Make the selection or the word at the cursor a link, to the address in the clipboard if any."""
        blocks = self._blocks()
        if len(blocks) == 1:
            url = url_of(QGuiApplication.clipboard().text()[:2000])
            self._change(blocks, [set_link(_edited(blocks[0], self._editor.textCursor()), url)])

    def heading(self, level: int) -> None:
        """Make the selected lines headings of a level; where they are, take that away."""
        blocks = self._blocks()
        cursor = self._editor.textCursor()
        texts = [block.text() for block in blocks]
        written = [text for text in texts if text.strip()] or texts
        to = 0 if all(heading_level(text) == level for text in written) else level
        changed = [with_heading(t, to) if t.strip() or len(texts) == 1 else t for t in texts]
        lines = [_edited(block, cursor) for block in blocks]
        self._change(blocks, [_shifted(line, text) for line, text in zip(lines, changed, strict=True)])

    def _blocks(self) -> list[QTextBlock]:
        """The blocks to change; none in code or in a text that may only be read."""
        block, last = selected_blocks(self._editor.textCursor())
        if self._editor.isReadOnly() or last.blockNumber() - block.blockNumber() >= _MOST_LINES:
            return []
        blocks = [block]
        while block != last:
            block = block.next()
            blocks.append(block)
        return [] if any(self._is_code(each.blockNumber()) for each in blocks) else blocks

    def _change(self, blocks: list[QTextBlock], lines: list[EditedLine]) -> None:
        """Change the lines; the selection goes from that of the first line to that of the last one."""
        if not blocks:
            return
        with self._editor.undo_step() as cursor:
            texts = [block.text() for block in blocks]
            first = blocks[0].blockNumber()
            change_lines(cursor, first, texts, [line.text for line in lines])
            document = cursor.document()
            start, end = (
                document.findBlockByNumber(first),
                document.findBlockByNumber(first + len(blocks) - 1),
            )
            cursor.setPosition(start.position() + utf16_positions(lines[0].text)(lines[0].start))
            cursor.setPosition(
                end.position() + utf16_positions(lines[-1].text)(lines[-1].end),
                QTextCursor.MoveMode.KeepAnchor,
            )


def _edited(block: QTextBlock, cursor: QTextCursor) -> EditedLine:
    """The line of a block with its part of the selection."""
    text, length = block.text(), block.length() - 1
    position = code_point_positions(text)
    start, end = cursor.selectionStart() - block.position(), cursor.selectionEnd() - block.position()
    return EditedLine(text, position(min(max(0, start), length)), position(min(max(0, end), length)))


def _shifted(line: EditedLine, text: str) -> EditedLine:
    """A line whose start changed to that of `text`; the selection stays on its characters."""
    by = len(text) - len(line.text)
    return EditedLine(text, max(0, line.start + by), max(0, line.end + by))


def _toggled(line: EditedLine, mark: str, to: bool) -> EditedLine:
    """One of several lines with its mark, which belongs to the selection."""
    if not line.text.strip():
        return line
    found = toggle_mark(line, mark, to)
    wider = len(mark) if to and found != line else 0
    return replace(found, start=found.start - wider, end=found.end + wider)
