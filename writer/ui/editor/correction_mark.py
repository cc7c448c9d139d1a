"""The mark of an offered correction: what was written is struck through, what was meant stands above it.

Both are painted over the text in the colour of ghost text, so that nothing is laid out again or moves.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QPainter, QPalette, QPen, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

from writer.ui.editor.text_geometry import ShownBlock

_SIZE = 0.75
"""The size of what was meant, as a share of the text's."""

_LINE = 1.5
_GAP = 2.0
"""The width of the line through what was written, and the room below what was meant, in pixels."""

_COVER = 0.85
"""The opacity of the page behind what was meant, which may reach into the line above."""


class CorrectionMark:
    """An overlay of `editor` that marks one place of its document, in which `text` was meant."""

    def __init__(self, editor: QPlainTextEdit) -> None:
        self._editor = editor
        self._start = self._end = 0
        self.text = ""

    def show(self, start: int, end: int, text: str) -> None:
        """Mark what stands between two positions (UTF-16) of one block."""
        self._start, self._end, self.text = start, end, text
        self._editor.viewport().update()

    def clear(self) -> None:
        """Mark nothing."""
        if self.text:
            self.text = ""
            self._editor.viewport().update()

    def is_active(self) -> bool:
        """See `Decoration`."""
        return bool(self.text)

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`."""
        at = shown.block.position()
        if not at <= self._start < self._end < at + shown.block.length():
            return
        bands = list(shown.bands(self._start - at, self._end - at))
        if not bands:
            return
        font = QFont(self._editor.font())
        scale = _scale(shown.block, self._start - at, QFontMetricsF(font))
        font.setPixelSize(max(1, round(QFontInfo(font).pixelSize() * scale)))
        metrics = QFontMetricsF(font)
        baseline = bands[0].center().y() + (metrics.ascent() - metrics.descent()) / 2
        middle = baseline - metrics.strikeOutPos() - bands[0].center().y()
        painter.save()
        painter.setPen(QPen(self._editor.palette().color(QPalette.ColorRole.PlaceholderText), _LINE))
        for band in bands:
            y = band.center().y() + middle
            painter.drawLine(QPointF(band.left(), y), QPointF(band.right(), y))
        font.setPixelSize(max(1, round(font.pixelSize() * _SIZE)))
        above, below = baseline - metrics.capHeight() - _GAP, baseline + metrics.descent() + _GAP
        self._write(painter, font, bands[0].left(), above, below)
        painter.restore()

    def _write(self, painter: QPainter, font: QFont, left: float, above: float, below: float) -> None:
        """Write what was meant: it ends at `above`, or begins at `below` where there is no room."""
        metrics = QFontMetricsF(font)
        width, height = metrics.horizontalAdvance(self.text), metrics.capHeight() + metrics.descent()
        top = above - height if above >= height else below
        left = max(0.0, min(left, self._editor.viewport().width() - width))
        page = QColor(self._editor.palette().color(QPalette.ColorRole.Base))
        page.setAlphaF(_COVER)
        painter.fillRect(QRectF(left - 1, top - 1, width + 2, height + 1), page)
        painter.setFont(font)
        painter.drawText(QPointF(left, top + metrics.capHeight()), self.text)


def _scale(block: QTextBlock, position: int, metrics: QFontMetricsF) -> float:
    """How much larger than the editor's font the letters at a position are, as in headings."""
    line = block.layout().lineForTextPosition(position)
    return max(1.0, line.height() / metrics.height()) if line.isValid() else 1.0
