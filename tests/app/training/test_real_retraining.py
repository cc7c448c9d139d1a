"""Texts that another base learns again by itself, in a real training process."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import qasync

from tests.fakes import small_models
from tests.training.retraining.store_of_models import add_model, add_personal
from tests.training.sample_folders import make_texts
from writer.app.models.model_selection import model_preferences
from writer.app.training.retraining_service import Machine, RetrainingService
from writer.app.training.training_service import TrainingService
from writer.base import paths
from writer.base.task_pool import TaskPool
from writer.models.manifest import Manifest
from writer.models.store import ModelStore
from writer.settings.personalise_schema import PERSONALISE_AGAIN
from writer.settings.schema import MODEL_NAME
from writer.settings.store import FILE_NAME, SettingsStore
from writer.training.events import TrainingRequest
from writer.training.retraining import kept_request
from writer.training.retraining.decision import IDLE_SECONDS
from writer.training.run_folder import TrainingRuns
from writer.ui.startup import make_application

SECONDS = 120.0


class Home:
    """A personal model of `first`, another small model `second`, and the services as in the window."""

    def __init__(self, second: Path, texts: Path) -> None:
        self.loop = qasync.QEventLoop(make_application())
        asyncio.set_event_loop(self.loop)
        self.store = ModelStore(paths.models_dir())
        add_model(self.store, "first", "en")
        self.store.install("second", lambda part: _install(second, part))
        self.request = TrainingRequest(str(texts), max_steps=2, characters=200, languages=("en",))
        add_personal(self.store, "personal-1", "first", self.request)
        self.settings = SettingsStore(paths.config_dir() / FILE_NAME)
        self.settings.set(MODEL_NAME, "personal-1")
        self.settings.set(PERSONALISE_AGAIN, "yes")
        self.now = 1000.0
        self.training = TrainingService()
        self.service = RetrainingService(
            self.training,
            self.store,
            self.settings,
            lambda: model_preferences(self.settings),
            TaskPool(self.loop, "retraining"),
            Machine(lambda: self.now, lambda: 0.0, lambda: False),
        )
        self.told: list[str] = []
        self.service.told.connect(lambda message: self.told.append(str(message)))

    def until(self, holds: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, self.training.state
            self.loop.call_later(0.01, self.loop.stop)
            self.loop.run_forever()

    def rest(self) -> None:
        """Go away for long enough, and let the service do what comes of it."""
        self.until(lambda: not self.service._pool.busy)
        self.now += IDLE_SECONDS
        self.service.tick()
        self.until(lambda: not self.service._pool.busy)

    def close(self) -> None:
        self.loop.run_until_complete(self.service.close())
        self.loop.run_until_complete(self.training.close())
        self.loop.close()
        asyncio.set_event_loop(None)


def _install(model: Path, part: Path) -> Manifest:
    shutil.copytree(model, part, dirs_exist_ok=True)
    return Manifest(id="second", name="Second", languages=("en",))


@pytest.fixture
def home(gpt2: Path, texts: Path) -> Iterator[Home]:
    home = Home(gpt2, texts)
    yield home
    home.close()


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.make_gpt2(tmp_path_factory.mktemp("models") / "small-gpt2", steps=1)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_texts(tmp_path_factory.mktemp("texts") / "letters", 12, 8)


def test_a_new_base_learns_the_same_texts_once_and_writes_only_if_better(home: Home, texts: Path) -> None:
    home.settings.set(MODEL_NAME, "second")
    home.rest()
    home.until(lambda: home.told)
    state = home.training.state
    assert state.phase == "done", state
    assert state.published is not None
    assert not state.published.live  # of so few texts nothing is proven
    assert home.told == [
        "Second has learned your texts, but writes no better with them; it goes on as it is."
    ]
    assert SettingsStore(paths.config_dir() / FILE_NAME).get(MODEL_NAME) == "second"
    published = home.store.find(state.published.model)
    assert published.manifest.base == "second"
    kept = kept_request.read(published.path)
    assert kept is not None
    assert kept.request == replace(home.request, base="second")
    home.rest()
    assert not home.training.state.is_alive
    assert TrainingRuns().unfinished() == ()
