"""A progress dialog with a Stop button for long jobs; short ones show nothing."""

from __future__ import annotations

from threading import Event
from types import TracebackType

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QProgressDialog, QWidget

from writer.ui.common.dialogs import TITLE
from writer.ui.common.widgets import Label

_DELAY_MS = 700
"""The time after which the dialog is shown."""


class ProgressDialog(QProgressDialog):
    """A context manager that shows `text` after a delay; the Stop button sets `cancelled`."""

    def __init__(self, window: QWidget, text: str, cancelled: Event) -> None:
        super().__init__(window)
        self._cancelled = cancelled
        self.setWindowTitle(TITLE)
        self.setLabel(Label(text, alignment=Qt.AlignmentFlag.AlignCenter))
        self.setCancelButtonText(self.tr("Stop"))
        self.setRange(0, 0)
        self.reset()  # stops the timer of QProgressDialog, which estimates the duration itself
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self.show)

    def __enter__(self) -> None:
        self.canceled.connect(self._cancelled.set)
        self._delay.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._delay.stop()
        self.canceled.disconnect(self._cancelled.set)
        self.close()
        self.deleteLater()
