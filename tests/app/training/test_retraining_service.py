"""The service that learns texts again by itself: what it asks of a training, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import QObject, Signal

from tests.training.retraining.store_of_models import add_model, add_personal
from writer.app.models.model_selection import model_preferences
from writer.app.training.retraining_service import Machine, RetrainingService
from writer.app.training.training_state import TrainingState, started
from writer.base.errors import Sentence
from writer.base.task_pool import TaskPool
from writer.models.store import ModelStore
from writer.settings.personalise_schema import PERSONALISE_AGAIN
from writer.settings.schema import MODEL_NAME
from writer.settings.store import SettingsStore
from writer.training.events import Published, TrainingRequest
from writer.training.retraining import kept_request
from writer.training.retraining.decision import IDLE_SECONDS, PAUSE_SECONDS
from writer.training.run_folder import TrainingRuns
from writer.ui.startup import make_application

SECONDS = 30.0


class ScriptedTraining(QObject):
    """A training that does what it is told at once, and ends when the test says so."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state = TrainingState()
        self.commands: list[str] = []

    def become(self, **values: object) -> None:
        self.state = replace(self.state, **values)
        self.changed.emit()

    def resume(self, run: str) -> None:
        self.commands.append(f"resume {run}")
        self.state = started()
        self.become(stage="fitting")

    def pause(self) -> None:
        self.commands.append("pause")
        self.become(phase="paused")

    def unpause(self) -> None:
        self.commands.append("unpause")
        self.become(phase="running")

    def stop(self) -> None:
        self.commands.append("stop")
        self.become(phase="stopping")
        self.become(phase="stopped")


class Home:
    """A personal model of `first`, another base `second`, and a machine whose state the test sets."""

    def __init__(self, folder: Path) -> None:
        self.loop = qasync.QEventLoop(make_application())
        asyncio.set_event_loop(self.loop)
        self.texts = folder / "texts"
        self.texts.mkdir()
        self.store = ModelStore(folder / "models")
        add_model(self.store, "first", "en")
        add_model(self.store, "second", "en")
        request = TrainingRequest(str(self.texts), languages=("en",))
        self.personal = add_personal(self.store, "personal-1", "first", request)
        self.settings = SettingsStore(folder / "settings.toml")
        self.settings.set(MODEL_NAME, "personal-1")
        self.now, self.load, self.on_battery = 1000.0, 0.0, False
        self.training = ScriptedTraining()
        self.service = self.make_service()
        self.told: list[str] = []
        self.service.told.connect(lambda message: self.told.append(str(message)))

    def make_service(self) -> RetrainingService:
        return RetrainingService(
            self.training,  # type: ignore[arg-type]
            self.store,
            self.settings,
            lambda: model_preferences(self.settings),
            TaskPool(self.loop, "retraining"),
            Machine(lambda: self.now, lambda: self.load, lambda: self.on_battery),
        )

    @property
    def runs(self) -> list[str]:
        return [run.id for run in TrainingRuns().unfinished()]

    @property
    def again(self) -> dict[str, str]:
        kept = kept_request.read(self.personal)
        return kept.again if kept else {}

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, self.training.commands
            self.loop.call_later(0.005, self.loop.stop)
            self.loop.run_forever()

    def choose(self, model: str) -> None:
        """Choose a model, and wait until the service has looked at it."""
        self.settings.set(MODEL_NAME, model)
        self.until(lambda: not self.service._pool.busy)

    def rest(self, seconds: float = IDLE_SECONDS) -> None:
        """Let time pass, look at the machine, and wait for what comes of it."""
        self.now += seconds
        self.service.tick()
        self.until(lambda: not self.service._pool.busy)

    def begin(self) -> str:
        """Say yes, choose another base, and go away; returns the id of the run."""
        self.settings.set(PERSONALISE_AGAIN, "yes")
        self.choose("second")
        self.rest()
        (run,) = self.runs
        assert self.training.commands == [f"resume {run}"]
        self.training.commands.clear()
        return run

    def close(self) -> None:
        self.loop.run_until_complete(self.service.close())
        self.loop.close()
        asyncio.set_event_loop(None)


@pytest.fixture
def home(tmp_path: Path, own_folders: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def test_a_question_once_and_its_answer_holds_for_later_models(home: Home) -> None:
    add_model(home.store, "third", "en")
    assert home.service.question is None
    home.choose("second")
    assert home.service.question is not None
    assert home.service.question.name == "Second"
    home.choose("third")
    assert home.service.question.name == "Third"
    home.choose("personal-1")
    assert home.service.question is None
    home.choose("second")
    home.rest()
    assert home.training.commands == []
    home.service.answer(True)
    assert home.service.question is None
    assert home.settings.get(PERSONALISE_AGAIN) == "yes"
    home.choose("third")
    assert home.service.question is None
    home.rest()
    assert home.training.commands == [f"resume {home.runs[0]}"]


def test_no_is_kept_and_nothing_begins(home: Home) -> None:
    home.choose("second")
    home.service.answer(False)
    assert home.service.question is None
    home.rest()
    home.choose("first")
    home.choose("second")
    home.rest()
    assert home.settings.get(PERSONALISE_AGAIN) == "no"
    assert home.service.question is None
    assert (home.training.commands, home.runs) == ([], [])


def test_it_begins_only_when_nobody_writes_on_mains_and_with_little_load(home: Home) -> None:
    watched: list[bool] = []
    home.service.watching_changed.connect(watched.append)
    home.settings.set(PERSONALISE_AGAIN, "yes")
    assert watched == []
    home.choose("second")
    assert watched == [True]
    home.rest(IDLE_SECONDS - 1)
    home.load = 0.9
    home.rest()
    home.load, home.on_battery = 0.0, True
    home.rest()
    home.on_battery = False
    home.service.touch()
    home.rest(1)
    assert (home.training.commands, home.runs) == ([], [])
    home.rest()
    (run,) = home.runs
    assert home.training.commands == [f"resume {run}"]
    assert home.again == {"second": run}
    home.training.become(phase="done", published=Published("personal-2", "", False, 1.0))
    home.until(lambda: home.told)
    home.choose("first")
    assert watched == [True, False]


def test_it_waits_while_somebody_writes_and_goes_on_afterwards(home: Home) -> None:
    home.begin()
    home.service.touch()
    home.service.touch()
    assert home.training.commands == ["pause"]
    home.rest(IDLE_SECONDS - 1)
    assert home.training.commands == ["pause"]
    home.rest(1)
    assert home.training.commands == ["pause", "unpause"]
    home.on_battery = True
    home.rest(1)
    assert home.training.commands == ["pause", "unpause", "pause"]


def test_a_long_wait_is_saved_and_continued_from_there(home: Home) -> None:
    run = home.begin()
    home.on_battery = True
    home.rest(1)
    home.rest(PAUSE_SECONDS)
    assert home.training.commands == ["pause", "stop"]
    home.on_battery = False
    home.rest()
    assert home.training.commands == ["pause", "stop", f"resume {run}"]
    assert home.runs == [run]


def test_before_the_first_step_it_ends_at_a_key(home: Home) -> None:
    run = home.begin()
    home.training.become(stage="reading")
    home.service.touch()
    assert home.training.commands == ["stop"]
    home.rest()
    assert home.training.commands == ["stop", f"resume {run}"]


def test_choosing_back_ends_it_and_choosing_again_continues_it(home: Home) -> None:
    run = home.begin()
    home.choose("personal-1")
    assert home.training.commands == ["stop"]
    home.rest()
    assert home.training.commands == ["stop"]
    home.choose("second")
    home.rest()
    assert home.training.commands == ["stop", f"resume {run}"]


def test_taking_the_word_back_ends_it(home: Home) -> None:
    home.begin()
    home.settings.set(PERSONALISE_AGAIN, "no")
    assert home.training.commands == ["stop"]


@pytest.mark.parametrize("live", [True, False])
def test_the_verdict_is_told_and_nothing_begins_again(home: Home, live: bool) -> None:
    run = home.begin()
    add_personal(home.store, "personal-2", "second", TrainingRequest(str(home.texts)))
    next(one for one in TrainingRuns().unfinished() if one.id == run).discard()
    home.training.become(phase="done", published=Published("personal-2", "", live, 1.0))
    home.rest()
    home.rest()
    (told,) = home.told
    assert ("writes better" in told) is live
    assert home.training.commands == []


def test_a_failure_is_told_once(home: Home) -> None:
    home.begin()
    home.training.become(phase="failed", sentence=Sentence("There is too little text."))
    home.rest()
    home.rest()
    assert home.told == ["Second could not learn your texts: There is too little text."]
    assert home.training.commands == []
    assert home.again == {"second": ""}


def test_a_folder_that_is_gone_is_told_once(home: Home) -> None:
    home.texts.rmdir()
    home.choose("second")
    home.until(lambda: home.again)
    home.choose("first")
    home.choose("second")
    home.service.answer(True)
    home.rest()
    (told,) = home.told
    assert "choose it again" in told
    assert home.service.question is None
    assert (home.training.commands, home.runs) == ([], [])


def test_what_the_user_stops_or_takes_over_is_theirs(home: Home) -> None:
    home.begin()
    home.service.touch()
    home.training.become(phase="running")  # a click on Resume
    home.service.touch()
    assert home.training.commands == ["pause"]
    home.training.become(phase="stopped")
    home.rest()
    home.rest()
    assert home.training.commands == ["pause"]
    assert home.again == {"second": ""}


def test_a_training_that_the_user_stops_is_not_continued(home: Home) -> None:
    home.begin()
    home.training.become(phase="stopping")
    home.training.become(phase="stopped")
    home.rest()
    home.rest()
    assert home.training.commands == []
    assert home.again == {"second": ""}


def test_what_the_user_went_on_with_by_hand_and_stopped_stays_stopped(home: Home) -> None:
    run = home.begin()
    home.on_battery = True
    home.rest(1)
    home.rest(PAUSE_SECONDS)
    home.training.state = started()
    home.training.become(run=run)
    home.training.become(phase="stopped")
    home.training.commands.clear()
    home.on_battery = False
    home.rest()
    home.rest()
    assert home.training.commands == []
    assert home.again == {"second": ""}


def test_another_training_comes_first_here_and_elsewhere(home: Home) -> None:
    home.settings.set(PERSONALISE_AGAIN, "yes")
    home.training.state = started()
    home.choose("second")
    home.rest()
    assert home.runs == []
    home.training.become(phase="done", published=Published("other-1", "", True, 1.0))
    with TrainingRuns().new(TrainingRequest("/elsewhere", personal="other")).lock():
        home.rest()
        assert len(home.runs) == 1
    home.rest()
    assert len(home.runs) == 2
    assert len(home.training.commands) == 1


def test_another_window_s_training_is_no_failure(home: Home) -> None:
    run = home.begin()
    with next(one for one in TrainingRuns().unfinished() if one.id == run).lock():
        home.training.become(phase="failed", sentence=Sentence("It is running already."), run=run)
        home.rest()
    assert home.told == []
    assert home.again == {"second": run}


def test_a_training_that_ran_at_the_end_is_continued_by_the_next_window(home: Home) -> None:
    run = home.begin()
    home.loop.run_until_complete(home.service.close())
    home.training.stop()
    home.training.commands.clear()
    home.service = home.make_service()
    home.service.refresh()
    home.until(lambda: not home.service._pool.busy)
    home.rest()
    assert home.training.commands == [f"resume {run}"]
    assert home.runs == [run]
