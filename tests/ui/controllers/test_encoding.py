"""Files in old encodings: opened as they are, asked about, changed to UTF-8, and no character lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from writer.ui.panels.encoding_dialog import EncodingDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")  # said by the offscreen platform

BIG5 = "今天天氣很好，我們去公園散步。他說這是一個不錯的主意，大家都同意了。"


def dialog(writing) -> EncodingDialog:
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), EncodingDialog))
    return QApplication.activeModalWidget()


def choose(writing, encoding: str) -> None:
    """Go to an encoding with the arrow keys, and take it."""
    asked = dialog(writing)
    asked.list.setFocus()
    writing.key("Home", asked.list)
    for _ in range(asked.list.count()):
        if asked.encoding == encoding:
            break
        writing.key("Down", asked.list)
    assert asked.encoding == encoding
    writing.key("Return", asked.list)
    writing.back_from(asked)


def opened(start, file: Path):
    writing = start(files=(file,))
    writing.until(lambda: file.name in writing.window.windowTitle())
    return writing


def save(writing) -> None:
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())


def test_a_file_in_big5_is_shown_and_saved_in_big5(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(f"{BIG5}\r\n".encode("big5"))
    writing = opened(start, file)
    assert writing.text == f"{BIG5}\n"
    assert writing.window.status.form.text() == "Big5  ·  CRLF"
    writing.type("他")
    save(writing)
    assert file.read_bytes() == f"他{BIG5}\r\n".encode("big5")


def test_without_evidence_the_writer_is_asked_and_sees_how_it_reads(start, tmp_path):
    file = tmp_path / "a.txt"
    data = "Ein Haus\nam Fluß Ø\n".encode("cp850")
    file.write_bytes(data)
    writing = start(files=(file,))
    asked = dialog(writing)
    previews = set()
    for row in range(asked.list.count()):
        asked.list.setCurrentRow(row)
        previews.add(asked.preview.toPlainText())
    assert len(previews) > 3
    choose(writing, "cp850")
    writing.until(lambda: writing.text == "Ein Haus\nam Fluß Ø\n")
    assert writing.window.status.form.text() == "DOS 850  ·  LF"
    writing.type("ß")
    save(writing)
    assert file.read_bytes() == "ß".encode("cp850") + data


def test_who_does_not_answer_keeps_what_was_there(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"caf\xe9")
    writing = start(files=(file,))
    asked = dialog(writing)
    writing.key("Esc", asked)
    writing.back_from(asked)
    assert writing.text == ""
    assert file.read_bytes() == b"caf\xe9"


def test_another_encoding_reads_the_file_again(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes("Сегодня хорошая погода, и мы идём гулять в парк вместе с друзьями.".encode("koi8_r"))
    writing = opened(start, file)
    QTest.mouseClick(writing.window.status.form, Qt.MouseButton.LeftButton)
    assert dialog(writing).encoding == "koi8_r"
    choose(writing, "cp1251")
    writing.until(lambda: "уЕЗПДОС" in writing.text)
    assert writing.window.status.form.text() == "Windows 1251  ·  LF"
    assert not writing.window.isWindowModified()


def test_what_the_encoding_lacks_is_asked_about_and_never_lost(start, tmp_path):
    file = tmp_path / "a.txt"
    data = f"{BIG5}\n".encode("big5")
    file.write_bytes(data)
    writing = opened(start, file)
    writing.type("😀")
    writing.key("Ctrl+S")
    writing.answer("Go Back")
    assert file.read_bytes() == data
    assert writing.window.isWindowModified()
    writing.key("Ctrl+S")
    writing.answer("Save in UTF-8")
    writing.until(lambda: not writing.window.isWindowModified())
    assert file.read_text("utf-8") == f"😀{BIG5}\n"
    assert writing.window.status.form.text() == "UTF-8  ·  LF"


def test_a_text_turns_to_utf_8_when_the_writer_wants_it(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(f"{BIG5}\n".encode("big5"))
    writing = opened(start, file)
    writing.actions["file.encoding"].trigger()
    asked = dialog(writing)
    button = next(b for b in asked.buttons.buttons() if b.text() == "Save in UTF-8 From Now On")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    writing.back_from(asked)
    save(writing)
    assert file.read_text("utf-8") == f"{BIG5}\n"
