"""A read-only view of the difference of two texts; long parts that are the same are cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont, QPalette, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from writer.documents.history.difference import Change, Part

CONTEXT = 160
"""The most characters that are shown before and behind a change, of its line."""

MAX_SHOWN = 150_000
"""The most characters that are shown."""

_MARGIN = 14

_CUT = "⋯"


class DifferenceView(QPlainTextEdit):
    """Shows added text on a background, and removed text struck through; `font` is that of the text."""

    def __init__(self, font: QFont) -> None:
        super().__init__()
        self.setObjectName("difference")
        self.setFont(font)
        self.document().setDocumentMargin(_MARGIN)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self._parts: Sequence[Part] = ()

    def show_parts(self, parts: Sequence[Part]) -> bool:
        """Show a difference; whether all changes are shown."""
        self._parts = parts
        self.clear()
        formats = self._formats()
        cursor, room = QTextCursor(self.document()), MAX_SHOWN
        cursor.beginEditBlock()
        for part in excerpts(parts):
            cursor.insertText(part.text[:room], formats[part.change])
            room -= len(part.text)
            if room < 0:
                break
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        return room >= 0

    def changeEvent(self, event: QEvent) -> None:
        """Show the difference in the colours of a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.show_parts(self._parts)

    def _formats(self) -> dict[Change, QTextCharFormat]:
        formats = {change: QTextCharFormat() for change in Change}
        role, palette = QPalette.ColorRole, self.palette()
        for form in formats.values():
            form.setForeground(palette.color(role.Text))
        formats[Change.REMOVED].setFontStrikeOut(True)
        formats[Change.REMOVED].setForeground(palette.color(role.PlaceholderText))
        formats[Change.ADDED].setBackground(palette.color(role.Highlight))
        formats[Change.ADDED].setForeground(palette.color(role.HighlightedText))
        return formats


def excerpts(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts, with those that are the same cut to what stands around the changes."""
    for place, part in enumerate(parts):
        text = part.text
        if part.change is Change.SAME:
            is_first, is_last = not place, place == len(parts) - 1
            head = "" if is_first else text[:CONTEXT].split("\n", 1)[0]
            tail = "" if is_last else text[-CONTEXT:].rsplit("\n", 1)[-1]
            if text[len(head) : len(text) - len(tail)].strip():
                text = ("" if is_first else f"{head}\n") + _CUT + ("" if is_last else f"\n{tail}")
        yield Part(part.change, text)
