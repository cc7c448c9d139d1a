"""Save As: the name that it proposes, endings, and files that are open elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from writer.app.documents.journals import Journals
from writer.base import paths
from writer.base.task_pool import TaskPool
from writer.documents.journal.records import DocumentInfo

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(|grabbing")


def dialog_of(writing) -> QFileDialog:
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    return QApplication.activeModalWidget()


def name(writing, typed: Path | str, kind: str = "") -> None:
    """Type a name into the dialog that is open, and choose a kind of file that begins so."""
    dialog = dialog_of(writing)
    if kind:
        found = next(f for f in dialog.nameFilters() if f.startswith(kind))
        dialog.selectNameFilter(found)
        dialog.filterSelected.emit(found)
    line = dialog.findChild(QLineEdit)
    line.setText(str(typed))
    writing.key("Return", line)
    writing.back_from(dialog)


def saved(writing) -> bool:
    return not writing.window.isWindowModified()


def names(writing) -> list[str]:
    return [opened.document.name for opened in writing.program.documents.all]


@pytest.mark.parametrize(
    ("text", "proposed"),
    [("words\n# The *old* house: 1", "The old house 1.md"), ("words", "Untitled.txt"), ("", "Untitled.txt")],
)
def test_the_first_heading_is_proposed(start, text, proposed):
    writing = start()
    writing.type(text)
    writing.key("Ctrl+Shift+S")
    dialog = dialog_of(writing)
    assert dialog.windowTitle() == "Save As"
    assert dialog.findChild(QLineEdit).text() == proposed
    writing.key("Esc", dialog)
    writing.back_from(dialog)


@pytest.mark.parametrize(
    ("typed", "kind", "made"),
    [
        ("Dr. Smith and Mr. Jones", "", "Dr. Smith and Mr. Jones.txt"),
        ("draft v1.2", "Markdown", "draft v1.2.md"),
        ("plain", "Markdown", "plain.md"),
        ("given.txt", "Markdown", "given.txt"),
        ("Makefile", "All", "Makefile"),
        ("第3.5章", "", "第3.5章.txt"),
    ],
)
def test_a_name_gets_the_chosen_ending(start, tmp_path, typed, kind, made):
    folder = tmp_path / "texts"
    folder.mkdir()
    writing = start()
    writing.type("words")
    writing.key("Ctrl+S")
    name(writing, folder / typed, kind)
    writing.until(lambda: saved(writing))
    assert [path.name for path in folder.iterdir()] == [made]


def test_a_file_that_gets_its_name_by_the_ending_is_asked_about(start, tmp_path):
    file = tmp_path / "draft v1.2.txt"
    file.write_text("theirs")
    writing = start()
    writing.type("mine")
    writing.key("Ctrl+S")
    name(writing, tmp_path / "draft v1.2")
    writing.answer("Cancel")
    assert file.read_text() == "theirs"
    writing.key("Ctrl+S")
    name(writing, tmp_path / "draft v1.2")
    writing.answer("Replace")
    writing.until(lambda: saved(writing))
    assert file.read_text() == "mine"


@pytest.mark.parametrize("link", [False, True], ids=["itself", "by a link"])
def test_a_file_that_is_open_in_another_tab_is_asked_about_and_its_text_stays(start, tmp_path, link):
    file, other_name = tmp_path / "a.txt", tmp_path / "b.txt"
    file.write_text("theirs")
    other_name.symlink_to(file)
    writing = start(files=(file,))
    writing.until(lambda: writing.text == "theirs")
    writing.key("Ctrl+N")
    writing.type("mine")
    chosen = other_name if link else file
    for answer in ("Cancel", "Save Under Another Name…", "Replace"):
        if answer != "Replace":
            writing.key("Ctrl+S")
        name_over(writing, chosen)
        writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
        assert "is open in another tab" in QApplication.activeModalWidget().text()
        writing.answer(answer)
        assert file.read_text() == "theirs" or answer == "Replace"
    writing.until(lambda: saved(writing))
    assert file.read_text() == "mine"
    assert names(writing) == ["", chosen.name]
    assert writing.program.documents.all[0].whole_text() == "theirs"
    assert writing.program.documents.all[0].unsaved


def name_over(writing, path: Path) -> None:
    """Choose a file that is there, and say yes to the dialog's own question, which blocks."""
    dialog = dialog_of(writing)
    line = dialog.findChild(QLineEdit)
    line.setText(str(path))
    answered = QTimer()
    answered.timeout.connect(lambda: click_yes(dialog))
    answered.start(20)
    writing.key("Return", line)
    answered.stop()
    writing.until(lambda: QApplication.activeModalWidget() is not dialog)


def click_yes(dialog: QFileDialog) -> None:
    for box in dialog.findChildren(QMessageBox):
        if box.isVisible():
            box.button(QMessageBox.StandardButton.Yes).click()


def test_a_journal_of_another_process_tells_that_its_file_is_open(start, tmp_path):
    """Another process is another lock on the journal's folder, as here."""
    file = tmp_path / "a.txt"
    file.write_text("theirs")
    writing = start()
    writing.type("mine")
    pool = TaskPool(writing.program.loop, "other")
    other = Journals(paths.data_dir() / "journals", pool)
    journal = other.begin(DocumentInfo(str(file)), "theirs")
    writing.key("Ctrl+S")
    name_over(writing, file)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    assert "is open in another window" in QApplication.activeModalWidget().text()
    writing.answer("Cancel")
    assert file.read_text() == "theirs"
    writing.program.loop.run_until_complete(journal.close())
    writing.key("Ctrl+S")
    name_over(writing, file)
    writing.until(lambda: saved(writing))
    assert file.read_text() == "mine"
    other.close()
    writing.program.loop.run_until_complete(pool.close())
