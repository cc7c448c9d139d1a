"""A bridge from signals of the system to Qt's event loop.

Python runs its signal handlers only between bytecodes, so the wake-up descriptor is watched by Qt.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier


class UnixSignals(QObject):
    """A handler that calls `stop` in the main thread on SIGTERM and SIGINT."""

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__()
        self._stop = stop
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._old_descriptor = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._old_handlers = {
            number: signal.signal(number, self._record_signal) for number in (signal.SIGTERM, signal.SIGINT)
        }
        self._pending = False
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._dispatch)

    def close(self) -> None:
        """Restore the previous handlers."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        self._read.close()
        self._write.close()

    def _record_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._pending = True

    def _dispatch(self) -> None:
        self._read.recv(64)
        if self._pending:
            self._pending = False
            self._stop()
