"""What the journal brings back, what it asks, and what happens where the disk refuses."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.app.desktop.stored_data import stored_items
from writer.base import paths
from writer.documents.journal import journal

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def journals() -> Path:
    return paths.data_dir() / "journals"


def unsaved():
    return next(thing for thing in stored_items() if thing.name == "unsaved")


def logs() -> list[Path]:
    return sorted(journals().glob("*/*.log"))


def test_undo_redo_replace_all_and_import_are_in_the_journal(start, tmp_path):
    writing = start()
    writing.type("one two one 😀\n")
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Shift+Z")
    writing.editor.replace(0, 7, "three")
    writing.key("Ctrl+A")
    writing.key("Ctrl+C")
    writing.key("End")
    writing.key("Ctrl+V")
    text = writing.text
    assert text.count("three") == 2
    assert start().text == text


def test_what_is_imported_is_protected_at_once(start):
    writing = start()
    loop = writing.program.loop
    loop.run_until_complete(writing.program.files.add_text("imported\ntext", Path("imported.md")))
    assert writing.text == "imported\ntext"
    assert b"i\0m\0p\0o\0r\0t\0" in logs()[0].read_bytes()
    assert start().text == "imported\ntext"


@pytest.mark.parametrize("name", ["The garden.md", "雨中花园.md"])
def test_an_imported_text_keeps_its_name_until_it_is_saved(start, tmp_path, monkeypatch, name):
    monkeypatch.setattr(journal, "COMPACT_BYTES", 3000)
    writing = start()
    loop = writing.program.loop
    writing.type("x")
    writing.key("Backspace")  # the blank text has a journal already
    loop.run_until_complete(writing.program.files.add_text("imported\n", tmp_path / name))

    def is_merged() -> bool:
        writing.type("more ")
        return [log.stem for log in logs()] != ["1"]

    writing.until(is_merged, 30)
    text = writing.text
    writing = start()
    assert writing.text == text
    document = writing.program.documents.current.document
    assert (document.name, document.path) == (name, None)
    assert name in writing.window.windowTitle()
    writing.key("Ctrl+S")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert (dialog.directory().absolutePath(), field.text()) == (str(tmp_path), name)
    writing.key("Return", field)
    writing.back_from(dialog)
    writing.until(lambda: document.path == tmp_path / name)


def test_a_damaged_journal_keeps_the_name_of_an_imported_text(start, tmp_path):
    writing = start()
    loop = writing.program.loop
    loop.run_until_complete(writing.program.files.add_text("imported\n", tmp_path / "garden.md"))
    writing.type("more ")
    writing.close()
    [file] = logs()
    data = bytearray(file.read_bytes())
    data[-40] ^= 0xFF
    file.write_bytes(data)
    writing = start()
    writing.until(lambda: "garden.md" in writing.window.status.message.full_text())
    names = [one.document.name for one in writing.program.documents.all]
    assert "garden.md" in names


def test_a_long_log_becomes_a_base(start, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "COMPACT_BYTES", 3000)
    file = tmp_path / "a.txt"
    file.write_text("begin ")
    writing = start({}, (file,))
    writing.key("Ctrl+End")
    for _ in range(5):
        writing.type("what is written here is long ")
        writing.run(0.05)
    writing.until(lambda: len(logs()) == 1 and int(logs()[0].stem) > 1)
    assert logs()[0].stat().st_size < 3000
    text = writing.text
    again = start()
    assert again.text == text
    assert again.window.isWindowModified()
    assert file.read_text() == "begin "


def test_a_file_changed_outside_meanwhile_is_asked_about(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    writing = start({}, (file,))
    writing.type("mine ")
    writing.close()
    file.write_text("theirs")
    again = start()
    again.answer("Keep What Is Here")
    again.until(lambda: not again.program.type_ahead.waiting)
    assert again.text == "mine old"
    assert file.read_text() == "theirs"
    assert again.window.isWindowModified()


def test_while_the_disk_refuses_typing_goes_on_and_it_is_said(start):
    writing = start()
    writing.type("safe ")
    message = writing.window.status.message
    size = logs()[0].stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
    try:
        writing.type("not ")
        assert writing.text == "safe not "
        assert "not protected" in message.full_text()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writing.until(lambda: not message.full_text())
    again = start()
    assert again.text == "safe not "


def test_clearing_leaves_what_is_open(start):
    writing = start()
    writing.type("open")
    left = journals() / "left"
    left.mkdir()
    for file in logs()[0].parent.iterdir():
        (left / file.name).write_bytes(file.read_bytes())
    before = unsaved().bytes()
    unsaved().clear()
    assert not left.exists()
    assert 0 < unsaved().bytes() < before
    writing.type(" still")
    assert start().text == "open still"


def test_saving_leaves_no_text_in_the_journal_when_the_window_closes(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("")
    writing = start({}, (file,))
    writing.type("a secret plan")
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())
    writing.close()
    held = b"".join(path.read_bytes() for path in journals().rglob("*") if path.is_file())
    assert b"s\0e\0c\0" not in held
    assert b"secret" not in held
    again = start()
    assert again.text == "a secret plan"
    assert not again.window.isWindowModified()
    assert QApplication.activeModalWidget() is None


def test_a_journal_that_cannot_be_read_is_kept(start):
    broken = journals() / "broken"
    broken.mkdir(parents=True)
    (broken / "1.log").write_bytes(b"\x05\0\0\0nonsense")
    writing = start()
    assert "is kept" in writing.window.status.message.full_text()
    assert (journals() / "bad-broken" / "1.log").read_bytes() == b"\x05\0\0\0nonsense"
    assert start().window.status.message.full_text() == ""
