"""Folding by heading: the lines of a section are hidden below its heading, and stay in the text.

What is hidden is known by the visibility of blocks alone, which is no part of the text. Hidden lines always
follow the heading that they were folded under: what brings the cursor among them, or takes the heading away
from them, shows them again.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextBlock

from writer.text.markdown import heading
from writer.ui.editor.editor import Editor
from writer.ui.editor.headings import Headings
from writer.ui.editor.looks.line_layout import SpacedLayout

_MAX_CHECKED_BLOCKS = 500
"""The most changed blocks that are looked at one by one; after a larger change everything is shown."""


class Folding(QObject):
    """Hides and shows the sections of the document of `headings`, while `editor` shows it."""

    def __init__(self, editor: Editor, headings: Headings) -> None:
        super().__init__(headings)
        self._editor = editor
        self._headings = headings
        self._document = headings.document
        self._has_folds = False
        self._changed: tuple[int, int] | None = None
        self._document.contentsChange.connect(self._note_change)
        self._document.contentsChanged.connect(self._check_change)
        editor.cursorPositionChanged.connect(self._show_cursor)
        headings.code_changed.connect(self._check_all)

    def can_fold(self, block: QTextBlock) -> bool:
        """Whether a block is a heading with lines below it."""
        if not self._is_heading(block):
            return False
        section = self._headings.section(block.blockNumber())
        return section is not None and self._last_hidden(block, section[1]) > block.blockNumber()

    def toggle(self, block: QTextBlock) -> bool:
        """Fold the section of a block, or show it where it is folded; False where there is none to fold."""
        section = self._headings.section_now(block.blockNumber()) if self._headings.complete else None
        if section is None:
            return False
        head = self._document.findBlockByNumber(section[0])
        if is_folded(head):
            self._show_run(head.next())
            return True
        last = self._last_hidden(head, section[1])
        if last == section[0]:
            return False
        self._editor.clear_ghost()
        cursor = self._editor.textCursor()
        numbers = [self._document.findBlock(at).blockNumber() for at in (cursor.position(), cursor.anchor())]
        if any(section[0] < number <= last for number in numbers):
            cursor.setPosition(head.position() + head.length() - 1)
            self._editor.setTextCursor(cursor)
        self._has_folds = True
        self._hide(head.next(), last)
        self._editor.ensureCursorVisible()
        return True

    def show_all(self) -> None:
        """Show everything that is folded."""
        block = self._document.firstBlock()
        while self._has_folds and block.isValid():
            _set_visible(block, visible=True)
            block = block.next()
        self._has_folds = False
        self._tell()

    def _last_hidden(self, head: QTextBlock, end: int) -> int:
        """The number of the last block that is hidden under a heading, before `end`; its own without any.

        An empty line before the next heading stays.
        """
        last = min(end, self._document.blockCount()) - 1
        if last < self._document.blockCount() - 1 and last > head.blockNumber():
            last -= not self._document.findBlockByNumber(last).text().strip()
        return last

    def _is_heading(self, block: QTextBlock) -> bool:
        return heading(block.text()) is not None and not self._headings.is_code(block.blockNumber())

    def _hide(self, block: QTextBlock, last: int) -> None:
        for _ in range(last - block.blockNumber() + 1):
            _set_visible(block, visible=False)
            block = block.next()
        self._tell()

    def _show_run(self, block: QTextBlock) -> None:
        """Show the hidden blocks around a hidden block."""
        while (before := block.previous()).isValid() and not before.isVisible():
            block = before
        while block.isValid() and not block.isVisible():
            _set_visible(block, visible=True)
            block = block.next()
        self._tell()

    def _tell(self) -> None:
        SpacedLayout.of(self._document).emit_all_changed()

    def _show_cursor(self) -> None:
        if not self._has_folds or self._editor.document() is not self._document:
            return
        cursor = self._editor.textCursor()
        hidden = [
            block
            for place in (cursor.anchor(), cursor.position())
            if not (block := self._document.findBlock(place)).isVisible()
        ]
        for block in hidden:
            if not block.isVisible():  # not any more, if it was in the same fold
                self._show_run(block)
        if hidden:
            self._editor.ensureCursorVisible()

    def _note_change(self, position: int, _removed: int, added: int) -> None:
        if self._has_folds:
            first, last = self._changed or (position, position)
            self._changed = min(first, position), max(last, position) + added

    def _check_change(self) -> None:
        """Show what follows no heading any more where the text changed."""
        if self._changed is None:
            return
        (start, end), self._changed = self._changed, None
        block = self._document.findBlock(start)
        last = self._document.findBlock(end)
        number = last.blockNumber() if last.isValid() else self._document.blockCount() - 1
        if number - block.blockNumber() > _MAX_CHECKED_BLOCKS:
            self.show_all()
            return
        self._check(block, number)
        self._show_cursor()

    def _check_all(self) -> None:
        if self._has_folds:
            self._check(self._document.firstBlock(), self._document.blockCount())

    def _check(self, block: QTextBlock, last: int) -> None:
        """Show what is hidden behind blocks up to the number `last` that are visible and no headings."""
        while block.isValid() and block.blockNumber() <= last:
            if is_folded(block) and not self._is_heading(block):
                self._show_run(block.next())
            block = block.next()
        first = self._document.firstBlock()
        if not first.isVisible():
            self._show_run(first)


def is_folded(block: QTextBlock) -> bool:
    """Whether a block shows and the next one is hidden."""
    following = block.next()
    return block.isVisible() and following.isValid() and not following.isVisible()


def _set_visible(block: QTextBlock, visible: bool) -> None:
    """Show or hide a block; Qt's scroll bar counts its lines."""
    if block.isVisible() != visible:
        block.setVisible(visible)
        block.setLineCount(max(1, block.layout().lineCount()) if visible else 0)
