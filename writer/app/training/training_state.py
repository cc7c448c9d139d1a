"""The state of a training as one frozen value, advanced by each event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from writer.base.errors import Message
from writer.training import events
from writer.training.events import Compared, Planned, Published, Sample

Phase = Literal["idle", "running", "paused", "stopping", "stopped", "failed", "done"]


@dataclass(frozen=True, slots=True)
class LossPoint:
    """A loss, in nats per token, after so many steps."""

    step: int
    loss: float


@dataclass(frozen=True, slots=True)
class TrainingState:
    """How far a training is.

    `stage`, `done` and `total` tell what happens now (while "fitting", steps), `left` the seconds that it
    will take, None where unknown, `speed` tokens a second. `run` is what can be gone on with, "" where
    nothing can. `sentence` says why nothing came of it.
    """

    phase: Phase = "idle"
    stage: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None
    speed: float = 0.0
    plan: Planned | None = None
    learned: tuple[LossPoint, ...] = ()
    held_out: tuple[LossPoint, ...] = ()
    samples: tuple[Sample, ...] = ()
    comparison: Compared | None = None
    published: Published | None = None
    run: str = ""
    sentence: Message = ""

    @property
    def is_alive(self) -> bool:
        """Whether a child process works on it, or waits to."""
        return self.phase in ("running", "paused", "stopping")


def begun() -> TrainingState:
    """A training whose child has just been started."""
    return TrainingState(phase="running", stage="scanning")


def ended(state: TrainingState) -> TrainingState:
    """The child is gone. Where it said nothing about its end, it ended by a crash or a kill."""
    if not state.is_alive:
        return state
    if state.phase == "stopping":
        return replace(state, phase="stopped")
    sentence = "The training ended unexpectedly; go on with it, or start again. Details are in the log."
    return replace(state, phase="failed", sentence=sentence)


def after(state: TrainingState, event: events.Event) -> TrainingState:
    """What is known once `event` has happened."""
    match event:
        case events.Stage():
            return replace(state, stage=event.stage, done=event.done, total=event.total, left=None)
        case events.Planned():
            return replace(state, plan=event, run=event.run)
        case events.StepFinished():
            return replace(
                state,
                stage="fitting",
                done=event.step,
                total=event.steps,
                left=event.left,
                speed=event.tokens_per_second,
                learned=_with(state.learned, event.step, event.loss),
            )
        case events.Validated():
            samples = event.samples or state.samples
            return replace(state, held_out=_with(state.held_out, event.step, event.loss), samples=samples)
        case events.Paused():
            return replace(state, phase="paused", left=None)
        case events.Resumed():
            return replace(state, phase="running")
        case events.Stopped():
            return replace(state, phase="stopped", run=event.run)
        case events.Compared():
            return replace(state, comparison=event, samples=event.samples or state.samples)
        case events.Published():
            return replace(state, phase="done", published=event, run="")
        case events.TrainingFailed():
            return replace(state, phase="failed", sentence=event.sentence, run=event.run)
    return state


def _with(points: tuple[LossPoint, ...], step: int, loss: float) -> tuple[LossPoint, ...]:
    """The points with one more; those of steps that are done again, after a crash, give way."""
    return (*(point for point in points if point.step < step), LossPoint(step, loss))
