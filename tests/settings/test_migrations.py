"""Files of older and newer versions, through the real store."""

from __future__ import annotations

import tomllib
from pathlib import Path

from writer.settings.migrations import MIGRATIONS, Document, rename_key
from writer.settings.setting import Schema, Setting, SettingsPage
from writer.settings.store import SettingsStore
from writer.settings.value_types import IntType

WIDTH = Setting("page.width", IntType(1, 1000), default=10, page="p", label="Width")
HEIGHT = Setting("page.height", IntType(1, 1000), default=10, page="p", label="Height")
SCHEMA = Schema((SettingsPage("p", "P"),), (WIDTH, HEIGHT))


def move_width(document: Document) -> None:
    rename_key(document, "editor.columns", "page.width")


def double_width(document: Document) -> None:
    document["page"]["width"] *= 2


STEPS = (move_width, double_width)


def store(path: Path) -> SettingsStore:
    return SettingsStore(path, SCHEMA, STEPS)


def test_steps_run_from_the_version_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for version, text, width in [
        (1, "version = 1\n[editor]\ncolumns = 30\n", 60),
        (None, "[editor]\ncolumns = 30\n", 60),
        (2, "version = 2\n[page]\nwidth = 30\n", 60),
        (3, "version = 3\n[page]\nwidth = 30\n", 30),
    ]:
        path.write_text(text)
        assert store(path).get(WIDTH) == width, version
        assert path.read_text() == text


def test_a_write_keeps_the_migrated_file_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\n[editor]\ncolumns = 30 # wide\nother = 1\n")
    store(path).set(HEIGHT, 7)
    written = tomllib.loads(path.read_text())
    assert written == {"version": 3, "editor": {"other": 1}, "page": {"width": 60, "height": 7}}
    assert path.read_text().startswith("# mine\n")
    assert store(path).get(WIDTH) == 60


def test_a_newer_file_keeps_its_version_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("version = 9\n[page]\nwidth = 30\nangle = 3\n")
    newer = store(path)
    newer.set(HEIGHT, 7)
    written = tomllib.loads(path.read_text())
    assert written == {"version": 9, "page": {"width": 30, "angle": 3, "height": 7}}
    assert newer.notices == []


def test_the_first_file_says_todays_version(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    SettingsStore(path, SCHEMA).set(WIDTH, 20)
    assert tomllib.loads(path.read_text())["version"] == len(MIGRATIONS) + 1
