"""The text of a QTextDocument, where Qt separates paragraphs by U+2029, with newline characters instead."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor, QTextDocument

from writer.text.utf16 import utf16_bytes

_SEPARATOR = "\u2029"
_FEW = 64
"""So many characters are read one by one, which costs the same in a paragraph of any length."""


def plain_text(document: QTextDocument) -> str:
    """The whole text. Qt's own plain text would turn no-break spaces into spaces."""
    return document.toRawText().replace(_SEPARATOR, "\n")


def selected_text(cursor: QTextCursor) -> str:
    """The text that a cursor selects."""
    return cursor.selectedText().replace(_SEPARATOR, "\n")


def text_between(document: QTextDocument, start: int, end: int) -> str:
    """The text between two positions; a surrogate pair that one of them cuts is there as a whole."""
    if start and _is_low(document.characterAt(start)):
        start -= 1
    if _is_low(document.characterAt(end)):
        end += 1
    return selected_text(_selection(document, start, max(start, end)))


def utf16_between(document: QTextDocument, start: int, end: int) -> bytes:
    """The text between two positions, two bytes a position: halves of surrogate pairs stay halves."""
    if end - start > _FEW:
        found = utf16_bytes(selected_text(_selection(document, start, end)))
        if len(found) == 2 * (end - start):
            return found
    characters = "".join(document.characterAt(at) for at in range(start, end))
    return utf16_bytes(characters.replace(_SEPARATOR, "\n"))


def _selection(document: QTextDocument, start: int, end: int) -> QTextCursor:
    cursor = QTextCursor(document)
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _is_low(character: str) -> bool:
    return bool(character) and "\udc00" <= character[0] <= "\udfff"
