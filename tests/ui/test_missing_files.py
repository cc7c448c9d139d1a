"""A file that is deleted, moved or emptied while it is open: its text stays, whatever ends the window."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QTabBar

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")

TEXT = "The only copy of this text."


def delete(file: Path) -> None:
    file.unlink()


def move(file: Path) -> None:
    file.rename(file.with_name("elsewhere.txt"))


def empty(file: Path) -> None:
    file.write_bytes(b"")


def lose_the_disk(file: Path) -> None:
    file.parent.rename(file.parent.with_name("unmounted"))


LOSSES = [delete, move, empty, lose_the_disk]
losses = pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
dirty = pytest.mark.parametrize("change", ["", "Changed. "], ids=["clean", "changed"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    (folder / "essay.txt").write_text(TEXT)
    return folder / "essay.txt"


def opened(start, file: Path, change: str = ""):
    writing = start({}, (file,))
    if change:
        writing.type(change)
    writing.run(0.4)
    return writing


def shown(writing) -> list[str]:
    return [page.whole_text() for page in writing.program.documents.all]


@losses
@dirty
def test_quitting_keeps_the_text(start, file: Path, lose: Callable[[Path], None], change: str) -> None:
    writing = opened(start, file, change)
    lose(file)
    writing.close()
    again = start()
    assert shown(again) == [change + TEXT]
    assert again.window.isWindowModified()
    page = again.program.documents.current
    assert page.document.path == file


@losses
@dirty
def test_closing_the_tab_asks_first(start, file: Path, lose: Callable[[Path], None], change: str) -> None:
    writing = opened(start, file, change)
    lose(file)
    writing.actions["file.close"].trigger()
    writing.answer("Cancel")
    assert shown(writing) == [change + TEXT]
    writing.actions["file.close"].trigger()
    if lose is lose_the_disk:
        writing.answer("Do Not Save")
    else:
        writing.answer("Save")
        if lose is empty:
            writing.answer("Replace")
        writing.until(lambda: file.exists() and file.read_text() == change + TEXT)


@losses
def test_the_tab_says_that_the_file_is_gone(start, file: Path, lose: Callable[[Path], None]) -> None:
    writing = opened(start, file)
    writing.actions["file.new"].trigger()
    writing.type("another")
    lose(file)
    writing.actions["view.previous_text"].trigger()
    writing.until(lambda: writing.program.documents.current.document.file_missing)
    tabs = writing.window.findChild(QTabBar)
    assert tabs.tabText(0) == "• essay.txt (file is gone)"
    assert "is gone" in writing.window.status.message.full_text()
    assert writing.window.isWindowModified()


def test_when_the_disk_is_back_the_tab_finds_its_file(start, file: Path) -> None:
    writing = opened(start, file)
    lose_the_disk(file)
    writing.window.activated.emit()
    writing.until(lambda: writing.window.isWindowModified())
    file.parent.with_name("unmounted").rename(file.parent)
    writing.window.activated.emit()
    writing.until(lambda: not writing.window.isWindowModified())
    assert not writing.program.documents.current.document.file_missing
    writing.close()
    assert shown(start()) == [TEXT]


@dirty
@pytest.mark.parametrize("running", [True, False], ids=["running", "between"])
def test_the_tab_finds_its_file_at_a_later_start(start, file: Path, change: str, running: bool) -> None:
    opened(start, file, change)
    lose_the_disk(file)
    again = start()
    again.until(lambda: again.program.documents.current.document.file_missing)
    assert again.window.isWindowModified()
    if not running:
        again.close()
    file.parent.with_name("unmounted").rename(file.parent)
    if not running:
        again = start()
    again.window.activated.emit()
    again.until(lambda: not again.program.documents.current.document.file_missing)
    again.run(0.05)
    again.until(lambda: again.window.isWindowModified() == bool(change))
    assert shown(again) == [change + TEXT]
    assert file.read_text() == TEXT


def test_what_was_typed_meanwhile_stays_unsaved_when_the_disk_is_back(start, file: Path) -> None:
    writing = opened(start, file)
    lose_the_disk(file)
    writing.window.activated.emit()
    writing.until(lambda: writing.program.documents.current.document.file_missing)
    writing.type("More. ")
    file.parent.with_name("unmounted").rename(file.parent)
    writing.window.activated.emit()
    writing.until(lambda: not writing.program.documents.current.document.file_missing)
    writing.run(0.05)
    assert writing.window.isWindowModified()
    writing.key("Ctrl+S")
    writing.until(lambda: file.read_text() == "More. " + TEXT)


def test_a_file_that_is_missing_at_the_start_comes_back_with_its_disk(start, file: Path) -> None:
    opened(start, file).close()
    lose_the_disk(file)
    again = start()
    assert shown(again) == [""]
    assert str(file) in again.window.status.message.full_text()
    again.close()
    file.parent.with_name("unmounted").rename(file.parent)
    assert shown(start()) == [TEXT]


def test_all_files_that_are_missing_at_the_start_are_named(start, file: Path) -> None:
    other = file.with_name("other.txt")
    other.write_text("Another text.")
    writing = start({}, (file, other))
    writing.actions["file.new"].trigger()
    writing.type("not saved")
    writing.close()
    lose_the_disk(file)
    again = start()
    assert shown(again) == ["not saved"]
    again.until(lambda: str(other) in again.window.status.message.full_text())
    assert str(file) in again.window.status.message.full_text()
    again.close()
    file.parent.with_name("unmounted").rename(file.parent)
    assert sorted(shown(start())) == sorted(["not saved", TEXT, "Another text."])


def test_a_change_with_the_same_size_and_time_is_seen(start, file: Path) -> None:
    writing = opened(start, file)
    status = file.stat()
    file.write_text(TEXT.replace("only", "2nd "))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    writing.window.activated.emit()
    writing.answer("Load the New Text")
    writing.until(lambda: "2nd" in writing.text)
