"""Zooming with the mouse wheel while Ctrl is pressed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea

_NOTCH = 120
"""The angle of one notch of a wheel, in eighths of a degree; touchpads send parts of it."""

_DELAY_MS = 20
"""The time in which notches are added up, since each change of the size is written to the disk."""


class WheelZoom(QObject):
    """Calls `zoom` with the notches, up positive, by which the wheel is turned over `area` with Ctrl."""

    def __init__(self, area: QAbstractScrollArea, zoom: Callable[[int], None]) -> None:
        super().__init__(area)
        self._zoom = zoom
        self._angle = 0
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self._apply)
        for widget in (area, area.viewport()):
            widget.installEventFilter(self)

    def eventFilter(self, _area: QObject, event: QEvent) -> bool:
        """Take the events of the wheel with Ctrl."""
        if not isinstance(event, QWheelEvent) or event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            return False
        self._angle += event.angleDelta().y()
        self._delay.start()
        return True

    def _apply(self) -> None:
        notches = int(self._angle / _NOTCH)
        self._angle -= notches * _NOTCH
        if notches:
            self._zoom(notches)
