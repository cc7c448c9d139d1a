"""The blinking of the text cursor, which ends some seconds after the last key, since it costs energy."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

BLINKING_MS = 10_000
"""The time for which the cursor blinks after it was moved, as in GTK."""

_SYSTEM = -1
"""The flash time that is the system's."""

_STEADY = 0
"""The flash time of a cursor that stays visible."""


class CaretBlinking(QObject):
    """Lets the cursors of all text fields stay visible some time after one was moved or its field entered."""

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self._rest = QTimer(self, singleShot=True, interval=BLINKING_MS)
        self._rest.timeout.connect(self._stop)
        app.inputMethod().cursorRectangleChanged.connect(self._blink)
        app.focusObjectChanged.connect(self._blink)
        self._blink()

    def _blink(self) -> None:
        if not self._rest.isActive():
            self._app.setCursorFlashTime(_SYSTEM)
        self._rest.start()

    def _stop(self) -> None:
        self._app.setCursorFlashTime(_STEADY)
