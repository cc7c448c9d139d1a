"""Ghost text: painted behind the cursor and never part of the document.

It uses the place that Qt's text layout keeps for what an input method composes. The layout then wraps the
ghost, orders it in right-to-left text and moves what follows aside exactly as it would the written text,
while the document, its undo stack, its signals and the input method know nothing of it.
"""

from __future__ import annotations

from PySide6.QtGui import QBrush, QColor, QTextBlock, QTextCharFormat, QTextCursor, QTextLayout

from writer.text.utf16 import utf16_length

_MARK = QTextCharFormat.Property.UserProperty + 1


class GhostText:
    """At most one ghost, in the block of the cursor it was shown at.

    While the input method composes, the place is not free: nothing may be shown then.
    """

    def __init__(self) -> None:
        self.text = ""
        self._block: QTextBlock | None = None

    def show(self, cursor: QTextCursor, text: str, colour: QColor) -> None:
        """Show `text` behind `cursor`, instead of what was shown before. It has no line breaks."""
        if self._block is not None and self._block != cursor.block():
            self.clear()
        block = cursor.block()
        start = cursor.positionInBlock()
        layout = block.layout()
        formats = shifted(_without_ghost(layout), start, utf16_length(text))
        layout.setPreeditArea(start, text)
        layout.setFormats([*formats, _ghost_format(start, text, colour)])
        self.text, self._block = text, block
        _lay_out_again(block)

    def clear(self) -> None:
        """Show nothing."""
        if self._block is None:
            return
        block, self._block, self.text = self._block, None, ""
        if not block.isValid():
            return
        layout = block.layout()
        formats = _without_ghost(layout)
        layout.setPreeditArea(-1, "")
        layout.setFormats(formats)
        _lay_out_again(block)


def _ghost_format(start: int, text: str, colour: QColor) -> QTextLayout.FormatRange:
    format_range = QTextLayout.FormatRange()
    format_range.start = start
    format_range.length = utf16_length(text)
    look = QTextCharFormat()
    look.setForeground(QBrush(colour))
    look.setProperty(_MARK, True)
    format_range.format = look
    return format_range


def _without_ghost(layout: QTextLayout) -> list[QTextLayout.FormatRange]:
    """The layout's other formats (of highlighting, for example), as they lie without a ghost."""
    ghost = next((f for f in layout.formats() if f.format.hasProperty(_MARK)), None)
    others = [f for f in layout.formats() if not f.format.hasProperty(_MARK)]
    return shifted(others, ghost.start, -ghost.length) if ghost is not None else others


def shifted(formats: list[QTextLayout.FormatRange], start: int, by: int) -> list[QTextLayout.FormatRange]:
    """The formats, moved aside for something that is shown at `start` and is `by` UTF-16 units long."""
    for other in formats:
        if other.start >= start:
            other.start += by
        elif other.start + other.length > start:
            other.length += by
    return formats


def _lay_out_again(block: QTextBlock) -> None:
    block.document().markContentsDirty(block.position(), 0)
