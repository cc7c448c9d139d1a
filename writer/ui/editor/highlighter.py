"""A Markdown highlighter: weight, slant and colours, no sizes.

Only paragraphs that are seen or changed are dressed, so a long document costs no more than a short one;
Qt's own QSyntaxHighlighter walks through all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QFont, QTextBlock, QTextCharFormat, QTextDocument, QTextLayout

from writer.text.markdown import Span, SpanKind, spans
from writer.text.utf16 import Positions, utf16_length, utf16_positions
from writer.ui.common.theme import Colours
from writer.ui.editor.editor import Editor
from writer.ui.editor.ghost_text import shifted
from writer.ui.editor.headings import Headings

_FEW = 500
"""So many changed paragraphs are looked at one by one; after a larger change everything is stale."""

_HAN = re.compile("[⺀-鿿豈-﫿︰-﹏＀-￯\U00020000-\U0003134f]+")


class Highlighter(QObject):
    """Dresses the paragraphs of `editor`. `headings` knows what is code in its document."""

    def __init__(self, editor: Editor, headings: Headings, colours: Colours) -> None:
        super().__init__(headings)
        self._editor = editor
        self._headings = headings
        self._document: QTextDocument = headings.document
        self._on = True
        self._look = 0
        self._formats: dict[SpanKind, QTextCharFormat] = {}
        self._han_emphasis = QTextCharFormat()
        self.retint(colours)
        self._document.contentsChange.connect(self._follow)
        headings.code_changed.connect(self._stale)

    def retint(self, colours: Colours) -> None:
        """Take the colours of a theme."""
        self._formats = _formats(colours)
        self._han_emphasis = QTextCharFormat()
        self._han_emphasis.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        self._stale()

    def switch(self, on: bool) -> None:
        """Show Markdown, or leave the text plain."""
        if on != self._on:
            self._on = on
            self._stale()

    def apply_format(self, block: QTextBlock) -> bool:
        """Give a paragraph its looks; whether it had not got them."""
        if block.userState() == self._wanted(block):
            return False
        self._format(block)
        return True

    def restore_format(self, block: QTextBlock) -> None:
        """Give a paragraph its looks after something took them."""
        self._format(block)

    def _wanted(self, block: QTextBlock) -> int:
        return 2 * self._look + self._headings.is_code(block.blockNumber())

    def _stale(self) -> None:
        self._look += 1
        self._editor.viewport().update()

    def _follow(self, position: int, _removed: int, added: int) -> None:
        block = self._document.findBlock(position)
        last = self._document.findBlock(position + added)
        number = last.blockNumber() if last.isValid() else self._document.blockCount() - 1
        if number - block.blockNumber() > _FEW:
            self._stale()
            return
        if number == block.blockNumber():
            self._format(block)
            return
        while block.isValid() and block.blockNumber() <= number:
            block.setUserState(-1)
            block = block.next()

    def _format(self, block: QTextBlock) -> None:
        """Formats over a ghost or a composition belong to it, and stay."""
        layout, state = block.layout(), self._wanted(block)
        block.setUserState(state)
        wanted = list(self._parts(block.text(), bool(state % 2))) if self._on else []
        others, place = layout.formats(), layout.preeditAreaPosition()
        if not wanted and not others:
            return
        if place >= 0 and layout.preeditAreaText():
            end = place + utf16_length(layout.preeditAreaText())
            wanted = shifted(wanted, place, end - place)
            wanted += [f for f in others if place <= f.start and f.start + f.length <= end]
        layout.setFormats(wanted)
        self._document.markContentsDirty(block.position(), block.length())

    def _parts(self, text: str, in_code: bool) -> Iterator[QTextLayout.FormatRange]:
        to_utf16 = utf16_positions(text)
        for span in spans(text, in_code):
            if span.kind is SpanKind.EMPHASIS and not text.isascii():
                yield from self._emphasis(text, span, to_utf16)
            elif span.kind in self._formats:
                yield _range(to_utf16(span.start), to_utf16(span.end), self._formats[span.kind])

    def _emphasis(self, text: str, span: Span, to_utf16: Positions) -> Iterator[QTextLayout.FormatRange]:
        """Han characters are never slanted; they get the dots that Chinese emphasises with."""
        at, slanted = span.start, self._formats[SpanKind.EMPHASIS]
        for run in _HAN.finditer(text, span.start, span.end):
            for begin, stop, look in (
                (at, run.start(), slanted),
                (*run.span(), self._han_emphasis),
            ):
                if begin < stop:
                    yield _range(to_utf16(begin), to_utf16(stop), look)
            at = run.end()
        if at < span.end:
            yield _range(to_utf16(at), to_utf16(span.end), slanted)


def _range(start: int, end: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
    part = QTextLayout.FormatRange()
    part.start, part.length, part.format = start, end - start, look
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
