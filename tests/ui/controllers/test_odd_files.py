"""Pipes, sockets, devices, folders and sparse files of 5 GB, opened and imported: one sentence, soon."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from tests.fakes.odd_files import KINDS, NO_FILES, odd_file
from writer.documents.text_file import MAX_BYTES, file_state, read_document

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)"),
    pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX"),
]
KILOBYTES = 300_000
"""Of memory that may be taken more."""


def said(writing) -> str:
    """What the window says in its one question box, which is answered."""
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    text = QApplication.activeModalWidget().text()
    writing.answer("OK")
    return text


def sentence(path: Path, kind: str) -> str:
    if path.suffix == ".docx":
        if kind == "huge":
            return f"{path.name} is too large to be converted; split it first."
        return f"{path.name} is not a file; choose a document."
    if kind == "huge":
        return f"{path} is larger than 50 MB; split it, and open its parts."
    return f"{path} is not a file; choose a text file."


@pytest.mark.parametrize("name", ["a.txt", "a.docx"])
def test_opened_with_the_program_they_are_one_sentence_each(start, tmp_path, name):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for kind in KINDS:
        folder = tmp_path / kind
        folder.mkdir()
        with odd_file(folder / name, kind) as path:
            writing = start(files=(path,))
            assert said(writing) == sentence(path, kind)
            assert writing.text == ""
            writing.close()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < KILOBYTES


@pytest.mark.parametrize(
    ("keys", "name"), [("Ctrl+O", "a.txt"), ("Ctrl+O", "a.docx"), ("Ctrl+Shift+I", "a.docx")]
)
def test_chosen_in_the_dialog_they_are_one_sentence_each(start, tmp_path, keys, name):
    writing = start()
    writing.type("mine")
    for kind in [kind for kind in KINDS if kind != "folder"]:  # which the dialog goes into
        (tmp_path / kind).mkdir()
        with odd_file(tmp_path / kind / name, kind) as path:
            writing.key(keys)
            writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
            dialog = QApplication.activeModalWidget()
            field = dialog.findChild(QLineEdit, "fileNameEdit")
            field.setText(str(path))
            QTest.keyClick(field, Qt.Key.Key_Return)
            assert said(writing) == sentence(path, kind)
    assert writing.text == "mine"


@pytest.mark.parametrize("kind", NO_FILES)
def test_an_open_file_in_whose_place_is_no_file_counts_as_gone(start, tmp_path, kind):
    file = tmp_path / "a.txt"
    file.write_text("the only copy")
    writing = start(files=(file,))
    writing.until(lambda: "a.txt" in writing.window.windowTitle())
    file.unlink()
    with odd_file(file, kind):
        writing.program.files._check_file_unless_busy()
        writing.until(lambda: writing.program.documents.current.document.file_missing)
        assert "is gone" in writing.window.status.message.full_text()
        assert writing.window.isWindowModified()
        assert start().text == "the only copy"


@pytest.mark.parametrize("kind", ["huge"])
def test_a_huge_file_in_the_place_of_an_open_one_is_not_read(start, tmp_path, kind):
    file = tmp_path / "a.txt"
    file.write_text("")
    writing = start(files=(file,))
    writing.until(lambda: "a.txt" in writing.window.windowTitle())
    file.unlink()
    with odd_file(file, kind):
        writing.program.files._check_file_unless_busy()
        writing.answer("Load the New Text")
        assert said(writing) == sentence(file, kind)


@pytest.mark.parametrize("kind", NO_FILES)
def test_no_file_counts_as_missing(tmp_path, kind):
    file = tmp_path / "a.txt"
    file.write_text("")
    known = read_document(file).version
    file.unlink()
    with odd_file(file, kind):
        assert file_state(file, known) == "missing"


def test_a_text_of_the_largest_size_is_read(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"x" * MAX_BYTES)
    assert len(read_document(file).text) == MAX_BYTES
