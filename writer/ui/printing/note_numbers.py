"""The raised numbers of footnotes in a document, in place of the marks around them."""

from __future__ import annotations

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument

from writer.text.footnotes import Footnotes


def raise_numbers(document: QTextDocument, found: Footnotes) -> list[int]:
    """Raise the numbers of a document; returns the position of the first number of each note.

    A note without one has the position of the note before it.
    """
    if not found.notes:
        return []
    first: dict[int, QTextCursor] = {}
    cursor = QTextCursor(document)
    while True:
        cursor = document.find(found.opening, cursor)
        if cursor.isNull():
            break
        end = document.find(found.closing, cursor)
        if end.isNull():
            break
        form = cursor.charFormat()
        cursor.setPosition(end.position(), QTextCursor.MoveMode.KeepAnchor)
        digits = cursor.selectedText()[1:-1]
        form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        cursor.insertText(digits, form)
        place = QTextCursor(document)
        place.setPosition(cursor.position() - len(digits))
        first.setdefault(int(digits), place)
    positions, last = [], 0
    for number in range(1, len(found.notes) + 1):
        last = max(last, first[number].position()) if number in first else last
        positions.append(last)
    return positions
