"""The looks of Markdown: sizes of headings, places of marks, faces, weight, slant and colours.

A block is formatted when it is laid out, which is when it shows, so that the cost does not depend on the
document's length; QSyntaxHighlighter formats all blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QFont, QTextBlock, QTextCharFormat, QTextDocument, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit

from writer.text.markdown import Span, SpanKind, spans
from writer.text.structure.tables import delimiters, row
from writer.text.utf16 import Positions, utf16_length, utf16_positions
from writer.ui.common.theme_files import Colours
from writer.ui.editor.headings import Headings
from writer.ui.editor.looks.block_look import BlockLook, MarkPlace
from writer.ui.editor.looks.formats import Formats
from writer.ui.editor.looks.images.image_file import image_name
from writer.ui.editor.looks.line_kind import LineKind, line_kind

_HAN = re.compile("[⺀-鿿豈-﫿︰-﹏＀-￯\U00020000-\U0003134f]+")
"""Runs of Han characters and their punctuation."""

_TIGHT_KINDS = (LineKind.CODE, LineKind.TABLE)
_PLACES = {LineKind.HEADING: MarkPlace.MARGIN, LineKind.LIST: MarkPlace.HANGING}


class Highlighter(QObject):
    """The looks of the blocks of `editor`. `headings` knows the code blocks of its document."""

    def __init__(self, editor: QPlainTextEdit, headings: Headings, colours: Colours) -> None:
        super().__init__(headings)
        self._editor = editor
        self._headings = headings
        self._document: QTextDocument = headings.document
        self._is_on = True
        self._version = 0
        self._colours = colours
        self._formats = Formats(colours, QFont())
        self._image_height: Callable[[QTextBlock], float] = lambda _block: 0.0
        headings.code_changed.connect(self._repaint)

    def set_image_height(self, height: Callable[[QTextBlock], float]) -> None:
        """Set the function that returns the pixels of the image below a block."""
        self._image_height = height

    def apply_colours(self, colours: Colours) -> None:
        """Set the colours of a theme."""
        self._colours = colours
        self._formats = Formats(colours, self._formats.font)
        self._invalidate()

    def switch(self, on: bool) -> None:
        """Turn the formatting on or off."""
        if on != self._is_on:
            self._is_on = on
            self._invalidate()

    def kind(self, block: QTextBlock) -> LineKind:
        """The kind of a block."""
        return line_kind(block.text(), self._headings.is_code(block.blockNumber()))[0]

    def state(self, block: QTextBlock) -> int:
        """See `BlockLooks`."""
        return 2 * self._version + self._headings.is_code(block.blockNumber())

    def look(self, block: QTextBlock) -> BlockLook:
        """See `BlockLooks`."""
        if not self._is_on:
            return BlockLook()
        font = self._document.defaultFont()
        if font != self._formats.font:
            self._formats = Formats(self._colours, font)
        text = block.text()
        in_code = self._headings.is_code(block.blockNumber())
        kind, marks, level = line_kind(text, in_code)
        whole = self._formats.of_line(kind, level)
        formats = [_range(0, utf16_length(text), whole)] if whole and text else []
        formats += self._format_ranges(text, in_code, without=SpanKind.HEADING if level else None)
        if kind is LineKind.TABLE:
            formats += self._table_ranges(text)
        if kind is LineKind.TABLE and not text.isascii():
            to_utf16, spaced = utf16_positions(text), self._formats.han_in_table
            formats += [
                _range(to_utf16(run.start()), to_utf16(run.end()), spaced) for run in _HAN.finditer(text)
            ]
        place = _PLACES.get(kind, MarkPlace.INLINE)
        has_below = kind is LineKind.TEXT and bool(image_name(text))
        return BlockLook(formats, marks, place, level, kind in _TIGHT_KINDS, has_below)

    def height_below(self, block: QTextBlock) -> float:
        """See `BlockLooks`."""
        return self._image_height(block)

    def _invalidate(self) -> None:
        self._version += 1
        self._repaint()

    def _repaint(self) -> None:
        self._editor.viewport().update()

    def _format_ranges(
        self, text: str, in_code: bool, without: SpanKind | None
    ) -> Iterator[QTextLayout.FormatRange]:
        to_utf16 = utf16_positions(text)
        for span in spans(text, in_code):
            if span.kind is without:
                continue
            if span.kind is SpanKind.EMPHASIS and not text.isascii():
                yield from self._emphasis(text, span, to_utf16)
            else:
                yield _range(to_utf16(span.start), to_utf16(span.end), self._formats.of_span(span.kind))

    def _table_ranges(self, text: str) -> Iterator[QTextLayout.FormatRange]:
        """The formats of a row's pipes, and of a whole delimiter row."""
        pale, to_utf16 = self._formats.of_span(SpanKind.MARKUP), utf16_positions(text)
        found = row(text)
        if delimiters(text):
            yield _range(0, utf16_length(text), pale)
        elif found is not None:
            ends = {place for cell in found.cells for place in (cell.left - 1, cell.right)}
            for place in sorted(ends):
                if text[place : place + 1] == "|":
                    yield _range(to_utf16(place), to_utf16(place + 1), pale)

    def _emphasis(self, text: str, span: Span, to_utf16: Positions) -> Iterator[QTextLayout.FormatRange]:
        """The formats of emphasis: Han characters get emphasis dots instead of a slant."""
        at, slanted = span.start, self._formats.of_span(SpanKind.EMPHASIS)
        for run in _HAN.finditer(text, span.start, span.end):
            for begin, stop, char_format in (
                (at, run.start(), slanted),
                (*run.span(), self._formats.han_emphasis),
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
