"""A training runs in a child of the window: started, followed and stopped here.

The child is `writer train … --json`. Its events arrive as lines on its standard output, and it is told to
pause, go on or end by words on its standard input. Whatever happens to it, the window lives on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from dataclasses import replace

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from writer import paths
from writer.app import learning
from writer.app.learning import Learning
from writer.training import job
from writer.training.folder import Runs
from writer.training.job import Wish

log = logging.getLogger(__name__)

GENTLY = 10
"""The niceness of the child: who writes comes first."""

PATIENCE_MS = 20_000
"""How long the child may take to save and end before it is ended."""


class Personalising(QObject):
    """One training at a time, and what is known of it. Used from the loop's thread."""

    changed = Signal()
    """`learning` is another one now."""

    published = Signal(str, bool)
    """The id of a personal model that is here now, and whether it writes from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.learning = Learning()
        self._child: QProcess | None = None
        self._rest = b""

    def start(self, wish: Wish) -> None:
        """Learn from a folder, unless a training is running."""
        self._run(arguments(wish))

    def resume(self, run: str) -> None:
        """Go on with a training that was stopped, or that a crash ended."""
        self._run(["--resume", run])

    def discard(self, run: str) -> None:
        """Forget a training that was not finished."""
        for kept in Runs().unfinished():
            if kept.id == run:
                kept.discard()
        self._become(Learning())

    def pause(self) -> None:
        """Let the training save itself and wait."""
        self._tell("pause")

    def go_on(self) -> None:
        """End the pause."""
        self._tell("resume")

    def stop(self) -> None:
        """Let the training save itself and end; it can be gone on with at any time."""
        self._end("stop")

    def cancel(self) -> None:
        """End the training and forget it."""
        self._end("cancel")

    def unfinished(self) -> tuple[str, ...]:
        """The trainings that can be gone on with, newest last; none while one is running."""
        return () if self.learning.is_alive else tuple(run.id for run in Runs().unfinished())

    async def close(self) -> None:
        """Let a running training save itself, and wait for its end; the window is closed already."""
        if self._child is None:
            return
        ended = asyncio.Event()
        self._child.finished.connect(lambda *_ended: ended.set())
        self.stop()
        await ended.wait()

    def _run(self, words: list[str]) -> None:
        if self._child is not None:
            return
        program, *first = paths.program()
        self._child = child = QProcess(self)
        child.setProgram(program)
        child.setArguments([*first, "train", *words, "--json"])
        child.setStandardErrorFile(os.devnull)
        child.readyReadStandardOutput.connect(self._read)
        child.started.connect(self._slow_down)
        child.finished.connect(self._ended)
        child.errorOccurred.connect(self._not_started)
        self._rest = b""
        self._become(learning.begun())
        child.start()

    def _slow_down(self) -> None:
        if self._child is not None and hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._child.processId(), GENTLY)

    def _read(self) -> None:
        """Follow the events that have arrived; what is no whole line yet waits."""
        if self._child is None:
            return
        *lines, self._rest = (self._rest + self._child.readAllStandardOutput().data()).split(b"\n")
        for line in lines:
            event = job.load(line.decode("utf-8", errors="replace"))
            if event is not None:
                self._follow(event)

    def _follow(self, event: job.Event) -> None:
        self._become(learning.after(self.learning, event))
        if isinstance(event, job.Published):
            self.published.emit(event.model, event.live)

    def _tell(self, word: str) -> None:
        if self._child is not None:
            self._child.write(f"{word}\n".encode())

    def _end(self, word: str) -> None:
        child = self._child
        if child is None:
            return
        self._become(replace(self.learning, phase="stopping", left=None))
        self._tell(word)
        QTimer.singleShot(PATIENCE_MS, child, child.kill)

    def _ended(self) -> None:
        self._read()
        child, self._child = self._child, None
        if child is not None:
            log.info("the training ended with %s", child.exitCode())
            child.deleteLater()
        self._become(learning.ended(self.learning))

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._ended()

    def _become(self, state: Learning) -> None:
        self.learning = state
        self.changed.emit()


def arguments(wish: Wish) -> list[str]:
    """The words of `writer train` that stand for a wish; what is left to the plan is left out."""
    words = [wish.folder, "--name", wish.personal]
    if wish.base:
        words += ["--base", wish.base]
    if wish.method:
        words += ["--method", wish.method]
    if wish.max_steps:
        words += ["--max-steps", str(wish.max_steps)]
    for pattern in wish.excluded:
        words += ["--exclude", pattern]
    return words
