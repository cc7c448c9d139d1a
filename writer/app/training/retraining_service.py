"""A service that lets another base learn the texts of a personal model, while nobody writes.

It decides with `training.retraining.decision` what to do, when something changes and every TICK_MS.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, cast

from PySide6.QtCore import QObject, QTimer, Signal

from writer.app.training.training_service import TrainingService
from writer.app.training.training_state import TrainingState
from writer.base.errors import Message, Sentence, os_reason
from writer.base.task_pool import TaskPool
from writer.models.selection import ModelPreferences
from writer.models.store import ModelStore
from writer.settings.personalise_schema import PERSONALISE_AGAIN
from writer.settings.store import SettingsStore
from writer.settings.value_types import SettingsError
from writer.training.retraining.decision import Answer, Running, Situation, decide
from writer.training.retraining.retraining import Retraining, claim, end, find_retraining
from writer.training.run_folder import BusyError, TrainingError, TrainingRuns

log = logging.getLogger(__name__)

TICK_MS = 10_000
"""The time between two looks at the machine, while texts wait to be learned again."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is asked of the machine.

    `clock` returns monotonic seconds, `load` the share of all processors that was in use since its last call,
    `on_battery` whether power comes from a battery.
    """

    clock: Callable[[], float]
    load: Callable[[], float]
    on_battery: Callable[[], bool]


class RetrainingService(QObject):
    """The retraining that the chosen models ask for. Used from the loop's thread, which `pool` belongs to.

    `chosen` returns the models that the settings name. The pool is closed with the service.
    """

    question_changed = Signal()
    """`question` changed."""

    told = Signal(object)
    """A Message about how a retraining ended, or why it did not begin."""

    watching_changed = Signal(bool)
    """Whether `touch` must be called at each key and movement of the mouse."""

    def __init__(
        self,
        training: TrainingService,
        store: ModelStore,
        settings: SettingsStore,
        chosen: Callable[[], ModelPreferences],
        pool: TaskPool,
        machine: Machine,
    ) -> None:
        super().__init__()
        self._training = training
        self._store = store
        self._settings = settings
        self._chosen = chosen
        self._pool = pool
        self._machine = machine
        self._runs = TrainingRuns()
        self.question: Retraining | None = None
        """The retraining that the user shall be asked about."""

        self._found: Retraining | None = None
        self._own: Retraining | None = None
        """The retraining that runs by itself."""

        self._asked: Literal["", "pause", "stop"] = ""
        """What this service last asked of it."""

        self._phase = training.state.phase
        self._paused_at = 0.0
        self._touched = machine.clock()
        self._load = 1.0
        self._looks = 0
        self._starting = False
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)
        training.changed.connect(self._training_changed)
        self._unsubscribe = [
            settings.subscribe("model", lambda _key: self.refresh()),
            settings.subscribe(PERSONALISE_AGAIN.key, lambda _key: self._step()),
        ]

    def refresh(self) -> None:
        """Look for a retraining that is wanted, then do what is to be done."""
        self._pool.start(self._look())

    def tick(self) -> None:
        """Look at the machine, then do what is to be done."""
        self._load = self._machine.load()
        self._step()

    def touch(self) -> None:
        """Note that a key was pressed or the mouse moved; a training that runs by itself waits at once."""
        self._touched = self._machine.clock()
        if self._own is not None and not self._asked:
            self._step()

    def answer(self, yes: bool) -> None:
        """Keep the user's word, also for models that are chosen later."""
        try:
            self._settings.set(PERSONALISE_AGAIN, "yes" if yes else "no")
        except SettingsError as error:
            self.told.emit(error.sentence)

    async def close(self) -> None:
        """End the looks; a training that runs is left to its own service."""
        self._own = None
        self._timer.stop()
        self._training.changed.disconnect(self._training_changed)
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        await self._pool.close()

    async def _look(self) -> None:
        self._looks += 1
        number = self._looks
        found = await self._pool.run(find_retraining, self._store, self._runs, self._chosen())
        if number == self._looks:
            self._found = found
            self._step()

    def _step(self) -> None:
        step = decide(self._situation())
        self._set_question(self._found if step == "ask" else None)
        if step == "tell":
            self._tell_obstacle()
        elif step == "start" and not self._starting:
            self._starting = True
            self._pool.start(self._begin())
        elif step == "pause":
            self._asked, self._paused_at = "pause", self._machine.clock()
            self._training.pause()
        elif step == "go on":
            self._asked = ""
            self._training.unpause()
        elif step == "stop":
            self._asked = "stop"
            self._training.stop()
        self._watch(self._answer == "yes" and (self._found is not None or self._own is not None))

    @property
    def _answer(self) -> Answer:
        return cast(Answer, self._settings.get(PERSONALISE_AGAIN))

    def _situation(self) -> Situation:
        machine, found, own = self._machine, self._found, self._own
        now = machine.clock()
        return Situation(
            answer=self._answer,
            wanted=found is not None
            and (own is None or (found.personal, found.base) == (own.personal, own.base)),
            obstacle=found is not None and bool(found.obstacle),
            running=self._running(),
            stage=self._training.state.stage,
            paused=now - self._paused_at if self._asked == "pause" else None,
            untouched=now - self._touched,
            load=self._load,
            on_battery=machine.on_battery(),
        )

    def _running(self) -> Running:
        """A training that ends, or that the user paused, is left alone as one of another kind."""
        state = self._training.state
        if not state.is_alive:
            return "none"
        by_user = state.phase == "paused" and self._asked != "pause"
        return "other" if self._own is None or state.phase == "stopping" or by_user else "own"

    def _set_question(self, question: Retraining | None) -> None:
        if question != self.question:
            self.question = question
            self.question_changed.emit()

    def _watch(self, on: bool) -> None:
        if on == self._timer.isActive():
            return
        if on:
            self._touched = self._machine.clock()
            self._machine.load()  # what comes next counts from here
            self._load = 1.0
            self._timer.start()
        else:
            self._timer.stop()
        self.watching_changed.emit(on)

    async def _begin(self) -> None:
        """Begin or continue what was found, unless that has changed since."""
        found: Retraining | None = None
        try:
            found = await self._pool.run(find_retraining, self._store, self._runs, self._chosen())
            expected, self._found = self._found, found
            if found is None or found != expected:
                return
            run = await self._pool.run(claim, self._store, self._runs, found)
            if run is None or self._found != found:
                self.refresh()
                return
            self._found = replace(found, run=run.id)
            if decide(self._situation()) == "start":
                self._own, self._asked = self._found, ""
                self._training.resume(run.id)
        except BusyError:
            log.info("texts are learned again later, as something is being trained")
        except TrainingError as error:
            await self._give_up(found, error.sentence)
        except OSError as error:
            await self._give_up(found, os_reason(error))
        finally:
            self._starting = False

    def _training_changed(self) -> None:
        state = self._training.state
        before, self._phase = self._phase, state.phase
        if state.phase == before:
            return
        own, found = self._own, self._found
        if own is not None and not state.is_alive:
            self._own = None
            self._finish(own, state)
        elif found is not None and found.run and found.run == state.run and not state.is_alive:
            self._pool.start(self._end(found))  # the user went on with it by hand, and stopped it
        elif own is not None and (before, state.phase, self._asked) == ("paused", "running", "pause"):
            self._own = None  # the user wants it to go on now
            self._pool.start(self._end(own))
        if state.is_alive:
            self._step()
        else:
            self._asked = ""
            self.refresh()

    def _finish(self, own: Retraining, state: TrainingState) -> None:
        """Tell how the training ended, and forget it where it shall not go on by itself."""
        if state.phase == "done" and state.published is not None:
            better = Sentence(
                "{model} has learned your texts. It writes better with them, and does so from now on.",
                {"model": own.name},
            )
            no_better = Sentence(
                "{model} has learned your texts, but writes no better with them; it goes on as it is.",
                {"model": own.name},
            )
            self.told.emit(better if state.published.live else no_better)
        elif state.phase == "failed":
            self._pool.start(self._fail(own, state.sentence))
        elif self._asked != "stop":
            self._pool.start(self._end(own))

    async def _fail(self, own: Retraining, reason: Message) -> None:
        """Give up, unless another window trains the same."""
        try:
            await self._pool.run(self._runs.require_idle)
        except BusyError:
            return
        await self._give_up(own, reason)

    async def _give_up(self, retraining: Retraining | None, reason: Message) -> None:
        if retraining is not None:
            sentence = Sentence(
                "{model} could not learn your texts: {reason}",
                {"model": retraining.name, "reason": reason},
            )
            self.told.emit(sentence)
            await self._end(retraining)

    def _tell_obstacle(self) -> None:
        found, self._found = self._found, None
        if found is not None:
            self.told.emit(found.obstacle)
            self._pool.start(self._end(found))

    async def _end(self, retraining: Retraining) -> None:
        """Note that it is not begun or continued again."""
        if self._found is not None and self._found.personal == retraining.personal:
            self._found = None
        try:
            await self._pool.run(end, self._store, retraining)
        except OSError as error:
            log.warning("that a retraining ended is not noted: %s", error.strerror)
