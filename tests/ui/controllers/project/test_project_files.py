"""New, renamed, moved and deleted texts with real keys in the list, and what happens to their tabs."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu

from writer.base import paths
from writer.documents.history.history_folder import HistoryFolder
from writer.documents.history.version_file import VersionText

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(|grabbing the (mouse|keyboard)")


@pytest.fixture
def novel(tmp_path) -> Path:
    for name in ("one.md", "part/two.md", "part/three.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"in {name}", "utf-8")
    return tmp_path


def opened(writing, folder: Path):
    writing.program.late.project.open_folder(folder)
    writing.until(lambda: writing.program.late.project.listing)
    done(writing)
    return writing.program.late.project.panel


def done(writing) -> None:
    program = writing.program
    writing.run(0.02)
    writing.until(lambda: not program.late.project._tasks.busy and not program.files._tasks.busy)


def mark(writing, panel, name: str) -> None:
    panel.tree.setFocus()
    panel.tree.setCurrentIndex(panel.model.index_of(name))


def enter(writing, name: str, whole: bool = False) -> None:
    """Write into the field of the dialog that opens, over what is selected there, and press Return."""
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit)
    if whole:
        field.selectAll()
    for character in name:
        writing.send(field, character)
    writing.key("Return", field)
    writing.back_from(dialog)
    done(writing)


def names(writing) -> list[str]:
    return list(writing.program.late.project.listing.names)


def test_a_new_text_is_made_beside_the_marked_one_and_opened(start, novel):
    writing = start()
    panel = opened(writing, novel)
    mark(writing, panel, "part/two.md")
    writing.key("Insert", panel.tree)
    enter(writing, "第四章")
    assert (novel / "part" / "第四章.md").read_bytes() == b""
    writing.until(lambda: writing.program.documents.current.document.path == novel / "part" / "第四章.md")
    assert "part/第四章.md" in names(writing)


def test_f2_renames_and_the_open_text_follows_with_its_changes(start, novel):
    writing = start(files=(novel / "part" / "two.md",))
    writing.until(lambda: writing.text == "in part/two.md")
    panel = opened(writing, novel)
    writing.type("My ")
    mark(writing, panel, "part/two.md")
    writing.key("F2", panel.tree)
    enter(writing, "zwei")
    document = writing.program.documents.current.document
    assert document.path == novel / "part" / "zwei.md"
    assert (panel.marked(), writing.window.isWindowModified()) == ("part/zwei.md", True)
    writing.editor.setFocus()
    writing.key("Ctrl+S")
    writing.until(lambda: (novel / "part" / "zwei.md").read_text() == "My in part/two.md")
    assert not (novel / "part" / "two.md").exists()


def test_a_renamed_text_with_changes_is_there_after_a_crash_too(start, novel):
    writing = start(files=(novel / "one.md",))
    writing.until(lambda: writing.text == "in one.md")
    panel = opened(writing, novel)
    writing.type("My ")
    mark(writing, panel, "one.md")
    writing.key("F2", panel.tree)
    enter(writing, "part/eins.md", whole=True)
    writing = start()
    writing.until(lambda: writing.text == "My in one.md")
    assert writing.program.documents.current.document.path == novel / "part" / "eins.md"
    assert writing.window.isWindowModified()


def test_a_subfolder_is_renamed_with_all_its_tabs(start, novel):
    writing = start(files=(novel / "part" / "two.md", novel / "one.md"))
    writing.until(lambda: writing.text == "in one.md")
    panel = opened(writing, novel)
    mark(writing, panel, "part")
    writing.key("F2", panel.tree)
    histories = HistoryFolder(paths.data_dir() / "histories")
    for name in ("two.md", "three.md"):
        histories.keep(novel / "part" / name, VersionText("before"), 1)
    enter(writing, "Part 2.5")
    writing.until(lambda: all(histories.has(novel / "Part 2.5" / name) for name in ("two.md", "three.md")))
    assert names(writing) == ["Part 2.5/three.md", "Part 2.5/two.md", "one.md"]
    assert writing.program.documents.all[0].document.path == novel / "Part 2.5" / "two.md"


def test_a_name_that_is_taken_is_said_and_nothing_changes(start, novel):
    writing = start()
    panel = opened(writing, novel)
    mark(writing, panel, "part/two.md")
    writing.key("F2", panel.tree)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    field = QApplication.activeModalWidget().findChild(QLineEdit)
    QTest.keyClicks(field, "three")
    QTest.keyClick(field, Qt.Key.Key_Return)
    writing.answer("OK")
    done(writing)
    assert (novel / "part" / "three.md").read_text() == "in part/three.md"
    assert (novel / "part" / "two.md").exists()


def test_delete_asks_and_the_open_text_keeps_its_tab(start, novel):
    writing = start(files=(novel / "one.md",))
    writing.until(lambda: writing.text == "in one.md")
    panel = opened(writing, novel)
    mark(writing, panel, "one.md")
    writing.key("Delete", panel.tree)
    writing.answer("Cancel")
    done(writing)
    assert (novel / "one.md").exists()
    mark(writing, panel, "one.md")
    writing.key("Delete", panel.tree)
    writing.answer("Move to the Trash")
    done(writing)
    assert not (novel / "one.md").exists()
    assert names(writing) == ["part/three.md", "part/two.md"]
    assert (writing.text, writing.window.isWindowModified()) == ("in one.md", True)
    assert writing.window.status.message.full_text().startswith("The file of “one.md” is gone")
    writing.program.documents.current.text.setModified(False)


def test_a_heading_is_no_file_that_delete_takes(start, novel):
    (novel / "one.md").write_text("# Heading\n", "utf-8")
    writing = start()
    panel = opened(writing, novel)
    mark(writing, panel, "one.md")
    writing.key("Right", panel.tree)
    writing.until(lambda: panel.model.rowCount(panel.model.index_of("one.md")) == 1)
    writing.key("Down", panel.tree)
    assert panel.model.heading(panel.tree.currentIndex())
    for key in ("Delete", "F2"):
        writing.key(key, panel.tree)
    writing.run(0.05)
    assert QApplication.activeModalWidget() is None


def test_the_menu_offers_the_same(start, novel):
    writing = start()
    panel = opened(writing, novel)
    mark(writing, panel, "one.md")
    panel.tree.customContextMenuRequested.emit(QPoint(20, 20))
    [menu] = panel.findChildren(QMenu)
    assert [action.text() for action in menu.actions()] == [
        *("&New Text…", "&Rename or Move…", "Move to the &Trash…")
    ]
    menu.close()


def test_f2_in_the_text_still_says_why_there_is_no_suggestion(start, novel):
    writing = start()
    opened(writing, novel)
    writing.editor.setFocus()
    writing.key("F2")
    writing.run(0.05)
    assert QApplication.activeModalWidget() is None
