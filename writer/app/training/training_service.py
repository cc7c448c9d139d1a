"""A service that starts, follows and stops a training in a child process."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from writer.app.training import training_state
from writer.app.training.training_process import TrainingProcess
from writer.app.training.training_state import TrainingState
from writer.training import events
from writer.training.events import TrainingRequest
from writer.training.run_folder import TrainingRuns, still_running

PATIENCE = 20.0
"""Seconds that the child may take to save and end before it is ended."""


class TrainingService(QObject):
    """One training at a time, and what is known of it. Used from the loop's thread."""

    changed = Signal()
    """`learning` is another one now."""

    published = Signal(str, bool)
    """The id of a personal model that is here now, and whether it writes from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.learning = TrainingState()
        self._child = TrainingProcess(self)
        self._child.told.connect(self._follow)
        self._child.ended.connect(lambda: self._become(training_state.ended(self.learning)))

    def start(self, request: TrainingRequest) -> None:
        """Learn from a folder, unless a training is running."""
        self._run(arguments(request))

    def resume(self, run: str) -> None:
        """Go on with a training that was stopped, or that a crash ended."""
        self._run(["--resume", run])

    def discard(self, run: str) -> None:
        """Forget a training that was not finished."""
        for kept in TrainingRuns().unfinished():
            if kept.id == run:
                kept.discard()
        self._become(TrainingState())

    def require_idle(self) -> None:
        """Raise BusyError while a training is running."""
        if self.learning.is_alive:
            raise still_running()

    def forget(self) -> None:
        """Follow that all trainings that were not finished have been deleted."""
        if not self.learning.is_alive:
            self._become(TrainingState())

    def pause(self) -> None:
        """Let the training save itself and wait."""
        self._child.tell("pause")

    def go_on(self) -> None:
        """End the pause."""
        self._child.tell("resume")

    def stop(self) -> None:
        """Let the training save itself and end; it can be gone on with at any time."""
        self._end("stop")

    def cancel(self) -> None:
        """End the training and forget it."""
        self._end("cancel")

    def unfinished(self) -> tuple[str, ...]:
        """The trainings that can be gone on with, newest last; none while one is running."""
        return () if self.learning.is_alive else tuple(run.id for run in TrainingRuns().unfinished())

    async def close(self) -> None:
        """Let a running training save itself, and wait for its end; the window is closed already."""
        self.stop()
        await self._child.gone()

    def _run(self, words: list[str]) -> None:
        if not self._child.is_alive:
            self._become(training_state.begun())
            self._child.start(words)

    def _follow(self, event: events.Event) -> None:
        self._become(training_state.after(self.learning, event))
        if isinstance(event, events.Published):
            self.published.emit(event.model, event.live)

    def _end(self, word: str) -> None:
        if self._child.is_alive:
            self._become(replace(self.learning, phase="stopping", left=None))
            self._child.end(word, PATIENCE)

    def _become(self, state: TrainingState) -> None:
        self.learning = state
        self.changed.emit()


def arguments(request: TrainingRequest) -> list[str]:
    """The words of `writer train` that stand for a wish; what is left to the plan is left out."""
    words = [request.folder, "--name", request.personal]
    if request.base:
        words += ["--base", request.base]
    if request.method:
        words += ["--method", request.method]
    if request.max_steps:
        words += ["--max-steps", str(request.max_steps)]
    words += [f"--exclude={pattern}" for pattern in request.excluded]
    return words
