"""Whatever the program keeps is listed, once, and what may go is gone when it is cleared."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from writer.app.desktop.stored_data import StoredItem, stored_items
from writer.base import paths
from writer.corpus.private_cache import corpus_cache
from writer.training.events import TrainingRequest
from writer.training.run_folder import BusyError, TrainingRuns

pytestmark = pytest.mark.usefixtures("own_record_of_dialogs")

OF_THE_PROGRAM = ("resources_dir", "shipped_models_dir")
"""Folders in which nothing of the person's lies."""

FOLDERS: dict[str, Callable[[], Path]] = {
    name: function
    for name, function in vars(paths).items()
    if name.endswith("_dir") and name not in OF_THE_PROGRAM
}

STORES = [
    ("unsaved", "data_dir", "journals/5f3a/1.log"),
    ("unsaved", "data_dir", "journals/5f3a/1.base"),
    ("unsaved", "data_dir", "journals/5f3a/.1.base.part"),
    ("unsaved", "data_dir", "rollback/1a2b.rollback"),
    ("unsaved", "data_dir", "rollback/.1a2b.rollback.part"),
    ("versions", "data_dir", "histories/1a2b/000001790000000-5f3a5f3a.version"),
    ("versions", "data_dir", "histories/1a2b/.000001790000000-5f3a5f3a.version.part"),
    ("versions", "data_dir", "histories/1a2b/path"),
    ("authorship", "data_dir", f"authorship/{'a' * 64}.record"),
    ("authorship", "data_dir", f"authorship/{'a' * 32}.log"),
    ("training", "data_dir", "training/Me-1-1/wish.json"),
    ("training", "data_dir", "training/Me-1-1/learned.rows"),
    ("training", "data_dir", "training/Me-1-1/.last.ckpt.part"),
    ("training", "data_dir", "training/Me-1-2/not-begun.json"),
    ("training", "data_dir", "training/.Me-1-3.gone/best.safetensors"),
    ("models", "models_dir", "starter/model.safetensors"),
    ("models", "models_dir", "starter/.writer/int8-1/decoder.onnx"),
    ("models", "models_dir", ".starter.download/model.safetensors.part"),
    ("settings", "config_dir", "settings.toml"),
    ("settings", "config_dir", "settings.bad-20260101-000000-000000.toml"),
    ("settings", "config_dir", ".settings.toml.part"),
    ("dictionary", "config_dir", "dictionary.txt"),
    ("dictionary", "config_dir", ".dictionary.txt.part"),
    ("statistics", "state_dir", "statistics.json"),
    ("statistics", "state_dir", "statistics.bad-20260101-000000-000000.json"),
    ("statistics", "state_dir", "evaluation-starter.svg"),
    ("session", "state_dir", "session.json"),
    ("session", "state_dir", "session.bad-20260101-000000-000000.json"),
    ("session", "state_dir", ".session.json.1a2b3c4d.part"),
    ("logs", "log_dir", "writer.log"),
    ("logs", "log_dir", "writer.log.2"),
    ("logs", "log_dir", "crash-1.txt"),
    ("logs", "log_dir", "crash-OWN.txt"),
    ("corpus", "cache_dir", "corpus/1a2b/texts/3c4d.json"),
    ("corpus", "cache_dir", "corpus/1a2b/packed/5e6f/learned.rows"),
    ("caches", "cache_dir", "graphs/1a2b/int8-1/decoder.onnx"),
    ("caches", "cache_dir", "compiled/triton/kernel.so"),
]
"""The item under which a file is listed, the folder of `paths` that it lies in, and its name there."""


def item(name: str) -> StoredItem:
    return next(item for item in stored_items() if item.name == name)


def written(folder: str, name: str) -> Path:
    file = FOLDERS[folder]() / name.replace("OWN", str(os.getpid()))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("text of the person's own")
    return file


def listed(file: Path) -> list[str]:
    """The names of the items to which a file belongs."""
    return [item.name for item in stored_items() if {file, *file.parents} & set(item.find())]


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_lies_in_a_folder_of_the_program_is_listed_once(folder: str) -> None:
    for name in ("unknown.dat", "unknown/file", ".hidden", "writer-notes/file", "held.lock"):
        file = written(folder, name)
        [found] = listed(file)
        before = item(found).bytes()
        file.write_bytes(b"x" * 100_000)
        assert item(found).bytes() > before + 99_000


@pytest.mark.parametrize(("name", "folder", "file"), STORES)
def test_every_store_is_listed_once(name: str, folder: str, file: str) -> None:
    assert listed(written(folder, file)) == [name]


def test_clearing_an_item_removes_it_and_nothing_else() -> None:
    files = {written(folder, file): name for name, folder, file in STORES}
    unknown = {written(folder, "unknown.dat") for folder in FOLDERS if folder != "cache_dir"}
    names = [item.name for item in stored_items()]
    assert set(files.values()) <= set(names)
    for name in names:
        if (thing := item(name)).delete is None:
            continue
        thing.clear()
        assert thing.bytes() == 0, name
        for file, owner in files.items():
            gone = not file.exists() or not file.stat().st_size
            assert gone == (names.index(owner) <= names.index(name) and item(owner).delete is not None), file
    assert {owner for file, owner in files.items() if file.exists() and file.stat().st_size} == {
        "settings",
        "models",
    }
    assert all(file.exists() for file in unknown - {paths.models_dir() / "unknown.dat"})


def test_where_all_folders_are_one_no_item_takes_what_is_another_s(
    own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(own_folders))
    test_clearing_an_item_removes_it_and_nothing_else()


def test_what_comes_later_is_found_too() -> None:
    """The items are made when the page is opened first."""
    things = {item.name: item for item in stored_items()}
    files = [written(folder, file) for name, folder, file in STORES if things[name].delete is not None]
    for thing in things.values():
        thing.clear()
    assert [file for file in files if file.exists() and file.stat().st_size] == []


def test_locks_and_sockets_that_hold_nothing_are_not_listed() -> None:
    for folder in FOLDERS.values():
        (folder() / ".held.lock").touch()
    assert [item.name for item in stored_items() if item.name.startswith("other")] == []


def test_while_a_training_runs_its_texts_stay() -> None:
    runs = TrainingRuns()
    first, second = (runs.new(TrainingRequest("/a", personal=name)) for name in ("a", "b"))
    text = written("cache_dir", "corpus/1a2b/text")
    with second.lock():
        for name in ("training", "corpus"):
            with pytest.raises(BusyError, match=r"^A training is running and needs this; stop it, or wait "):
                item(name).clear()
    assert {run.id for run in runs.unfinished()} == {first.id, second.id}
    assert text.exists()
    for name in ("training", "corpus"):
        item(name).clear()
        assert item(name).bytes() == 0
    assert runs.unfinished() == ()
    assert not corpus_cache().exists()


def test_of_what_qt_notes_only_the_visited_folders_go() -> None:
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    for key, value in (
        ("FileDialog/history", ["file:///home/me/letters", "file:///home/me"]),
        ("FileDialog/lastVisited", "file:///home/me/letters"),
        ("FileDialog/viewMode", "Detail"),
        ("Qt/filedialog", "another program's"),
    ):
        settings.setValue(key, value)
    settings.sync()
    file = Path(settings.fileName())
    assert "letters" in file.read_text()
    visited = item("visited")
    assert (visited.folder, list(visited.find())) == (file.parent, [file])
    assert visited.bytes() == 23 + 15 + 23
    visited.clear()
    assert visited.bytes() == 0
    assert "/home/me" not in file.read_text()
    assert "viewMode=Detail" in file.read_text()
    assert "another program's" in file.read_text()


def test_one_that_stays_does_not_keep_the_others(tmp_path: Path) -> None:
    files = [tmp_path / name for name in "abc"]

    def delete(file: Path) -> None:
        if file.name == "a":
            raise PermissionError(13, "Permission denied")
        file.unlink()

    for file in files:
        file.touch()
    with pytest.raises(PermissionError):
        StoredItem("some", "", "", tmp_path, lambda: files, delete).clear()
    assert [file.name for file in files if file.exists()] == ["a"]
