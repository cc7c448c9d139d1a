"""New, open, save and close through menus, dialogs and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.base import paths
from writer.settings.editor_schema import EDITOR_FONT_SIZE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")  # said by the offscreen platform


def choose(writing, path: Path) -> None:
    """Type a path into the file dialog that is open, once it is."""
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    line = dialog.findChild(QLineEdit)
    line.setText(str(path))  # typed keys would open the list of completions, which grabs the keyboard
    writing.key("Return", line)
    writing.back_from(dialog)


def saved(writing) -> bool:
    return not writing.window.isWindowModified()


def test_a_new_text_is_saved_under_the_name_that_is_chosen(start, tmp_path):
    writing = start()
    writing.type("Hello\nthere")
    assert writing.window.isWindowModified()
    writing.key("Ctrl+S")
    choose(writing, tmp_path / "letter.txt")
    writing.until(lambda: saved(writing))
    assert (tmp_path / "letter.txt").read_bytes() == b"Hello\nthere"
    assert "letter.txt" in writing.window.windowTitle()
    writing.type("!")
    writing.key("Ctrl+S")
    writing.until(lambda: saved(writing))
    assert (tmp_path / "letter.txt").read_bytes() == b"Hello\nthere!"


def test_keys_that_come_before_the_file_go_into_it(start, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ann,\n")

    def hurry(writing):
        writing.key("Ctrl+End")
        writing.type("come ")
        writing.compose("", "早")
        writing.key("Ctrl+S")

    writing = start(files=(file,), hurry=hurry)
    writing.until(lambda: "letter.txt" in writing.window.windowTitle() and saved(writing))
    writing.until(lambda: file.read_text() == "Dear Ann,\ncome 早")
    writing.type("!")
    assert writing.text == "Dear Ann,\ncome 早!"


def test_a_ghost_is_not_saved(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("")
    writing = start({"The gre": "at big house."}, (file,))
    writing.until(lambda: "a.txt" in writing.window.windowTitle())
    writing.type("The gre")
    assert writing.ghost()
    writing.key("Ctrl+S")
    writing.until(lambda: saved(writing))
    assert file.read_text() == "The gre"
    assert writing.editor.ghost
    writing.key("Tab")
    writing.key("Ctrl+S")
    writing.until(lambda: saved(writing))
    assert file.read_text() == "The great big house."


def test_what_is_opened_comes_beside_unsaved_text(start, tmp_path):
    file = tmp_path / "other.txt"
    file.write_bytes("﻿Zeile\r\nzwei".encode())
    writing = start()
    writing.type("mine")
    writing.key("Ctrl+O")
    choose(writing, file)
    writing.until(lambda: writing.text == "Zeile\nzwei")
    assert saved(writing)
    writing.key("Ctrl+End")
    writing.type("\nx")
    writing.key("Ctrl+S")
    writing.until(lambda: saved(writing))
    assert file.read_bytes() == "﻿Zeile\r\nzwei\r\nx".encode()


def test_a_file_that_is_not_text_is_refused_and_the_text_stays(start, tmp_path):
    file = tmp_path / "picture.txt"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    writing = start()
    writing.type("mine")
    writing.key("Ctrl+O")
    choose(writing, file)
    writing.until(lambda: QApplication.activeModalWidget() is not None)
    assert QApplication.activeModalWidget().text() == f"{file} is not a text file; choose another file."
    writing.answer("OK")
    assert writing.text == "mine"
    assert writing.window.isWindowModified()


def test_a_text_that_cannot_be_saved_stays_in_the_window(start, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    file = folder / "a.txt"
    file.write_text("")
    writing = start({}, (file,))
    writing.until(lambda: "a.txt" in writing.window.windowTitle())
    writing.type("precious")
    file.unlink()
    folder.rmdir()
    writing.key("Ctrl+S")
    writing.until(lambda: QApplication.activeModalWidget() is not None)
    assert QApplication.activeModalWidget().text().startswith(f"The folder of {file} is gone; ")
    writing.answer("OK")
    assert writing.text == "precious"
    assert writing.window.isWindowModified()


def test_a_file_changed_outside_is_asked_about_before_it_is_replaced(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one")
    writing = start({}, (file,))
    writing.until(lambda: writing.text == "one")
    writing.type("my ")
    file.write_text("theirs")
    writing.key("Ctrl+S")
    writing.answer("Cancel")
    assert (file.read_text(), writing.text) == ("theirs", "my one")
    writing.key("Ctrl+S")
    writing.answer("Replace")
    writing.until(lambda: saved(writing))
    assert file.read_text() == "my one"


def test_coming_back_to_the_window_notices_a_change_outside(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one")
    writing = start({}, (file,))
    writing.until(lambda: writing.text == "one")
    file.write_text("two and more")
    writing.window.activated.emit()
    writing.answer("Load the New Text")
    writing.until(lambda: writing.text == "two and more")
    file.write_text("three")
    writing.window.activated.emit()
    writing.answer("Keep What Is Here")
    writing.run(0.1)
    assert writing.text == "two and more"
    assert writing.window.isWindowModified()
    writing.key("Ctrl+S")
    writing.until(lambda: saved(writing))
    assert file.read_text() == "two and more"


def test_quitting_asks_nothing_and_the_next_start_shows_the_text_again(start):
    writing = start()
    closed = []
    writing.window.closed.connect(lambda: closed.append(True))
    writing.type("one\ntwo mine")
    writing.key("Left")
    writing.key("Left")
    writing.key("Ctrl+Q")
    assert closed
    again = start()
    assert again.text == "one\ntwo mine"
    assert again.window.isWindowModified()
    again.type("!")
    assert again.text == "one\ntwo mi!ne"


def test_where_there_is_no_journal_quitting_asks(start, tmp_path, logged_errors):
    journals = paths.data_dir() / "journals"
    journals.write_text("in the way")
    writing = start()
    closed = []
    writing.window.closed.connect(lambda: closed.append(True))
    writing.type("mine")
    assert "not protected" in writing.window.status.message.full_text()
    writing.key("Ctrl+Q")
    writing.answer("Cancel")
    assert writing.window.isVisible()
    writing.key("Ctrl+Q")
    writing.answer("Save")
    choose(writing, tmp_path / "kept.txt")
    writing.until(lambda: closed)
    assert (tmp_path / "kept.txt").read_text() == "mine"


def test_what_is_given_up_does_not_come_back(start):
    writing = start()
    writing.type("mine")
    writing.key("Ctrl+W")
    writing.answer("Cancel")
    assert writing.text == "mine"
    writing.key("Ctrl+W")
    writing.answer("Do Not Save")
    writing.until(lambda: writing.text == "")
    writing.type("second")
    assert start().text == "second"


def test_when_the_system_ends_the_program_unsaved_text_comes_back(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one")
    writing = start({}, (file,))
    writing.until(lambda: writing.text == "one")
    writing.type("my 😀 ")
    writing.program.loop.call_soon(writing.program.stop)
    writing.run(5)
    text = writing.text
    again = start()
    again.until(lambda: again.text == text)
    assert again.window.isWindowModified()
    assert file.read_text() == "one"
    again.key("Ctrl+S")
    again.until(lambda: saved(again))
    assert file.read_text() == text == "my 😀 one"


def test_zoom_is_a_setting_and_moves_the_lines(start):
    writing = start()
    writing.type("one\ntwo")
    before = writing.editor.cursorRect().height()
    writing.key("Ctrl++")
    writing.key("Ctrl++")
    assert writing.settings.get(EDITOR_FONT_SIZE) == EDITOR_FONT_SIZE.default + 2
    assert writing.editor.cursorRect().height() > before
    writing.key("Ctrl+0")
    assert writing.settings.is_default(EDITOR_FONT_SIZE)


def test_words_are_counted_as_they_change(start):
    writing = start()
    words = writing.window.status.words
    writing.type("It's one\ntwo, three-four")
    writing.until(lambda: words.text() == "4 words")
    writing.key("Ctrl+A")
    writing.key("Backspace")
    assert words.text() == "0 words"
    writing.key("Ctrl+Z")
    writing.until(lambda: words.text() == "4 words")
    writing.editor.set_text("你好，世界 and 2 words\n" * 3000)
    writing.until(lambda: "21" in words.text() and "000 words" in words.text())
    writing.key("Ctrl+Home")
    writing.key("Shift+Down")
    writing.key("Delete")
    writing.until(lambda: "20" in words.text() and "993 words" in words.text())
