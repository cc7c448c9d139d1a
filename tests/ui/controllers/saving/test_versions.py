"""Versions: kept at each save, shown with their differences, restored as one step, following their text."""

from __future__ import annotations

import stat
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.app.desktop.stored_data import stored_items
from writer.base import paths
from writer.documents.history.history_folder import HistoryFolder
from writer.documents.history.version_file import read_text
from writer.settings.editor_schema import EDITOR_VERSIONS
from writer.settings.schema import LANGUAGE_WINDOW
from writer.ui.panels.versions_dialog import VersionsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(|grabbing")

HISTORIES = "histories"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "a.md"
    file.write_text("first line\nsecond line\n")
    return file


def begin(start, file: Path):
    writing = start(files=(file,))
    writing.until(lambda: writing.text == file.read_text())
    return writing


def save(writing) -> None:
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())


def texts(path: Path) -> list[str]:
    history = HistoryFolder(paths.data_dir() / HISTORIES).read(path)
    return [read_text(version.path).text for version in history.versions]


def dialog_of(writing) -> VersionsDialog:
    writing.key("Ctrl+Shift+H")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), VersionsDialog))
    dialog = QApplication.activeModalWidget()
    writing.until(lambda: dialog.state.text())
    return dialog


def choose(writing, dialog: VersionsDialog, row: int) -> None:
    dialog.state.setText("")
    writing.key("Down" if row else "Home", dialog.list)
    while dialog.list.currentRow() < row:
        writing.key("Down", dialog.list)
    writing.until(lambda: dialog.state.text())


def test_what_was_there_first_and_each_save_is_kept(start, file):
    writing = begin(start, file)
    for typed in ("a", "早"):
        writing.type(typed)
        save(writing)
    writing.close()
    assert texts(file) == [
        "a早first line\nsecond line\n",
        "afirst line\nsecond line\n",
        "first line\nsecond line\n",
    ]
    for place in (paths.data_dir() / HISTORIES).rglob("*"):
        assert not stat.S_IMODE(place.stat().st_mode) & 0o077


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_version_is_compared_and_restored_as_one_step(start, file, language):
    writing = begin(start, file)
    writing.settings.set(LANGUAGE_WINDOW, language)
    writing.key("Ctrl+End")
    writing.type("third")
    save(writing)
    writing.key("Ctrl+A")
    writing.type("now 𝄞")
    dialog = dialog_of(writing)
    assert dialog.list.count() == 2
    for shown_in in ("zh", "en", language):  # a settings file may change while the dialog is open
        writing.settings.set(LANGUAGE_WINDOW, shown_in)
        writing.until(lambda: ("Restoring" in dialog.state.text()) == (shown_in == "en"))  # noqa: B023
    choose(writing, dialog, 1)
    shown = dialog.view.toPlainText()
    assert "now" in shown
    assert "first" in shown
    dialog.restore.click()
    writing.back_from(dialog)
    writing.until(lambda: writing.text == "first line\nsecond line\n")
    assert writing.window.isWindowModified()
    writing.key("Ctrl+Z")
    assert writing.text == "now 𝄞"
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "first line\nsecond line\n"


def test_what_was_restored_is_in_the_journal(start, file):
    writing = begin(start, file)
    writing.type("new ")
    save(writing)
    dialog = dialog_of(writing)
    assert not dialog.restore.isEnabled()
    choose(writing, dialog, 1)
    dialog.restore.click()
    writing.back_from(dialog)
    writing.until(lambda: writing.text == "first line\nsecond line\n")
    writing.close()
    writing = start()
    writing.until(lambda: writing.text == "first line\nsecond line\n")
    assert file.read_text().startswith("new ")
    assert writing.window.isWindowModified()


def test_escape_leaves_the_text_alone(start, file):
    writing = begin(start, file)
    writing.type("new ")
    save(writing)
    dialog = dialog_of(writing)
    choose(writing, dialog, 1)
    writing.key("Esc", dialog)
    writing.back_from(dialog)
    assert writing.text == "new first line\nsecond line\n"
    assert not writing.window.isWindowModified()


def test_the_program_can_end_while_they_are_shown(start, file):
    writing = begin(start, file)
    writing.type("new ")
    save(writing)
    dialog = dialog_of(writing)
    writing.key("Down", dialog.list)
    writing.close()
    assert file.read_text() == "new first line\nsecond line\n"


def test_without_versions_the_quiet_line_says_why(start, file):
    writing = start()
    said = []
    for prepare in (
        lambda: None,
        lambda: writing.program.files.open(file),
        lambda: writing.settings.set(EDITOR_VERSIONS, False),
    ):
        prepare()
        writing.run(0.05)
        writing.window.status.show_message("")
        writing.key("Ctrl+Shift+H")
        writing.until(lambda: writing.window.status.message.full_text())
        said.append(writing.window.status.message.full_text())
    assert said[0] == "A text has versions once it is saved."
    assert said[2] == "No versions are kept; Settings, Editor switches that on."


def test_switched_off_nothing_is_kept(start, file):
    writing = begin(start, file)
    writing.settings.set(EDITOR_VERSIONS, False)
    writing.type("a")
    save(writing)
    writing.close()
    assert not (paths.data_dir() / HISTORIES).exists()


def test_a_save_succeeds_where_versions_cannot_be_kept(start, file):
    (paths.data_dir() / HISTORIES).write_text("no folder")
    writing = begin(start, file)
    writing.type("a")
    save(writing)
    assert file.read_text() == "afirst line\nsecond line\n"
    writing.type("b")
    save(writing)
    writing.close()
    assert file.read_text() == "abfirst line\nsecond line\n"


def test_damaged_versions_are_left_out_and_said(start, file):
    writing = begin(start, file)
    for typed in "ab":
        writing.type(typed)
        save(writing)
    writing.until(lambda: len(texts(file)) == 3)
    damaged = HistoryFolder(paths.data_dir() / HISTORIES).read(file).versions[1].path
    damaged.write_bytes(b"nonsense")
    dialog = dialog_of(writing)
    assert dialog.list.count() == 2
    assert dialog._damage.isVisible()
    gone = HistoryFolder(paths.data_dir() / HISTORIES).read(file).versions[1].path
    gone.unlink()
    choose(writing, dialog, 1)
    assert dialog.state.text() == "This version is not there any more."
    assert not dialog.restore.isEnabled()
    writing.key("Esc", dialog)
    writing.back_from(dialog)


def test_another_program_s_text_is_kept_before_it_is_replaced(start, file):
    writing = begin(start, file)
    writing.type("mine ")
    save(writing)
    file.write_bytes("他们的文字，今天早上写的。\n".encode())
    writing.type("x")
    writing.key("Ctrl+S")
    writing.answer("Replace")
    writing.until(lambda: not writing.window.isWindowModified())
    writing.close()
    assert "他们的文字，今天早上写的。\n" in texts(file)
    assert texts(file)[0].startswith("mine x")


def test_a_file_renamed_by_another_program_keeps_its_history(start, file, tmp_path):
    writing = begin(start, file)
    writing.type("a")
    save(writing)
    writing.close()
    moved = file.replace(tmp_path / "b.md")
    writing = start(files=(moved,))
    writing.until(lambda: writing.program.documents.current.document.path == moved)
    dialog = dialog_of(writing)
    assert dialog.list.count() == 2
    writing.key("Esc", dialog)
    writing.back_from(dialog)


def test_bytes_that_the_editor_cannot_hold_come_back(start, tmp_path):
    file = tmp_path / "odd.txt"
    file.write_bytes(b"one\r two\nthree\n")
    writing = start(files=(file,))
    writing.until(lambda: writing.text)
    writing.key("Ctrl+A")
    writing.type("plain")
    save(writing)
    writing.close()
    file.write_bytes(b"plain!")
    writing = start(files=(file,))
    writing.until(lambda: writing.text == "plain!")
    writing.key("Ctrl+End")
    writing.type("?")
    save(writing)
    dialog = dialog_of(writing)
    choose(writing, dialog, dialog.list.count() - 1)
    dialog.restore.click()
    writing.back_from(dialog)
    save(writing)
    assert file.read_bytes() == b"one\r two\nthree\n"


def test_a_save_does_not_wait_for_its_version(start, file, monkeypatch):
    go_on = Event()
    keep = HistoryFolder.keep
    monkeypatch.setattr(
        HistoryFolder, "keep", lambda *given, **named: go_on.wait(60) and keep(*given, **named)
    )
    writing = begin(start, file)
    for typed in "ab":
        writing.type(typed)
        save(writing)
    assert texts(file) == []
    go_on.set()
    writing.close()
    assert len(texts(file)) == 3


def test_save_as_takes_the_history_along_and_keeps_what_it_replaces(start, file, tmp_path):
    other = tmp_path / "b.md"
    other.write_text("what was in b")
    writing = begin(start, file)
    writing.type("a")
    save(writing)
    writing.key("Ctrl+Shift+S")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    line = dialog.findChild(QLineEdit)
    line.setText(str(other))
    writing.key("Return", line)
    writing.back_from(dialog)
    writing.until(lambda: writing.program.documents.current.document.path == other)
    writing.close()
    lines = "first line\nsecond line\n"
    assert sorted(texts(other)) == sorted(["a" + lines, lines, "what was in b"])
    assert texts(file) == ["a" + lines, lines]


def test_privacy_lists_and_clears_them(start, file):
    writing = begin(start, file)
    writing.type("a")
    save(writing)
    writing.until(lambda: len(texts(file)) == 2)
    item = next(item for item in stored_items() if item.name == "versions")
    assert item.bytes() > 0
    item.clear()
    assert texts(file) == []
    writing.type("b")
    save(writing)
    writing.until(lambda: len(texts(file)) == 1)


def test_nothing_of_the_text_is_logged(start, file, caplog):
    caplog.set_level(0)
    writing = begin(start, file)
    writing.type("secretword ")
    save(writing)
    writing.until(lambda: len(texts(file)) == 2)
    for version in HistoryFolder(paths.data_dir() / HISTORIES).read(file).versions:
        version.path.write_bytes(version.path.read_bytes()[:-1])
    writing.key("Ctrl+Shift+H")
    writing.until(lambda: "damaged" in writing.window.status.message.full_text())
    assert "secretword" not in caplog.text
    assert file.name not in caplog.text
