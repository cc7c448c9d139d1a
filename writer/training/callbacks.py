"""The Lightning callbacks that run after each step: progress, validation, checkpoints and pauses."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback, Trainer

from writer.training.checkpoints import save_trainable_weights
from writer.training.control import Command, StoppedEarly, TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.events import OnEvent, Paused, Resumed, Sample, Saved, StepFinished, Validated
from writer.training.lightning_module import FineTuningModule
from writer.training.run_folder import TrainingRun

_SPEED_STEPS = 20
"""Steps over which the speed is averaged."""

_BROADCAST_SECONDS = 60.0
"""Seconds between two broadcasts of the first process during a pause; without them the others time out."""

SampleFunction = Callable[[Any], tuple[Sample, ...]]
"""Gives continuations of held-out texts by the model that is being trained."""


class ProgressCallback(Callback):
    """Reports a `StepFinished` after each step: loss, speed and time left. `clock` gives seconds."""

    def __init__(self, on_event: OnEvent, clock: Callable[[], float] = time.monotonic) -> None:
        self._on_event = on_event
        self._clock = clock
        self._times: deque[tuple[float, int]] = deque(maxlen=_SPEED_STEPS + 1)
        self._tokens = 0

    def on_train_start(self, _trainer: Trainer, _module: Any) -> None:
        """Start measuring the time."""
        self._times.append((self._clock(), 0))

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, outputs: Any, batch: Any, _index: int
    ) -> None:
        """Report the step; `outputs["loss"]` is its mean loss, a float32 tensor [], in nats per token."""
        loss = float(trainer.strategy.reduce(outputs["loss"], reduce_op="mean"))
        self._tokens += batch["input_ids"].numel() * trainer.world_size
        self._times.append((self._clock(), self._tokens))
        (first, before), (last, now) = self._times[0], self._times[-1]
        elapsed = max(1e-9, last - first)
        step, steps = trainer.global_step, module.plan.steps
        left = (steps - step) * elapsed / (len(self._times) - 1)
        if trainer.is_global_zero:
            self._on_event(StepFinished(step, steps, loss, (now - before) / elapsed, left))

    def skip_pause(self) -> None:
        """Leave the time since the last step out of the speed."""
        tokens = self._tokens
        self._times.clear()
        self._times.append((self._clock(), tokens))


class ValidationCallback(Callback):
    """Early stopping on the held-out loss, taken every `Plan.validate_every` steps and after the last one.

    The weights with the lowest loss are saved in `run.best`. Training stops when the loss was no better
    `Plan.patience` times in a row.
    """

    def __init__(
        self, run: TrainingRun, texts: TokenDataModule, on_event: OnEvent, sample: SampleFunction
    ) -> None:
        self._run = run
        self._texts = texts
        self._on_event = on_event
        self._sample = sample
        self.best = float("inf")
        self.worse = 0
        self.over = False

    @property
    def state_key(self) -> str:
        """The name of this callback's state in checkpoints; the first version gave it."""
        return "Watching"

    def state_dict(self) -> dict[str, Any]:
        """The state for a checkpoint: lowest loss (nats per token), validations since, whether to stop."""
        return {"best": self.best, "worse": self.worse, "over": self.over}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.best, self.worse = state_dict["best"], state_dict["worse"]
        self.over = state_dict["over"]

    def on_fit_start(self, trainer: Trainer, _module: Any) -> None:
        """Stop at once where the checkpoint was already stopped early."""
        trainer.should_stop = trainer.should_stop or self.over

    def on_train_batch_end(
        self, trainer: Trainer, module: Any, _outputs: Any, _batch: Any, _index: int
    ) -> None:
        """Validate where it is due, and after the last step."""
        step = trainer.global_step
        if step % module.plan.validate_every and step < module.plan.steps:
            return
        self._validate(trainer, module, step)
        self.over = self.worse >= module.plan.patience
        trainer.should_stop = trainer.should_stop or self.over

    def _validate(self, trainer: Trainer, module: FineTuningModule, step: int) -> None:
        loss = module.held_out_loss(self._texts.held_out_batches(module.device.type))
        loss = trainer.strategy.broadcast(loss)  # the last bit may differ between cards
        better = loss < self.best
        self.worse = 0 if better else self.worse + 1
        self.best = min(loss, self.best)
        if trainer.is_global_zero:
            if better:
                save_trainable_weights(module.model, self._run.best)
            self._on_event(Validated(step, loss, better, self._sample(module.model)))


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
