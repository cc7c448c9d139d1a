"""Saving without a key: after a pause, in the background, on closing; and when it must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from writer.app.desktop.first_start import set_up_first_start
from writer.settings.editor_schema import EDITOR_AUTOSAVE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(|grabbing")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "a.txt"
    file.write_text("one")
    return file


def open_file(start, file: Path, *, on: bool = True):
    writing = start(files=(file,))
    writing.until(lambda: writing.text == file.read_text())
    writing.settings.set(EDITOR_AUTOSAVE, on)
    writing.program.autosave._pause.setInterval(100)
    writing.key("Ctrl+End")
    return writing


def leave(writing) -> None:
    """Another program gets the focus."""
    writing.startup.app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)


def test_a_pause_saves_and_goes_on_doing_so(start, file):
    writing = open_file(start, file)
    for text in (" two", " 三"):
        before = file.read_text()
        writing.type(text)
        assert file.read_text() == before
        writing.until(lambda: not writing.window.isWindowModified())
        assert file.read_text() == writing.text == before + text
    writing.key("Ctrl+Z")
    writing.until(lambda: file.read_text() == writing.text)


def test_going_to_another_program_saves_every_text(start, file, tmp_path):
    other = tmp_path / "b.txt"
    other.write_text("b")
    writing = open_file(start, file)
    writing.program.autosave._pause.setInterval(60_000)
    writing.type("!")
    writing.program.files.open(other)
    writing.until(lambda: writing.text == "b" and not writing.program.files._tasks.busy)
    writing.type("x")
    leave(writing)
    writing.until(lambda: (file.read_text(), other.read_text()) == ("one!", "xb"))


def test_it_is_off_for_who_has_settings_and_then_no_timer_runs(start, file):
    writing = start(files=(file,))
    assert not writing.settings.get(EDITOR_AUTOSAVE)
    pause = writing.program.autosave._pause
    writing.type("x")
    assert not pause.isActive()
    leave(writing)
    writing.run(0.1)
    assert file.read_text() == "one"
    pause.setInterval(20)
    writing.settings.set(EDITOR_AUTOSAVE, True)
    writing.until(lambda: file.read_text() == "xone")
    writing.settings.set(EDITOR_AUTOSAVE, False)
    writing.type("y")
    assert not pause.isActive()


def test_new_people_have_it(start, file):
    def is_new(writing) -> None:
        assert set_up_first_start(writing.startup.settings, writing.startup.state_folder)

    writing = start(files=(file,), hurry=is_new)
    writing.until(lambda: writing.text == "one")
    writing.program.autosave._pause.setInterval(20)
    writing.type("x")
    writing.until(lambda: file.read_text() == "xone")


def test_a_file_that_changed_outside_is_never_replaced(start, file):
    writing = open_file(start, file)
    file.write_text("theirs")
    writing.type("!")
    leave(writing)
    writing.run(0.4)
    assert file.read_text() == "theirs"
    assert writing.text == "one!"
    writing.program.loop.run_until_complete(writing.program.files._tasks.close(cancel=True))
    writing.close()
    assert file.read_text() == "theirs"


def test_a_file_that_was_deleted_is_not_made_again(start, file):
    writing = open_file(start, file)
    file.unlink()
    writing.type("!")
    leave(writing)
    writing.run(0.4)
    assert not file.exists()
    assert writing.window.isWindowModified()


def test_a_text_without_a_file_and_one_that_its_encoding_lacks_wait_for_the_user(start, file):
    writing = open_file(start, file)
    document = writing.program.documents.current.document
    document.form = replace(document.form, encoding="cp1252")
    writing.type("早")
    writing.run(0.4)
    assert QApplication.activeModalWidget() is None
    assert file.read_text() == "one"
    writing.key("Ctrl+N")
    writing.type("no name")
    writing.run(0.4)
    assert QApplication.activeModalWidget() is None
    assert writing.window.isWindowModified()


def test_closing_a_tab_and_quitting_save_without_a_question(start, file):
    writing = open_file(start, file)
    writing.program.autosave._pause.setInterval(60_000)
    writing.type("!")
    writing.key("Ctrl+W")
    writing.until(lambda: writing.text == "")
    assert file.read_text() == "one!"
    writing = open_file(start, file)
    writing.program.autosave._pause.setInterval(60_000)
    writing.type("?")
    writing.close()
    assert file.read_text() == "one!?"


def test_a_text_that_is_not_changed_is_not_written(start, file):
    writing = open_file(start, file)
    before = file.stat().st_mtime_ns
    leave(writing)
    writing.run(0.3)
    assert file.stat().st_mtime_ns == before
