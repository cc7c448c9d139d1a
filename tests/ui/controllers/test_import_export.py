"""Import and export through the real dialogs, by keys."""

from __future__ import annotations

import zipfile

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QProgressDialog, QPushButton

from writer.documents import pandoc

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")
TEXT = "# The garden\n\nIt *rained*.\n\n下了**雨**。"


def choose(writing, keys: str, path: object) -> None:
    """Press keys that open a file dialog, and choose a file in it."""
    writing.key(keys)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    field.setText(str(path))
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.back_from(dialog)


@pytest.mark.parametrize("ending", ["docx", "odt", "epub", "html", "pdf"])
def test_a_text_is_exported(start, tmp_path, ending):
    writing = start()
    writing.editor.set_text(TEXT)
    file = tmp_path / f"garden.{ending}"
    choose(writing, "Ctrl+Shift+E", file)
    message = writing.window.status.message
    writing.until(lambda: message.full_text() == f"Exported to {file.name}.", 30)
    data = file.read_bytes()
    if ending == "pdf":
        assert data.startswith(b"%PDF")
    elif ending == "html":
        assert "<h1" in data.decode()
    else:
        assert zipfile.ZipFile(file).testzip() is None
    assert writing.text == TEXT
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_document_comes_in_as_a_new_text(start, tmp_path):
    file = tmp_path / "garden.docx"
    file.write_bytes(pandoc.from_text(TEXT, pandoc.DOCX, "The garden", "en-US"))
    writing = start()
    choose(writing, "Ctrl+Shift+I", file)
    writing.until(lambda: "garden" in writing.text, 30)
    assert "It *rained*." in writing.text
    assert "下了**雨**。" in writing.text
    assert writing.window.isWindowModified()
    assert writing.window.windowTitle().startswith("Untitled")


@pytest.mark.parametrize(
    ("name", "said"), [("a.docx", "could not be converted"), ("a.xyz", "cannot be imported")]
)
def test_what_cannot_be_imported_is_told_and_the_text_stays(start, tmp_path, name, said):
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04 not a document")
    writing = start()
    writing.type("mine")
    writing.key("Ctrl+Shift+I")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    dialog.setNameFilter("All (*)")
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    field.setText(str(file))
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox), 20)
    assert said in QApplication.activeModalWidget().text()
    writing.answer("OK")
    assert writing.text == "mine"


def test_a_long_conversion_can_be_stopped(start, tmp_path):
    file = tmp_path / "slow.html"
    file.write_text(("<div>" * 3000 + "x" + "</div>" * 3000) * 40)
    writing = start()
    choose(writing, "Ctrl+Shift+I", file)
    writing.until(lambda: any(d.isVisible() for d in writing.window.findChildren(QProgressDialog)), 10)
    [dialog] = writing.window.findChildren(QProgressDialog)
    assert dialog.labelText() == "Converting slow.html…"
    QTest.mouseClick(dialog.findChild(QPushButton), Qt.MouseButton.LeftButton)
    writing.until(lambda: writing.window.status.message.full_text() == "Stopped.", 10)
