"""A Markdown highlighter, which sets weight, slant and colours, but no sizes.

Only visible or changed blocks are formatted, so that the cost does not depend on the document's length;
QSyntaxHighlighter formats all blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QFont, QTextBlock, QTextCharFormat, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit

from writer.text.markdown import Span, SpanKind, spans
from writer.text.utf16 import Positions, utf16_length, utf16_positions
from writer.ui.common.theme_files import Colours
from writer.ui.editor.ghost_text import shifted
from writer.ui.editor.headings import Headings

_MAX_RESET_BLOCKS = 500
"""The most changed blocks that are reset one by one; after a larger change all formats are invalid."""

_HAN = re.compile("[⺀-鿿豈-﫿︰-﹏＀-￯\U00020000-\U0003134f]+")
"""Runs of Han characters and their punctuation."""


class Highlighter(QObject):
    """Formats the blocks of `editor`. `headings` knows the code blocks of its document."""

    def __init__(self, editor: QPlainTextEdit, headings: Headings, colours: Colours) -> None:
        super().__init__(headings)
        self._editor = editor
        self._headings = headings
        self._document: QTextDocument = headings.document
        self._on = True
        self._version = 0
        self._formats: dict[SpanKind, QTextCharFormat] = {}
        self._han_emphasis = QTextCharFormat()
        self.apply_colours(colours)
        self._document.contentsChange.connect(self._reformat)
        headings.code_changed.connect(self._invalidate)

    def apply_colours(self, colours: Colours) -> None:
        """Set the colours of a theme."""
        self._formats = _formats(colours)
        self._han_emphasis = QTextCharFormat()
        self._han_emphasis.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        self._invalidate()

    def switch(self, on: bool) -> None:
        """Turn the formatting on or off."""
        if on != self._on:
            self._on = on
            self._invalidate()

    def apply_format(self, block: QTextBlock) -> bool:
        """See `EditorExtensions.apply_format`."""
        if block.userState() == self._target_state(block):
            return False
        self._format(block)
        return True

    def restore_format(self, block: QTextBlock) -> None:
        """See `EditorExtensions.restore_format`."""
        self._format(block)

    def _target_state(self, block: QTextBlock) -> int:
        return 2 * self._version + self._headings.is_code(block.blockNumber())

    def _invalidate(self) -> None:
        self._version += 1
        self._editor.viewport().update()

    def _reformat(self, position: int, _removed: int, added: int) -> None:
        block = self._document.findBlock(position)
        last = self._document.findBlock(position + added)
        number = last.blockNumber() if last.isValid() else self._document.blockCount() - 1
        if number - block.blockNumber() > _MAX_RESET_BLOCKS:
            self._invalidate()
            return
        if number == block.blockNumber():
            self._format(block)
            return
        while block.isValid() and block.blockNumber() <= number:
            block.setUserState(-1)
            block = block.next()

    def _format(self, block: QTextBlock) -> None:
        """Set the formats of a block; those of ghost text or a composition stay."""
        layout, state = block.layout(), self._target_state(block)
        block.setUserState(state)
        wanted = list(self._format_ranges(block.text(), bool(state % 2))) if self._on else []
        others, preedit = layout.formats(), layout.preeditAreaPosition()
        if not wanted and not others:
            return
        if preedit >= 0 and layout.preeditAreaText():
            end = preedit + utf16_length(layout.preeditAreaText())
            wanted = shifted(wanted, preedit, end - preedit)
            wanted += [f for f in others if preedit <= f.start and f.start + f.length <= end]
        layout.setFormats(wanted)
        self._document.markContentsDirty(block.position(), block.length())

    def _format_ranges(self, text: str, in_code: bool) -> Iterator[QTextLayout.FormatRange]:
        to_utf16 = utf16_positions(text)
        for span in spans(text, in_code):
            if span.kind is SpanKind.EMPHASIS and not text.isascii():
                yield from self._emphasis(text, span, to_utf16)
            elif span.kind in self._formats:
                yield _range(to_utf16(span.start), to_utf16(span.end), self._formats[span.kind])

    def _emphasis(self, text: str, span: Span, to_utf16: Positions) -> Iterator[QTextLayout.FormatRange]:
        """The formats of emphasis: Han characters get emphasis dots instead of a slant."""
        at, slanted = span.start, self._formats[SpanKind.EMPHASIS]
        for run in _HAN.finditer(text, span.start, span.end):
            for begin, stop, char_format in (
                (at, run.start(), slanted),
                (*run.span(), self._han_emphasis),
            ):
                if begin < stop:
                    yield _range(to_utf16(begin), to_utf16(stop), char_format)
            at = run.end()
        if at < span.end:
            yield _range(to_utf16(at), to_utf16(span.end), slanted)


def _range(start: int, end: int, char_format: QTextCharFormat) -> QTextLayout.FormatRange:
    part = QTextLayout.FormatRange()
    part.start, part.length, part.format = start, end - start, char_format
    return part


def _formats(colours: Colours) -> dict[SpanKind, QTextCharFormat]:
    formats = {kind: QTextCharFormat() for kind in SpanKind}
    formats[SpanKind.HEADING].setFontWeight(QFont.Weight.Bold)
    formats[SpanKind.STRONG].setFontWeight(QFont.Weight.Bold)
    formats[SpanKind.EMPHASIS].setFontItalic(True)
    formats[SpanKind.STRIKETHROUGH].setFontStrikeOut(True)
    for kind in (SpanKind.CODE, SpanKind.QUOTE):
        formats[kind].setForeground(QColor(colours.muted))
    formats[SpanKind.LINK].setForeground(QColor(colours.accent))
    formats[SpanKind.MARKUP].setForeground(QColor(colours.ghost))
    formats[SpanKind.MARKUP].setFontWeight(QFont.Weight.Normal)
    return formats
