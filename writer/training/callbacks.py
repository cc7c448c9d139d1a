"""The Lightning callbacks that run after each step: progress, validation, checkpoints and pauses."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback, Trainer

from writer.training.checkpoints import save_trainable_weights
from writer.training.control import Command, StoppedEarly, TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.events import OnEvent, Paused, Replanned, Resumed, Sample, Saved, StepFinished, Validated
from writer.training.forgetting.general_text import MOST_RISE
from writer.training.lightning_module import FineTuningModule
from writer.training.run_folder import TrainingRun
from writer.training.timing.pace import Pace

_SPEED_STEPS = 20
"""Steps over which the speed is averaged."""

_NOTICEABLE = 0.1
"""The share by which the steps differ from those that were told before they are told again."""

_BROADCAST_SECONDS = 60.0
"""Seconds between two broadcasts of the first process during a pause; without them the others time out."""

SampleFunction = Callable[[Any], tuple[Sample, ...]]
"""Gives continuations of held-out texts by the model that is being trained."""


class ProgressCallback(Callback):
    """Reports a `StepFinished` after each step: loss, speed and time left; keeps the time of the plan.

    `pace` measures the steps. Where those of the plan do not fit into its time, there are fewer or more from
    then on, which is told where it is noticeable. `later` gives the seconds of the stages after the fit, from
    those of training on one sequence.
    """

    def __init__(
        self,
        run: TrainingRun,
        on_event: OnEvent,
        pace: Pace,
        later: Callable[[float], float] = lambda _sequence: 0.0,
    ) -> None:
        self._run = run
        self._on_event = on_event
        self._pace = pace
        self._later = later
        self._tokens: deque[int] = deque(maxlen=_SPEED_STEPS)
        self._told = 0

    @property
    def state_key(self) -> str:
        """The name of this callback's state in checkpoints."""
        return "Pace"

    def state_dict(self) -> dict[str, Any]:
        """The state for a checkpoint."""
        return self._pace.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self._pace.load_state_dict(state_dict)

    def on_train_batch_start(self, trainer: Trainer, module: Any, _batch: Any, _index: int) -> None:
        """Begin to measure the step."""
        self._pace.begin_step(module.plan.validates_after(trainer.global_step))

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, _index: int
    ) -> None:
        """Report the step; `outputs["loss"]` is its mean loss, a float32 tensor [], in nats per token."""
        loss = float(trainer.strategy.reduce(outputs["loss"], reduce_op="mean"))
        self._pace.end_step()
        self._tokens.append(batch["input_ids"].numel() * trainer.world_size)
        step = trainer.global_step
        self._plan_again(trainer, module, step)
        plan, seconds = module.plan, max(1e-9, self._pace.step_seconds)
        left = self._pace.seconds_left(plan, step) + self._later(seconds / plan.sequences)
        if trainer.is_global_zero:
            speed = sum(self._tokens) / len(self._tokens) / seconds
            self._on_event(StepFinished(step, plan.steps, loss, speed, left))

    def _plan_again(self, trainer: Trainer, module: Any, step: int) -> None:
        """Change the number of steps where they do not fit; only one process has a plan with a limit."""
        before, plan = module.plan, self._pace.plan_again(module.plan, step)
        if plan is before:
            return
        module.plan = plan
        trainer.fit_loop.epoch_loop.max_steps = plan.steps
        self._run.save_plan(plan)
        told = self._told = self._told or before.steps
        if abs(plan.steps - told) > _NOTICEABLE * told:
            self._told = plan.steps
            self._on_event(Replanned(step, told, plan.steps))


class ValidationCallback(Callback):
    """Early stopping on the held-out loss, taken every `Plan.validate_every` steps and after the last one.

    The weights with the lowest loss are saved in `run.best`. Where there is a general text, those of a step
    at which its loss is at most MOST_RISE above the base's come first: another one the verdict refuses.
    Training stops when nothing got better `Plan.patience` times in a row: neither the lowest loss nor, while
    too much is forgotten, the loss on the general text. It also stops where the loss is no number any more.
    """

    def __init__(
        self, run: TrainingRun, texts: TokenDataModule, on_event: OnEvent, sample: SampleFunction
    ) -> None:
        self._run = run
        self._texts = texts
        self._on_event = on_event
        self._sample = sample
        self.best = float("inf")
        self.forgets = True
        self.worse = 0
        self.over = False
        self._general: float | None = None
        self._latest = float("inf")

    @property
    def state_key(self) -> str:
        """The name of this callback's state in checkpoints; the first version gave it."""
        return "Watching"

    def state_dict(self) -> dict[str, Any]:
        """The state for a checkpoint.

        The loss of the saved weights (nats per token), and whether they forget too much; validations since,
        and whether to stop; the losses of the base and of the latest step on the general text.
        """
        return {
            "best": self.best,
            "forgets": self.forgets,
            "worse": self.worse,
            "over": self.over,
            "general": self._general,
            "latest": self._latest,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint; one of an earlier version tells nothing of a general text."""
        self.best, self.worse = state_dict["best"], state_dict["worse"]
        self.over = state_dict["over"]
        self.forgets = state_dict.get("forgets", False)
        self._general = state_dict.get("general", 0.0)
        self._latest = state_dict.get("latest", float("inf"))

    def on_fit_start(self, trainer: Trainer, _module: Any) -> None:
        """Stop at once where the checkpoint was already stopped early."""
        trainer.should_stop = trainer.should_stop or self.over

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        """Take the loss of the base on the general text, before the first step."""
        if self._general is None:
            self._general = self._general_loss(trainer, module)
            self._latest = self._general

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, _outputs: Any, _batch: Any, _index: int
    ) -> None:
        """Validate where it is due, and after the last step."""
        step = trainer.global_step
        if not module.plan.validates_after(step):
            return
        self._validate(trainer, module, step)
        self.over = self.over or self.worse >= module.plan.patience
        trainer.should_stop = trainer.should_stop or self.over

    def _validate(self, trainer: Trainer, module: FineTuningModule, step: int) -> None:
        loss = module.held_out_loss(self._texts.held_out_batches(module.device.type))
        loss = trainer.strategy.broadcast(loss)  # the last bit may differ between cards
        general = self._general_loss(trainer, module)
        forgets = bool(self._general) and general > (self._general or 0.0) + MOST_RISE
        best = math.isfinite(loss) and (forgets, loss) < (self.forgets, self.best)
        self.over = not math.isfinite(loss)
        better = best or (forgets and general < self._latest)
        self.worse = 0 if better else self.worse + 1
        self._latest = general
        if best:
            self.forgets, self.best = forgets, loss
        if trainer.is_global_zero:
            if best:
                save_trainable_weights(module.model, self._run.best)
            self._on_event(Validated(step, loss, best, self._sample(module.model), forgets))

    def _general_loss(self, trainer: Trainer, module: FineTuningModule) -> float:
        """The loss on the general text in nats per token; 0 where there is none."""
        loss: float = trainer.strategy.broadcast(module.held_out_loss(self._texts.general_batches()))
        return loss


class CheckpointCallback(Callback):
    """Saves a checkpoint `every` so many seconds, and carries out the commands of the control.

    It must be the last callback, so that a step is complete when it is saved. Of several processes the first
    decides, by its clock and its control; the others save, wait and end with it. `on_resumed` is called after
    a pause; `clock` gives seconds.
    """

    def __init__(
        self,
        run: TrainingRun,
        control: TrainingControl,
        on_event: OnEvent,
        every: float,
        on_resumed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._control = control
        self._on_event = on_event
        self._every = every
        self._on_resumed = on_resumed
        self._clock = clock
        self._due = clock() + every

    def on_train_start(self, _trainer: Trainer, _module: Any) -> None:
        """Install the control's signal handlers again: Lightning's for SIGTERM ends without saving."""
        self._control.install_signal_handlers()  # what was before, Lightning puts back at the end

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, _outputs: Any, _batch: Any, _index: int
    ) -> None:
        """Save where it is due, after the last step and on a command. Raises StoppedEarly."""
        step = trainer.global_step
        command, due = trainer.strategy.broadcast((self._control.command, self._clock() >= self._due))
        if command == "cancel":
            raise StoppedEarly(step, cancelled=True)
        ends = step >= module.plan.steps or trainer.should_stop
        if command or due or ends:
            self._save(trainer, step)
        if command == "pause":
            command = self._pause(trainer, step)
        if command in ("stop", "cancel") and not ends:
            raise StoppedEarly(step, cancelled=command == "cancel")

    def _save(self, trainer: Trainer, step: int) -> None:
        trainer.save_checkpoint(self._run.checkpoint)
        self._due = self._clock() + self._every
        if trainer.is_global_zero:
            self._on_event(Saved(step))

    def _pause(self, trainer: Trainer, step: int) -> Command:
        """Wait until the pause ends; returns the command then. Other processes wait for the first one's."""
        if trainer.is_global_zero:
            self._on_event(Paused(step))
        command: Command = "pause"
        while command == "pause":
            if trainer.is_global_zero:
                self._control.wait_while_paused(_BROADCAST_SECONDS)
            command = trainer.strategy.broadcast(self._control.command)
        if command not in ("stop", "cancel"):
            self._on_resumed()
            self._due = self._clock() + self._every
            self._on_event(Resumed(step))
        return command
