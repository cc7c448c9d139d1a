"""Ghost text: painted behind the cursor and never part of the document.

It is set as the preedit text of the block's layout. The layout wraps it, orders it in right-to-left text and
moves what follows as it would document text; document, undo stack, signals and input method do not change.
"""

from __future__ import annotations

from PySide6.QtGui import QBrush, QColor, QTextBlock, QTextCharFormat, QTextCursor, QTextLayout

from writer.text.utf16 import utf16_length

_GHOST_PROPERTY = QTextCharFormat.Property.UserProperty + 1


class GhostText:
    """The ghost text of an editor, in the block of the cursor where it is shown.

    Must not be shown during a composition, which uses the preedit text itself.
    """

    def __init__(self) -> None:
        self.text = ""
        self._block: QTextBlock | None = None

    def show(self, cursor: QTextCursor, text: str, colour: QColor) -> None:
        """Show `text`, which has no line breaks, behind `cursor` instead of the previous ghost text."""
        if self._block is not None and self._block != cursor.block():
            self.clear()
        block = cursor.block()
        start = cursor.positionInBlock()
        layout = block.layout()
        formats = shifted(_without_ghost(layout), start, utf16_length(text))
        layout.setPreeditArea(start, text)
        layout.setFormats([*formats, _ghost_format(start, text, colour)])
        self.text, self._block = text, block
        _mark_dirty(block)

    def clear(self) -> None:
        """Hide the ghost text."""
        if self._block is None:
            return
        block, self._block, self.text = self._block, None, ""
        if not block.isValid():
            return
        layout = block.layout()
        formats = _without_ghost(layout)
        layout.setPreeditArea(-1, "")
        layout.setFormats(formats)
        _mark_dirty(block)


def _ghost_format(start: int, text: str, colour: QColor) -> QTextLayout.FormatRange:
    format_range = QTextLayout.FormatRange()
    format_range.start = start
    format_range.length = utf16_length(text)
    char_format = QTextCharFormat()
    char_format.setForeground(QBrush(colour))
    char_format.setProperty(_GHOST_PROPERTY, True)
    format_range.format = char_format
    return format_range


def _without_ghost(layout: QTextLayout) -> list[QTextLayout.FormatRange]:
    """The layout's other formats, at their positions without ghost text."""
    ghost = next((f for f in layout.formats() if f.format.hasProperty(_GHOST_PROPERTY)), None)
    others = [f for f in layout.formats() if not f.format.hasProperty(_GHOST_PROPERTY)]
    return shifted(others, ghost.start, -ghost.length) if ghost is not None else others


def shifted(formats: list[QTextLayout.FormatRange], start: int, by: int) -> list[QTextLayout.FormatRange]:
    """The formats, shifted for inserted text of `by` UTF-16 units at `start`; changes them in place."""
    for other in formats:
        if other.start >= start:
            other.start += by
        elif other.start + other.length > start:
            other.length += by
    return formats


def _mark_dirty(block: QTextBlock) -> None:
    block.document().markContentsDirty(block.position(), 0)
