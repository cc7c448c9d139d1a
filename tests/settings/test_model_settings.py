"""Which model's name goes into which setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.settings.model_settings import replace_model, use_model
from writer.settings.schema import MODEL_CHINESE, MODEL_NAME
from writer.settings.store import SettingsStore


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml")


def selected(settings: SettingsStore) -> tuple[str, str]:
    return settings.get(MODEL_NAME), settings.get(MODEL_CHINESE)


@pytest.mark.parametrize(
    ("languages", "got", "now"),
    [
        (("en",), ("en",), ("new", "")),
        (["zh"], ("zh",), ("", "new")),
        (("zh", "en"), ("en", "zh"), ("new", "new")),
        ((), ("en", "zh"), ("new", "new")),
        (("de", "fr"), ("en",), ("new", "")),
    ],
)
def test_a_model_is_used_for_its_languages(
    settings: SettingsStore, languages: tuple[str, ...], got: tuple[str, ...], now: tuple[str, str]
) -> None:
    assert use_model(settings, "new", languages) == got
    assert selected(settings) == now


def test_another_takes_the_place_of_a_model_where_it_was_used(settings: SettingsStore) -> None:
    replace_model(settings, "old", "new")
    assert selected(settings) == ("", "")
    use_model(settings, "old", ("zh",))
    replace_model(settings, "old", "new")
    assert selected(settings) == ("", "new")
    use_model(settings, "new")
    replace_model(settings, "new", "newer")
    assert selected(settings) == ("newer", "newer")
