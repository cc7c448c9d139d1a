"""What a running training is told: lines on standard input, and the system's wish that it ends.

A wish is noted at once and followed between two steps, where everything can be saved.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Literal, TextIO

from writer.base.progress import Cancelled

Command = Literal["", "pause", "resume", "cancel", "stop"]
_COMMANDS: dict[str, Command] = {"pause": "pause", "resume": "resume", "cancel": "cancel", "stop": "stop"}


class StoppedEarly(Cancelled):
    """The training ends before its last step; `cancelled` says that nothing of it is wanted any more."""

    def __init__(self, step: int, cancelled: bool) -> None:
        super().__init__()
        self.step = step
        self.cancelled = cancelled


class TrainingControl:
    """The last wish. "stop" (save and end) and "cancel" are final."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._command: Command = ""

    @property
    def command(self) -> Command:
        """What is wanted now; "" for going on."""
        return self._command

    def send(self, command: Command) -> None:
        """Note a wish. Safe in a signal's handler: the condition's lock may be held by the same thread."""
        if self._command in ("stop", "cancel"):
            return
        with self._changed:
            self._command = "" if command == "resume" else command
            self._changed.notify_all()

    def should_stop(self) -> bool:
        """Whether to end where nothing has to be saved: before the fitting, and after it."""
        return self._command in ("stop", "cancel")

    def wait_while_paused(self, seconds: float = math.inf) -> None:
        """Return when something other than a pause is wanted, or so many seconds later."""
        end = time.monotonic() + seconds
        with self._changed:
            while self._command == "pause" and time.monotonic() < end:
                self._changed.wait(timeout=0.5)  # lets signals through

    def listen(self, stream: TextIO) -> None:
        """Follow the lines of `stream` from now on, in a thread that ends with the process."""
        threading.Thread(target=self._read, args=(stream,), name="control", daemon=True).start()

    def install_signal_handlers(self) -> Callable[[], None]:
        """Let SIGTERM and SIGINT mean "stop"; returns what puts the old handlers back."""
        numbers = [signal.SIGTERM, signal.SIGINT]
        old = {number: signal.signal(number, self._on_signal) for number in numbers}

        def restore() -> None:
            for number, handler in old.items():
                signal.signal(number, handler)

        return restore

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._command not in ("stop", "cancel"):
            self._command = "stop"  # no lock: the handler may run while this thread holds it

    def _read(self, stream: TextIO) -> None:
        for line in stream:
            command = _COMMANDS.get(line.strip())
            if command:
                self.send(command)


def standard_input() -> TextIO | None:
    """Standard input where there is one."""
    return sys.stdin if sys.stdin is not None and not sys.stdin.closed else None
