"""The character formats of Markdown's spans and lines."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat

from writer.text.markdown import SpanKind
from writer.ui.common.theme_files import Colours
from writer.ui.editor.ghost_text import WHOLE_LINE
from writer.ui.editor.looks.line_kind import LineKind

_MONOSPACED = (
    *("Source Code Pro", "Cascadia Mono", "Menlo", "Consolas", "Noto Sans Mono", "DejaVu Sans Mono"),
    "monospace",
)
"""The families of code; the text's own follow for the characters that they have not."""

_MONOSPACED_SIZE = 0.86
"""The size of code as a multiple of the text's: its letters are wider and taller."""

_HEADING_SIZES = (1.0, 1.7, 1.4, 1.2, 1.08, 1.0, 1.0)
"""The sizes of headings by their level, as multiples of the text's."""


class Formats:
    """The formats in the colours of a theme, for a text in `font`."""

    def __init__(self, colours: Colours, font: QFont) -> None:
        self.font = QFont(font)
        self.han_emphasis = QTextCharFormat()
        self.han_emphasis.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        self._spans = {kind: QTextCharFormat() for kind in SpanKind}
        self._spans[SpanKind.HEADING].setFontWeight(QFont.Weight.Bold)
        self._spans[SpanKind.STRONG].setFontWeight(QFont.Weight.Bold)
        self._spans[SpanKind.EMPHASIS].setFontItalic(True)
        self._spans[SpanKind.STRIKETHROUGH].setFontStrikeOut(True)
        for kind in (SpanKind.CODE, SpanKind.QUOTE):
            self._spans[kind].setForeground(QColor(colours.muted))
        self._spans[SpanKind.LINK].setForeground(QColor(colours.accent))
        self._spans[SpanKind.MARKUP].setForeground(QColor(colours.ghost))
        self._spans[SpanKind.MARKUP].setFontWeight(QFont.Weight.Normal)
        self._set_monospaced(self._spans[SpanKind.CODE])
        self._headings = [self._heading(size) for size in _HEADING_SIZES]
        self._code = QTextCharFormat()
        self._set_monospaced(self._code)
        self._code.setProperty(WHOLE_LINE, True)

    def of_span(self, kind: SpanKind) -> QTextCharFormat:
        """The format of a span."""
        return self._spans[kind]

    def of_line(self, kind: LineKind, level: int) -> QTextCharFormat | None:
        """The format of a whole line, into which also ghost text and compositions go; None for text."""
        if kind is LineKind.HEADING:
            return self._headings[level]
        return self._code if kind in (LineKind.CODE, LineKind.TABLE) else None

    @cached_property
    def han_in_table(self) -> QTextCharFormat:
        """The format of Han in a table: a character is as wide as two letters, whatever its face."""
        font = QFont(self.font)
        font.setFamilies([*_MONOSPACED, *self.font.families()])
        font.setPointSizeF(self._points(_MONOSPACED_SIZE))
        font.setFixedPitch(True)
        metrics = QFontMetricsF(font)
        found = QTextCharFormat()
        found.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
        found.setFontLetterSpacing(2 * metrics.horizontalAdvance("0") - metrics.horizontalAdvance("中"))
        return found

    def _heading(self, size: float) -> QTextCharFormat:
        char_format = QTextCharFormat()
        char_format.setFontPointSize(self._points(size))
        char_format.setFontWeight(QFont.Weight.Bold)
        char_format.setProperty(WHOLE_LINE, True)
        return char_format

    def _set_monospaced(self, char_format: QTextCharFormat) -> None:
        char_format.setFontFamilies([*_MONOSPACED, *self.font.families()])
        char_format.setFontPointSize(self._points(_MONOSPACED_SIZE))
        char_format.setFontFixedPitch(True)

    def _points(self, size: float) -> float:
        return max(1.0, round(self.font.pointSizeF() * size, 1))
