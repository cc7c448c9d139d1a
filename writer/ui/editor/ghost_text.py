"""Ghost text: painted behind the cursor and never part of the document.

It is set as the preedit text of the block's layout. The layout wraps it, orders it in right-to-left text and
moves what follows as it would document text; document, undo stack, signals and input method do not change.
"""

from __future__ import annotations

from PySide6.QtGui import QBrush, QColor, QFont, QTextBlock, QTextCharFormat, QTextCursor, QTextLayout

from writer.text.utf16 import utf16_length

GAP = "\u200a"
"""Where the caret stands before the ghost text: a hair space, with some more behind it.

Like every space it stays on its line, whose end it may pass, and the line may break behind it: so the caret
stays where it is when the ghost text goes to the next line. There a word that the ghost text completes is
whole only once that is accepted.
"""

_GAP_SPACING = 2.0
"""Pixels, the width of the caret, so that it covers nothing of the first letter."""

_GHOST_PROPERTY = QTextCharFormat.Property.UserProperty + 1

WHOLE_LINE = QTextCharFormat.Property.UserProperty + 2
"""The property of formats that apply to all of a line, also to what is inserted at its ends."""


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
        shown = _gap(block.text()[:start], text) + text
        formats = shifted(_without_ghost(layout), start, utf16_length(shown))
        layout.setPreeditArea(start, shown)
        layout.setFormats([*formats, *_ghost_formats(start, shown, colour)])
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


def _gap(before: str, text: str) -> str:
    """The gap between the two; "" within a word of letters that join, such as Arabic's."""
    return "" if _joins(before[-1:]) and _joins(text[0]) else GAP


def _joins(character: str) -> bool:
    return "\u0600" <= character <= "\u08ff"


def _ghost_formats(start: int, text: str, colour: QColor) -> list[QTextLayout.FormatRange]:
    char_format = QTextCharFormat()
    char_format.setForeground(QBrush(colour))
    char_format.setProperty(_GHOST_PROPERTY, True)
    gap_format = QTextCharFormat(char_format)
    gap_format.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    gap_format.setFontLetterSpacing(_GAP_SPACING)
    gap = len(GAP) if text.startswith(GAP) else 0
    ranges = [(start, gap, gap_format), (start + gap, utf16_length(text) - gap, char_format)]
    return [_format_range(*each) for each in ranges if each[1]]


def _format_range(start: int, length: int, char_format: QTextCharFormat) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, length, char_format
    return found


def _without_ghost(layout: QTextLayout) -> list[QTextLayout.FormatRange]:
    """The layout's other formats, at their positions without ghost text."""
    ghost = [f for f in layout.formats() if f.format.hasProperty(_GHOST_PROPERTY)]
    others = [f for f in layout.formats() if not f.format.hasProperty(_GHOST_PROPERTY)]
    return shifted(others, ghost[0].start, -sum(f.length for f in ghost)) if ghost else others


def shifted(formats: list[QTextLayout.FormatRange], start: int, by: int) -> list[QTextLayout.FormatRange]:
    """The formats, shifted for inserted text of `by` UTF-16 units at `start`; changes them in place."""
    for other in formats:
        if other.format.hasProperty(WHOLE_LINE):
            other.length += by
        elif other.start >= start:
            other.start += by
        elif other.start + other.length > start:
            other.length += by
    return formats


def _mark_dirty(block: QTextBlock) -> None:
    block.document().markContentsDirty(block.position(), 0)
