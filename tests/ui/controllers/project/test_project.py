"""The list of a folder beside the text, with real keys and clicks: opening, headings, changes on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from writer.settings.schema import LANGUAGE_WINDOW, PERSONALISE_FOLDER
from writer.ui.settings_pages.personalise.personalise_page import PersonalisePage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def make(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".md").write_text(text, "utf-8")
    return folder


def opened(writing, folder: Path):
    """Open a folder; returns the panel once its list is there."""
    writing.program.late.project.open_folder(folder)
    writing.until(lambda: writing.program.late.project.listing is not None)
    settled(writing)
    return writing.program.late.project.panel


def settled(writing) -> None:
    writing.until(lambda: not writing.program.late.project._tasks.busy)


def activate(writing) -> None:
    """Come back to the window after a while."""
    writing.program.late.project._list_ended = 0.0
    writing.window.activated.emit()


def rows(model: QAbstractItemModel, parent: QModelIndex = QModelIndex()) -> list[str]:  # noqa: B008
    """All that the tree has, each row with its depth as spaces."""
    found = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        assert model.parent(index) == parent
        found.append(index.data())
        found += ["  " + line for line in rows(model, index)]
    return found


def test_a_folder_is_chosen_with_keys_and_its_text_opened_with_keys(start, tmp_path):
    make(tmp_path / "novel", one="# One\n", part__two="# Two\n\nx\n\n## Sub\n")
    writing = start()
    panel = writing.program.late.project.panel
    assert not panel.isVisible()
    writing.key("Ctrl+Shift+O")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog))
    dialog = QApplication.activeModalWidget()
    line = dialog.findChild(QLineEdit)
    line.setText(str(tmp_path / "novel"))
    writing.key("Return", line)
    writing.back_from(dialog)
    writing.until(lambda: rows(panel.model) == ["part", "  two.md", "one.md"])
    settled(writing)
    assert panel.isVisible()
    assert panel.tree.hasFocus()
    writing.key("Return", panel.tree)  # unfolds
    writing.key("Down", panel.tree)
    writing.key("Right", panel.tree)
    writing.until(lambda: rows(panel.model) == ["part", "  two.md", "    Two", "    \u2003Sub", "one.md"])
    writing.key("Down", panel.tree)
    writing.key("Down", panel.tree)
    writing.key("Return", panel.tree)
    writing.until(lambda: writing.text.startswith("# Two"))
    settled(writing)
    assert writing.editor.textCursor().block().text() == "## Sub"
    assert writing.editor.hasFocus()
    assert writing.program.documents.current.document.path == tmp_path / "novel" / "part" / "two.md"


def test_a_click_opens_and_a_second_text_gets_its_own_tab(start, tmp_path):
    make(tmp_path, one="first", two="second")
    writing = start()
    panel = opened(writing, tmp_path)
    for row, text in ((0, "first"), (1, "second"), (0, "first")):
        place = panel.tree.visualRect(panel.model.index(row, 0)).center()
        QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
        writing.until(lambda text=text: writing.text == text)
        settled(writing)
    assert len(writing.program.documents.all) == 2
    assert panel.marked() == "one.md"


def test_changes_on_the_disk_are_seen_and_what_is_unfolded_stays(start, tmp_path):
    make(tmp_path, part__one="x", two="x")
    writing = start()
    panel = opened(writing, tmp_path)
    panel.tree.expand(panel.model.index(0, 0))
    panel.mark("two.md")
    make(tmp_path, a__new="x")
    (tmp_path / "two.md").unlink()
    activate(writing)
    writing.until(lambda: rows(panel.model) == ["a", "  new.md", "part", "  one.md"])
    assert panel.tree.isExpanded(panel.model.index(1, 0))
    for file in tmp_path.rglob("*.md"):
        file.unlink()
    activate(writing)
    writing.until(lambda: panel._stack.currentIndex() == 1)
    assert panel._empty.text() == "There are no texts in this folder yet."


def test_a_text_that_is_saved_in_the_folder_joins_the_list(start, tmp_path):
    make(tmp_path, one="x")
    writing = start()
    panel = opened(writing, tmp_path)
    writing.editor.setFocus()
    writing.type("new")
    current = writing.program.documents.current
    writing.program.files._start(writing.program.files._write(current, tmp_path / "new.md", overwrite=True))
    writing.until(lambda: rows(panel.model) == ["new.md", "one.md"])


def test_esc_returns_to_the_text_and_the_keys_hide_the_list(start, tmp_path):
    make(tmp_path, one="x")
    writing = start()
    panel = opened(writing, tmp_path)
    writing.key("Escape", panel.tree)
    assert writing.editor.hasFocus()
    writing.key("Shift+F9")
    assert not panel.isVisible()
    writing.key("Shift+F9")
    assert panel.isVisible()
    assert panel.tree.hasFocus()


def test_the_next_start_shows_the_folder_again_and_one_that_is_gone_is_said(start, tmp_path):
    folder = make(tmp_path / "novel", one="x")
    writing = start()
    opened(writing, folder)
    writing.window.close()
    writing = start()
    panel = writing.program.late.project.panel
    writing.until(lambda: rows(panel.model) == ["one.md"])
    assert panel.isVisible()
    writing.key("Shift+F9")
    writing.window.close()
    folder.rename(tmp_path / "moved")
    writing = start()
    panel = writing.program.late.project.panel
    assert not panel.isVisible()
    writing.key("Shift+F9")
    writing.until(lambda: "There is no folder" in panel._empty.text())


def test_the_home_folder_needs_a_yes(start, tmp_path, monkeypatch):
    make(tmp_path, one="x")
    monkeypatch.setenv("HOME", str(tmp_path))
    writing = start()
    project = writing.program.late.project
    project.open_folder(tmp_path)
    writing.answer("Cancel")
    settled(writing)
    assert project.folder is None
    assert not project.panel.isVisible()
    project.open_folder(tmp_path)
    writing.answer("Open")
    writing.until(lambda: rows(project.panel.model) == ["one.md"])


@pytest.mark.parametrize(("language", "name"), [("en", "Texts of the folder"), ("zh", "中的文稿")])
def test_the_tree_has_a_name(start, tmp_path, language, name):
    make(tmp_path, one="x")
    writing = start()
    writing.settings.set(LANGUAGE_WINDOW, language)
    panel = opened(writing, tmp_path)
    interface = QAccessible.queryAccessibleInterface(panel.tree)
    assert name in interface.text(QAccessible.Text.Name)
    assert interface.role() == QAccessible.Role.Tree


def test_no_folder_is_looked_at_before_one_was_chosen(start):
    writing = start()
    writing.window.activated.emit()
    settled(writing)
    assert writing.program.late.project.listing is None


def test_a_folder_that_takes_long_is_not_listed_at_each_activation(start, tmp_path):
    make(tmp_path, one="x")
    writing = start()
    panel = opened(writing, tmp_path)
    writing.program.late.project._list_seconds = 60.0
    make(tmp_path, two="x")
    writing.window.activated.emit()
    settled(writing)
    assert rows(panel.model) == ["one.md"]


def test_the_count_tells_the_section_and_the_folder(start, tmp_path):
    make(tmp_path, one="# A\n\none two\n\n## B\n\nthree\n\n# C\n\nfour five six\n", two="下雨 seven")
    writing = start(files=(tmp_path / "one.md",))
    writing.until(lambda: writing.text.startswith("# A"))
    opened(writing, tmp_path)
    writing.editor.setFocus()
    message = writing.window.status.message
    writing.run(0.2)
    writing.key("Shift+F2")
    assert "9 words  ·  5 in this section  ·  " in message.full_text()
    writing.until(lambda: message.full_text().endswith("  ·  12 in the folder"))
    writing.key("Ctrl+End")
    writing.key("Shift+F2")
    assert "4 in this section" in message.full_text()
    writing.until(lambda: message.full_text().endswith("  ·  12 in the folder"))


def test_without_a_folder_or_headings_the_count_is_as_before(start):
    writing = start()
    writing.type("one two")
    writing.run(0.1)
    writing.key("Shift+F2")
    writing.run(0.1)
    text = writing.window.status.message.full_text()
    assert "2 words" in text
    assert "section" not in text
    assert "folder" not in text


def test_what_changes_on_the_disk_is_listed_while_one_writes(start, tmp_path):
    folder = make(tmp_path / "novel", one="# One\n", part__two="# Two\n")
    writing = start()
    panel = opened(writing, folder)
    writing.editor.setFocus()
    make(folder, three="# Three\n")
    writing.until(lambda: "three.md" in rows(panel.model))
    make(folder, part__four="# Four\n")
    panel.tree.expandAll()
    writing.until(lambda: "  four.md" in rows(panel.model))
    make(folder, new__five="# Five\n")
    writing.until(lambda: "new" in rows(panel.model))
    (folder / "one.md").unlink()
    writing.until(lambda: "one.md" not in rows(panel.model))
    assert writing.editor.hasFocus()


def test_many_changes_are_one_list(start, tmp_path):
    folder = make(tmp_path / "novel", one="# One\n")
    writing = start()
    panel = opened(writing, folder)
    lists = []
    writing.program.late.project.listed.connect(lambda: lists.append(1))
    for number in range(50):
        make(folder, **{f"text{number}": "x"})
        writing.run(0.001)
    writing.until(lambda: len(rows(panel.model)) == 51)
    assert len(lists) < 10


def test_the_open_folder_is_offered_as_the_one_to_learn_from(start, tmp_path):
    folder = make(tmp_path / "novel", one="# One\n")
    writing = start()
    opened(writing, folder)
    page = writing.program.settings_dialog.open("personalise").findChild(PersonalisePage)
    writing.until(page.take_open.isVisible)
    assert page.take_open.text() == "Take the open folder “novel”"
    QTest.mouseClick(page.take_open, Qt.MouseButton.LeftButton)
    assert writing.settings.get(PERSONALISE_FOLDER) == str(folder)
    assert not page.take_open.isVisible()
