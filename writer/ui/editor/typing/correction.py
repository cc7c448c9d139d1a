"""The correction of the text before the cursor, as a step of its own, once a character was typed.

One step back brings the characters of the keyboard again.
"""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

from writer.text.typography import MAX_LINE
from writer.text.utf16 import utf16_length
from writer.ui.editor.extensions import EditorExtensions
from writer.ui.editor.text_document import text_between


def correct_typed(cursor: QTextCursor, start: int, extensions: EditorExtensions) -> int:
    """Correct the text behind which one character was typed, at `start`, before `cursor`.

    Returns the start of what counts as typed: further in front where characters before it were replaced.
    """
    document, end = cursor.document(), cursor.position()
    typed = text_between(document, start, end) if 0 < end - start <= 2 else ""
    if len(typed) != 1:
        return start
    block = document.findBlock(start)
    line = text_between(document, max(block.position(), start - MAX_LINE), start) + typed
    found = extensions.correct(block, line)
    if found is None:
        return start
    first = end - utf16_length(line[found.start :])
    last = end - utf16_length(line[found.end :])
    cursor.setPosition(first)
    cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
    cursor.beginEditBlock()
    cursor.insertText(found.text)
    cursor.endEditBlock()
    if last < end:
        return start + utf16_length(found.text) - (last - first)
    return min(start, first)
