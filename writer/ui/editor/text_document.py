"""The text of a QTextDocument, with newline characters instead of Qt's paragraph separators (U+2029)."""

from __future__ import annotations

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from writer.text.utf16 import utf16_bytes

_SEPARATOR = "\u2029"
_MAX_SINGLE = 64
"""The most characters that are read one by one, which takes a time independent of the paragraph's length."""


def plain_text(document: QTextDocument) -> str:
    """The whole text. Qt's own `toPlainText` replaces no-break spaces by spaces."""
    return document.toRawText().replace(_SEPARATOR, "\n")


def selected_text(cursor: QTextCursor) -> str:
    """The selected text of a cursor."""
    return cursor.selectedText().replace(_SEPARATOR, "\n")


def text_between(document: QTextDocument, start: int, end: int) -> str:
    """The text between two positions, extended where they would split a surrogate pair."""
    if start and _is_low(document.characterAt(start)):
        start -= 1
    if _is_low(document.characterAt(end)):
        end += 1
    return selected_text(_selection(document, start, max(start, end)))


def text_near(block: QTextBlock, start: int, end: int, around: int) -> tuple[str, int]:
    """The text of a block from `start` to `end` and `around` characters on both sides, and where it begins.

    All in UTF-16; surrogate pairs may be split. It takes no longer where the block is long.
    """
    begin, behind = max(0, start - around), min(block.length() - 1, end + around)
    if begin == 0 and behind == block.length() - 1:
        return block.text(), 0
    at = block.position()
    return selected_text(_selection(block.document(), at + begin, at + behind)), begin


def utf16_between(document: QTextDocument, start: int, end: int) -> bytes:
    """The text between two positions as UTF-16, two bytes a position; surrogate pairs may be split."""
    if end - start > _MAX_SINGLE:
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
