"""A switch button: a check box drawn as a switch."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

_TRACK = QSize(38, 22)
_RING = 3


class SwitchButton(QCheckBox):
    """A check box painted as a switch, with the same keys, mouse handling and accessibility."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """The size of the track and the focus ring around it."""
        return _TRACK + QSize(2 * _RING, 2 * _RING)

    minimumSizeHint = sizeHint  # noqa: N815

    def hitButton(self, position: QPoint) -> bool:
        """Whether a position is in the switch; all of it can be clicked."""
        return self.rect().contains(position)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint track, knob, and the focus ring."""
        palette = self.palette()
        on = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(_RING + 0.5, _RING + 0.5, _TRACK.width() - 1, _TRACK.height() - 1)
        edge = palette.color(QPalette.ColorRole.Accent if on else QPalette.ColorRole.Mid)
        if not self.isEnabled():
            edge = palette.color(QPalette.ColorRole.Dark)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(edge if on else palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Base) if on else edge)
        painter.drawEllipse(self._knob(track, on))
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = track.adjusted(-2.5, -2.5, 2.5, 2.5)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)

    def _knob(self, track: QRectF, on: bool) -> QRectF:
        """The rectangle of the knob: at the right when on, mirrored in right-to-left layouts."""
        size = track.height() - 8
        on_right = on != (self.layoutDirection() == Qt.LayoutDirection.RightToLeft)
        left = track.right() - size - 4 if on_right else track.left() + 4
        return QRectF(left, track.top() + 4, size, size)
