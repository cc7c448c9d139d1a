"""The model that is loaded while the window is made: handed out once, and only where it is the one wanted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from writer.app.models.early_model import EarlyModel
from writer.engine.fake import FakeEngine
from writer.engine.protocol import Engine, EngineError
from writer.engine.worker import Loader
from writer.settings.schema import MODEL_NAME, SCHEMA
from writer.settings.server_schema import SERVER_ENABLED
from writer.settings.store import SettingsStore
from writer.text.language import Language


class Models:
    """Engines by language, of which some cannot be loaded."""

    def __init__(self, error: EngineError | None = None) -> None:
        self.loaded: list[FakeEngine] = []
        self.closed = threading.Event()
        self._error = error

    def choose(self, settings: SettingsStore, language: Language) -> tuple[Loader, str]:
        return self._load, f"{settings.get(MODEL_NAME)} {language}"

    def _load(self) -> Engine:
        if self._error is not None:
            raise self._error
        engine = FakeEngine({})
        engine.close = self.closed.set  # type: ignore[method-assign]
        self.loaded.append(engine)
        return engine


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml", SCHEMA)


def test_the_first_loader_gives_what_was_loaded_and_the_next_loads_again(settings: SettingsStore) -> None:
    models = Models()
    early = EarlyModel(settings, models.choose)
    first, name = early.choose(settings, "en")
    assert name.endswith(" en")
    assert [first()] == models.loaded
    second, _ = early.choose(settings, "en")
    assert [first(), second()] == models.loaded


def test_another_model_is_loaded_in_its_place(settings: SettingsStore) -> None:
    models = Models()
    early = EarlyModel(settings, models.choose)
    settings.set(MODEL_NAME, "another")
    loader, name = early.choose(settings, "en")
    assert name == "another en"
    assert models.closed.wait(20)
    assert loader() is models.loaded[-1]
    assert len(models.loaded) == 2


def test_an_error_is_told_to_the_one_who_loads(settings: SettingsStore) -> None:
    loader, _ = EarlyModel(settings, Models(EngineError("There is none.")).choose).choose(settings, "en")
    with pytest.raises(EngineError, match="There is none"):
        loader()


def test_behind_a_server_nothing_is_loaded(settings: SettingsStore) -> None:
    settings.set(SERVER_ENABLED, True)
    models = Models()
    loader, _ = EarlyModel(settings, models.choose).choose(settings, "en")
    assert models.loaded == []
    assert [loader()] == models.loaded
