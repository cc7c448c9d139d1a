"""The page that a text is written on: its margins, its font, and the width of its column."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QTextDocument

from writer.text.markdown_lists import TAB
from writer.ui.editor.looks.line_layout import SpacedLayout, Spacing

PAGE_MARGIN = 36
"""Pixels around the text; the margins above and below scroll with the document."""

_MARK_ROOM = 3
"""The room for marks beside the column as a multiple of the font size."""

FREE_LINES = 3
"""Lines kept free below the typed line, so that ghost text which wraps does not scroll."""


def make_page(parent: QObject) -> QTextDocument:
    """An empty document with the margins and the layout of a page."""
    document = QTextDocument(parent)
    document.setUndoRedoEnabled(False)  # else Qt records the margin as an undo step
    document.setDocumentMargin(PAGE_MARGIN)
    document.setUndoRedoEnabled(True)
    document.setModified(False)
    document.setDocumentLayout(SpacedLayout(document))
    return document


def apply_font(document: QTextDocument, layout: SpacedLayout, font: QFont, spacing: Spacing) -> None:
    """Set the font of a page, and the distances of its lines and paragraphs."""
    layout.set_spacing(spacing, QFontInfo(font).pixelSize())
    layout.bottom_space = FREE_LINES * layout.pitch
    if document.defaultFont() != font:
        document.setDefaultFont(font)
    option = document.defaultTextOption()  # setTabStopDistance reaches the shown document alone
    option.setTabStopDistance(TAB * QFontMetricsF(font).horizontalAdvance(" "))
    document.setDefaultTextOption(option)


def column_width(font: QFont, columns: int) -> float:
    """Pixels of a column of about `columns` characters."""
    return QFontMetricsF(font).averageCharWidth() * columns


def mark_room(font: QFont) -> int:
    """Pixels beside the column in which marks can hang."""
    return round(_MARK_ROOM * QFontInfo(font).pixelSize())
