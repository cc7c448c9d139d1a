"""The control of a running training: commands from standard input, and the signals SIGTERM and SIGINT.

A command is stored at once and carried out between two steps, where everything can be saved.
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
    """The training ends after `step` steps, before its last; `cancelled` where its run is to be deleted."""

    def __init__(self, step: int, cancelled: bool) -> None:
        super().__init__()
        self.step = step
        self.cancelled = cancelled


class TrainingControl:
    """The pending command, shared between threads. "stop" (save and end) and "cancel" are final."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._command: Command = ""

    @property
    def command(self) -> Command:
        """The pending command; "" while the training is to go on."""
        return self._command

    def send(self, command: Command) -> None:
        """Store a command and wake `wait_while_paused`. Ignored after "stop" or "cancel"."""
        if self._command in ("stop", "cancel"):
            return
        with self._changed:
            self._command = "" if command == "resume" else command
            self._changed.notify_all()

    def should_stop(self) -> bool:
        """Whether the command is "stop" or "cancel": for the stages in which nothing has to be saved."""
        return self._command in ("stop", "cancel")

    def wait_while_paused(self, seconds: float = math.inf) -> None:
        """Return when the command is not "pause" any more, at the latest after `seconds`."""
        end = time.monotonic() + seconds
        with self._changed:
            while self._command == "pause" and time.monotonic() < end:
                self._changed.wait(timeout=0.5)  # lets signals through

    def listen(self, stream: TextIO) -> None:
        """Read commands from `stream`, one a line, in a daemon thread."""
        threading.Thread(target=self._read, args=(stream,), name="control", daemon=True).start()

    def install_signal_handlers(self) -> Callable[[], None]:
        """Let SIGTERM and SIGINT mean "stop"; returns a function that restores the previous handlers."""
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
    """Standard input; None where the process has none."""
    return sys.stdin if sys.stdin is not None and not sys.stdin.closed else None
