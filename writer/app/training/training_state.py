"""The state of a training as a frozen value, and its transitions by events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from writer.base.errors import Message
from writer.training import events
from writer.training.events import Compared, Planned, Published, Sample

Phase = Literal["idle", "running", "paused", "stopping", "stopped", "failed", "done"]


@dataclass(frozen=True, slots=True)
class LossPoint:
    """A loss in nats per token after so many optimizer steps."""

    step: int
    loss: float


@dataclass(frozen=True, slots=True)
class FinishedTraining:
    """The training of one language that is done, while that of another one runs."""

    comparison: Compared | None
    published: Published


@dataclass(frozen=True, slots=True)
class TrainingState:
    """The state of a training.

    `stage`, `done` and `total` are those of the current stage (in "fitting", optimizer steps). `seconds_left`
    is the time to the end of the proof, None where unknown; `speed` is in tokens per second. `run` is the id
    of a run that can be resumed, "" where there is none. `sentence` says why the training failed. `earlier`
    are the trainings of other languages that this process finished before.
    """

    phase: Phase = "idle"
    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    speed: float = 0.0
    plan: Planned | None = None
    training_losses: tuple[LossPoint, ...] = ()
    held_out_losses: tuple[LossPoint, ...] = ()
    samples: tuple[Sample, ...] = ()
    comparison: Compared | None = None
    published: Published | None = None
    run: str = ""
    sentence: Message = ""
    earlier: tuple[FinishedTraining, ...] = ()

    @property
    def is_alive(self) -> bool:
        """Whether a child process is running."""
        return self.phase in ("running", "paused", "stopping")


def started() -> TrainingState:
    """The state of a training whose process was started."""
    return TrainingState(phase="running", stage="scanning")


def process_ended(state: TrainingState) -> TrainingState:
    """The state after the process ended; a failure where no event announced the end."""
    if not state.is_alive:
        return state
    if state.phase == "stopping":
        return replace(state, phase="stopped")
    sentence = "The training ended unexpectedly; go on with it, or start again. Details are in the log."
    return replace(state, phase="failed", sentence=sentence)


def after_event(state: TrainingState, event: events.Event) -> TrainingState:
    """The state after an event."""
    match event:
        case events.Stage():
            return replace(
                state, stage=event.stage, done=event.done, total=event.total, seconds_left=event.left
            )
        case events.Planned():
            return replace(state, plan=event, run=event.run)
        case events.StepFinished():
            return replace(
                state,
                stage="fitting",
                done=event.step,
                total=event.steps,
                seconds_left=event.left,
                speed=event.tokens_per_second,
                training_losses=_append_loss(state.training_losses, event.step, event.loss),
            )
        case events.Validated():
            samples = event.samples or state.samples
            return replace(
                state,
                held_out_losses=_append_loss(state.held_out_losses, event.step, event.loss),
                samples=samples,
            )
        case events.Paused():
            return replace(state, phase="paused", seconds_left=None)
        case events.Resumed():
            return replace(state, phase="running")
        case events.Stopped():
            return replace(state, phase="stopped", run=event.run)
        case events.Compared():
            return replace(state, comparison=event, samples=event.samples or state.samples)
        case events.Published(more=True):
            finished = FinishedTraining(state.comparison, event)
            return replace(started(), earlier=(*state.earlier, finished))
        case events.Published():
            return replace(state, phase="done", published=event, run="")
        case events.TrainingFailed():
            return replace(state, phase="failed", sentence=event.sentence, run=event.run)
    return state


def _append_loss(points: tuple[LossPoint, ...], step: int, loss: float) -> tuple[LossPoint, ...]:
    """The points with a new one; points of the same or later steps, from before a crash, are dropped."""
    return (*(point for point in points if point.step < step), LossPoint(step, loss))
