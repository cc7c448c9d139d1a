"""A progress dialog for long work, with a way to stop it; short work shows nothing."""

from __future__ import annotations

from threading import Event
from types import TracebackType

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressDialog, QWidget

from writer.ui.common.widgets import Label

_PATIENCE_MS = 700
"""How long something takes before it is shown."""


class ProgressDialog(QProgressDialog):
    """While it is entered, and after a moment, tells `text` and offers to stop, which sets `stop`."""

    def __init__(self, window: QWidget, text: str, stop: Event) -> None:
        super().__init__(window)
        self._stop = stop
        self.setLabel(Label(text, alignment=Qt.AlignmentFlag.AlignCenter))
        self.setCancelButtonText(self.tr("Stop"))
        self.setRange(0, 0)
        self.reset()  # it has a clock of its own, which does not know how long this takes
        self._wait = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._wait.timeout.connect(self.show)

    def __enter__(self) -> None:
        self.canceled.connect(self._stop.set)
        self._wait.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._wait.stop()
        self.canceled.disconnect(self._stop.set)
        self.close()
        self.deleteLater()
