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

GRACE_SECONDS = 20.0
"""The time that the child has to save a checkpoint and end before it is killed."""


class TrainingService(QObject):
    """Trainings in a child process, one at a time, and their state. Used from the loop's thread."""

    changed = Signal()
    """`state` changed."""

    published = Signal(str, bool)
    """The id of a published personal model, and whether it is used from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.state = TrainingState()
        self._process = TrainingProcess(self)
        self._process.event_received.connect(self._apply)
        self._process.ended.connect(lambda: self._set_state(training_state.process_ended(self.state)))

    def start(self, request: TrainingRequest) -> None:
        """Start a training, unless one is running."""
        self._run(command_arguments(request))

    def resume(self, run: str) -> None:
        """Continue the run of this id, which was stopped or crashed."""
        self._run(["--resume", run])

    def discard(self, run: str) -> None:
        """Delete the unfinished run of this id."""
        for run_folder in TrainingRuns().unfinished():
            if run_folder.id == run:
                run_folder.discard()
        self._set_state(TrainingState())

    def require_idle(self) -> None:
        """Raise BusyError while a training is running."""
        if self.state.is_alive:
            raise still_running()

    def reset(self) -> None:
        """Reset the state after all unfinished runs were deleted."""
        if not self.state.is_alive:
            self._set_state(TrainingState())

    def pause(self) -> None:
        """Let the training save a checkpoint and pause."""
        self._process.send("pause")

    def unpause(self) -> None:
        """Continue the paused training."""
        self._process.send("resume")

    def stop(self) -> None:
        """Let the training save a checkpoint and end; it can be resumed."""
        self._end("stop")

    def cancel(self) -> None:
        """End the training and delete its run."""
        self._end("cancel")

    def unfinished(self) -> tuple[str, ...]:
        """The ids of runs that can be resumed, newest last; none while a training is running."""
        return () if self.state.is_alive else tuple(run.id for run in TrainingRuns().unfinished())

    async def close(self) -> None:
        """Stop a running training, with a checkpoint, and wait for the end of its process."""
        self.stop()
        await self._process.wait()

    def _run(self, arguments: list[str]) -> None:
        if not self._process.is_alive:
            self._set_state(training_state.started())
            self._process.start(arguments)

    def _apply(self, event: events.Event) -> None:
        self._set_state(training_state.after_event(self.state, event))
        if isinstance(event, events.Published):
            self.published.emit(event.model, event.live)

    def _end(self, command: str) -> None:
        if self._process.is_alive:
            self._set_state(replace(self.state, phase="stopping", seconds_left=None))
            self._process.stop(command, GRACE_SECONDS)

    def _set_state(self, state: TrainingState) -> None:
        self.state = state
        self.changed.emit()


def command_arguments(request: TrainingRequest) -> list[str]:
    """The arguments of `writer train` for a request; those that the training plan decides are left out.

    The command asks nothing: whether a home folder may be read is asked before there is a request.
    """
    arguments = [request.folder, "--whole-home", "--name", request.personal]
    if request.base:
        arguments += ["--base", request.base]
    if request.method:
        arguments += ["--method", request.method]
    numbers = {
        "--max-steps": request.max_steps,
        "--epochs": request.epochs,
        "--rank": request.rank,
        "--window": request.window,
        "--rate": request.rate,
    }
    for option, number in numbers.items():
        arguments += [option, str(number)] if number else []
    arguments += [f"--exclude={pattern}" for pattern in request.excluded]
    arguments += [f"--own-address={address}" for address in request.own_addresses]
    return arguments
