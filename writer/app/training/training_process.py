"""The child process of a training or of its preview: events come up as JSON lines, commands go down.

The child is `writer train … --json`. Whatever happens to it, the window lives on.
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
    """At most one child at a time. Used from the loop's thread."""

    told = Signal(object)
    """An Event of `training.job`."""

    ended = Signal()
    """The child is gone, or could not be started."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._rest = b""

    @property
    def is_alive(self) -> bool:
        """Whether there is a child."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The child's process, 0 where there is none."""
        return self._process.processId() if self._process is not None else 0

    def start(self, words: list[str]) -> None:
        """Start `writer train` with these words, unless there is a child."""
        if self._process is not None:
            return
        program, *first = paths.program()
        self._process = process = QProcess(self)
        process.setProgram(program)
        process.setArguments([*first, "train", *words, "--json"])
        process.setStandardErrorFile(os.devnull)
        process.readyReadStandardOutput.connect(self._read)
        process.started.connect(self._slow_down)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._not_started)
        self._rest = b""
        process.start()

    def tell(self, word: str) -> None:
        """Say a word to the child: "pause", "resume", "stop" or "cancel"."""
        if self._process is not None:
            self._process.write(f"{word}\n".encode())

    def end(self, word: str, patience: float) -> None:
        """Say the word that ends it, and kill it after `patience` seconds if it has not followed."""
        self.tell(word)
        if self._process is not None:
            QTimer.singleShot(round(patience * 1000), self._process, self._process.kill)

    async def gone(self) -> None:
        """Wait until there is no child."""
        if self._process is not None:
            ended = asyncio.Event()
            self._process.finished.connect(lambda *_ended: ended.set())
            await ended.wait()

    def _slow_down(self) -> None:
        if self._process is not None:
            lower_priority(self.pid)

    def _read(self) -> None:
        """Hand on the events that have arrived; what is no whole line yet waits."""
        if self._process is None:
            return
        *lines, self._rest = (self._rest + self._process.readAllStandardOutput().data()).split(b"\n")
        for line in lines:
            event = events.load(line.decode("utf-8", errors="replace"))
            if event is not None:
                self.told.emit(event)

    def _ended(self) -> None:
        self._read()
        process, self._process = self._process, None
        if process is not None:
            log.info("writer train ended with %s", process.exitCode())
            process.deleteLater()
        self.ended.emit()

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._ended()
