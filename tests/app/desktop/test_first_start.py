"""The first start: new people save by themselves, others keep what they had, and a full disk is no end."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.app.desktop.first_start import set_up_first_start
from writer.base import atomic_file
from writer.settings.editor_schema import EDITOR_AUTOSAVE
from writer.settings.store import SettingsStore


def test_new_people_save_by_themselves_and_can_change_that(tmp_path: Path) -> None:
    settings = SettingsStore(tmp_path / "settings.toml")
    assert set_up_first_start(settings, tmp_path)
    assert SettingsStore(tmp_path / "settings.toml").get(EDITOR_AUTOSAVE)
    settings.reset(EDITOR_AUTOSAVE)
    assert not set_up_first_start(settings, tmp_path)
    assert not settings.get(EDITOR_AUTOSAVE)


@pytest.mark.parametrize("name", ["settings.toml", "session.json"])
def test_who_was_here_before_keeps_it_off(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    settings = SettingsStore(tmp_path / "settings.toml")
    assert not set_up_first_start(settings, tmp_path)
    assert not settings.get(EDITOR_AUTOSAVE)


def test_damaged_settings_are_settings(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("=")
    assert not set_up_first_start(SettingsStore(tmp_path / "settings.toml"), tmp_path)


def test_a_disk_that_takes_nothing_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file, "replace", full)
    settings = SettingsStore(tmp_path / "settings.toml")
    assert set_up_first_start(settings, tmp_path)
    assert settings.get(EDITOR_AUTOSAVE)
