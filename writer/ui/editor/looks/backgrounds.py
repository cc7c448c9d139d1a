"""What is painted behind lines: a band behind code, and a bar beside quotations."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTextBlock

from writer.ui.common.theme_files import Colours
from writer.ui.editor.looks.line_kind import LineKind, quote_levels
from writer.ui.editor.looks.line_layout import SpacedLayout
from writer.ui.editor.text_geometry import ShownBlock

_BAND = 10
"""Pixels by which the band of code is wider than the column, at either side."""

_BAR = 3
_BAR_GAP = 12
_BAR_STEP = 7
"""A bar's width, its distance to the column, and that of bars within each other."""

_BAR_OPACITY = 0.5
_MOST_BARS = 3


class BlockBackgrounds:
    """A decoration behind the lines of an editor, of which `kind` tells what they are."""

    def __init__(self, kind: Callable[[QTextBlock], LineKind]) -> None:
        self._kind = kind
        self._band = QColor()
        self._bar = QColor()
        self.is_on = True
        """Whether it paints."""

    def apply_colours(self, colours: Colours) -> None:
        """Set the colours of a theme."""
        self._band, self._bar = QColor(colours.window), QColor(colours.edge)
        self._bar.setAlphaF(_BAR_OPACITY)

    def is_active(self) -> bool:
        """See `Decoration`."""
        return self.is_on

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`."""
        block, area = shown.block, shown.area
        layout = SpacedLayout.of(block.document())
        bottom = area.bottom() if block.next().isValid() else area.top() + layout.height_of(block)
        left, right = area.left() + layout.left, area.left() + layout.left + layout.width
        kind = self._kind(block)
        if kind is LineKind.CODE:
            painter.fillRect(
                QRectF(left - _BAND, area.top(), right - left + 2 * _BAND, bottom - area.top()), self._band
            )
        elif kind is LineKind.LIST:
            is_rtl = block.textDirection() == Qt.LayoutDirection.RightToLeft
            for level in range(min(_MOST_BARS, quote_levels(block.text()))):
                away = _BAR_GAP + level * _BAR_STEP
                x = right + away - _BAR if is_rtl else left - away
                painter.fillRect(QRectF(x, area.top(), _BAR, bottom - area.top()), self._bar)
