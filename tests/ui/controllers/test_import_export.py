"""Import and export through the real dialogs, by keys."""

from __future__ import annotations

import resource
import sys
import zipfile

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox, QProgressDialog, QPushButton

from writer.base.errors import UserError
from writer.documents import pandoc
from writer.settings.schema import LANGUAGE_WINDOW
from writer.ui.common.fonts import SERIF, families_of
from writer.ui.printing import export

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


@pytest.mark.parametrize("share", [0.3, 0.8, 0.99])
def test_on_a_full_disk_a_pdf_that_was_there_stays(qapp, tmp_path, share):
    """Most of a PDF is written at its end: the fonts, and what finds the pages again."""
    old, new = tmp_path / "old.pdf", tmp_path / "new.pdf"

    def write(path):
        export.write(path, TEXT * 100, "The garden", True, families_of(SERIF), lambda: False)

    write(old)
    whole = old.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(len(whole) * share), hard))
    try:
        for path in (old, new):
            with pytest.raises(UserError, match=rf"{path.name} cannot be used \(File too large\)"):
                write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert old.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["old.pdf"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_an_export_keeps_the_rights_of_the_file_that_it_replaces(tmp_path):
    target = tmp_path / "a.html"
    target.touch()
    target.chmod(0o664)
    export.write(target, "A text.", "Title", False, (), lambda: False)
    assert b"A text." in target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o664


def test_a_name_with_points_gets_the_chosen_ending_and_a_file_of_that_name_is_asked_about(start, tmp_path):
    file = tmp_path / "draft v1.2.docx"
    file.write_bytes(b"theirs")
    writing = start()
    writing.type("words")
    choose(writing, "Ctrl+Shift+E", tmp_path / "draft v1.2")
    writing.answer("Cancel")
    assert file.read_bytes() == b"theirs"
    choose(writing, "Ctrl+Shift+E", tmp_path / "draft v1.2")
    writing.answer("Replace")
    writing.until(lambda: file.read_bytes().startswith(b"PK"), 30)


def test_a_document_comes_in_as_a_new_text(start, tmp_path):
    file = tmp_path / "garden.docx"
    file.write_bytes(pandoc.from_text(TEXT, pandoc.DOCX, "The garden", "en-US"))
    writing = start()
    choose(writing, "Ctrl+Shift+I", file)
    writing.until(lambda: "garden" in writing.text, 30)
    assert "It *rained*." in writing.text
    assert "下了**雨**。" in writing.text
    assert writing.window.isWindowModified()
    assert writing.window.windowTitle().startswith("garden.md[*]")
    assert not writing.program.import_export.notice.isVisible()


def test_an_imported_text_has_its_name_also_where_it_is_saved(start, tmp_path):
    file = tmp_path / "雨 garden.docx"
    file.write_bytes(pandoc.from_text(TEXT, pandoc.DOCX, "The garden", "en-US"))
    writing = start()
    choose(writing, "Ctrl+Shift+I", file)
    writing.until(lambda: "garden" in writing.text, 30)
    assert writing.editor.identity.title == "雨 garden"
    assert not (tmp_path / "雨 garden.md").exists()
    writing.key("Ctrl+S")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert (dialog.directory().absolutePath(), field.text()) == (str(tmp_path), "雨 garden.md")
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.back_from(dialog)
    writing.until(lambda: (tmp_path / "雨 garden.md").exists())
    writing.key("Ctrl+N")
    assert writing.window.windowTitle().startswith("Untitled")


def test_a_bar_says_what_was_simplified_until_it_is_closed(start, tmp_path):
    file = tmp_path / "page.html"
    cell = "<td><ul><li>one</li><li>two</li></ul></td>"
    file.write_text(f"<table><tr>{cell}{cell}</tr></table><p><u>a</u> <u>b</u></p>")
    writing = start()
    notice = writing.program.import_export.notice
    choose(writing, "Ctrl+Shift+I", file)
    writing.until(notice.isVisible, 30)
    assert "one; two" in writing.text
    assert notice.text.text() == (
        "Simpler than in the document: tables without lists and joined cells (1), "
        "underlined words in italics (2)."
    )
    assert writing.editor.hasFocus()
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    chinese = "比原文档简化了：表格中不再有列表和合并的单元格（1 个），下划线改为斜体（2 处）。"
    writing.until(lambda: notice.text.text() == chinese)
    QTest.mouseClick(notice.close_button, Qt.MouseButton.LeftButton)
    assert not notice.isVisible()
    notice.show()
    writing.key("Esc")
    assert not notice.isVisible()
    notice.show()
    writing.key("F11")
    notice.close_button.setFocus()
    writing.key("Esc", notice.close_button)
    assert not notice.isVisible()
    assert writing.editor.hasFocus()
    assert writing.window.isFullScreen()
    writing.key("Esc")
    assert not writing.window.isFullScreen()


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


def test_the_title_of_the_front_matter_names_an_export(start, tmp_path):
    writing = start()
    writing.editor.set_text('---\ntitle: "A/B: 雨"\n---\n\nBody')
    writing.key("Ctrl+Shift+E")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field.text() == "A B 雨"
    field.setText(str(tmp_path / "a.html"))
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.back_from(dialog)
    writing.until((tmp_path / "a.html").exists, 30)
    assert "<title>A/B: 雨</title>" in (tmp_path / "a.html").read_text("utf-8")
