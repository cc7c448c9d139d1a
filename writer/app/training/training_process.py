"""The child process of a training or a preview: sends events as JSON lines, reads commands.

The child is `writer train … --json`. A crash of it does not affect the window.
"""

from __future__ import annotations

import asyncio
import logging
import os

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from writer.base import paths
from writer.base.child_process import lower_priority
from writer.training import events

log = logging.getLogger(__name__)


class TrainingProcess(QObject):
    """A `writer train` process, one at a time. Used from the loop's thread."""

    event_received = Signal(object)
    """An Event of `training.events`."""

    ended = Signal()
    """The process ended, or could not be started."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._partial_line = b""

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process id, 0 where there is no process."""
        return self._process.processId() if self._process is not None else 0

    def start(self, arguments: list[str]) -> None:
        """Start `writer train` with `arguments`, unless a process is running."""
        if self._process is not None:
            return
        program, *first = paths.program()
        self._process = process = QProcess(self)
        process.setProgram(program)
        process.setArguments([*first, "train", *arguments, "--json"])
        process.setStandardErrorFile(os.devnull)
        process.readyReadStandardOutput.connect(self._read)
        process.started.connect(self._lower_priority)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._failed)
        self._partial_line = b""
        process.start()

    def send(self, command: str) -> None:
        """Send a command: "pause", "resume", "stop" or "cancel"."""
        if self._process is not None:
            self._process.write(f"{command}\n".encode())

    def stop(self, command: str, seconds: float) -> None:
        """Send the command that ends the process, and kill it after `seconds` if it is still running."""
        self.send(command)
        if self._process is not None:
            QTimer.singleShot(round(seconds * 1000), self._process, self._process.kill)

    async def wait(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            ended = asyncio.Event()
            self._process.finished.connect(lambda *_ended: ended.set())
            await ended.wait()

    def _lower_priority(self) -> None:
        if self._process is not None:
            lower_priority(self.pid)

    def _read(self) -> None:
        """Emit the events of all complete lines."""
        if self._process is None:
            return
        *lines, self._partial_line = (
            self._partial_line + self._process.readAllStandardOutput().data()
        ).split(b"\n")
        for line in lines:
            event = events.load(line.decode("utf-8", errors="replace"))
            if event is not None:
                self.event_received.emit(event)

    def _ended(self) -> None:
        self._read()
        process, self._process = self._process, None
        if process is not None:
            log.info("writer train ended with %s", process.exitCode())
            process.deleteLater()
        self.ended.emit()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._ended()
