"""Searching all texts of a folder with real keys, and replacing after a preview, in tabs and in files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from writer.base import paths
from writer.documents.history.history_folder import HistoryFolder
from writer.documents.history.version_file import read_text

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


@pytest.fixture
def novel(tmp_path) -> Path:
    for name, text in {
        "one.md": "The river.\nA River and a river.\n",
        "part/two.md": "no water",
        "part/three.md": "下了雨 river",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def search(writing, novel: Path, pattern: str):
    """Open the folder, and look for a pattern with keys; waits for the end of the search."""
    if writing.program.late.project.folder is None:
        writing.program.late.project.open_folder(novel)
        writing.until(lambda: writing.program.late.project.listing)
    writing.until(lambda: not writing.program.late.project._tasks.busy)
    writing.editor.setFocus()
    writing.key("Ctrl+Shift+F")
    panel = writing.program.late.project_search.panel
    writing.until(panel.isVisible)
    assert panel.pattern.hasFocus()
    panel.pattern.clear()
    for character in pattern:
        writing.send(panel.pattern, character)
    ended(writing)
    return panel


def ended(writing) -> None:
    controller = writing.program.late.project_search
    writing.run(0.02)
    writing.until(lambda: not controller._delay.isActive() and not controller._tasks.busy)


def shown(panel) -> list[str]:
    model, lines = panel.model, []
    for row in range(model.rowCount()):
        text = model.index(row, 0)
        lines.append(text.data())
        lines += ["  " + model.index(i, 0, text).data() for i in range(model.rowCount(text))]
    return lines


def test_matches_of_all_texts_are_shown_and_visited_with_keys(start, novel):
    writing = start()
    panel = search(writing, novel, "river")
    assert shown(panel) == [
        "part/three.md  (1)",
        "  1: 下了雨 river",
        "one.md  (3)",
        "  1: The river.",
        "  2: A River and a river.",
        "  2: A River and a river.",
    ]
    assert panel.state.text() == "Found: 4 · Texts: 2"
    assert not writing.program.late.project.panel.isVisible()
    writing.key("Return", panel.pattern)
    assert panel.tree.hasFocus()
    for _ in range(3):
        writing.key("Down", panel.tree)
    writing.key("Return", panel.tree)
    writing.until(lambda: writing.editor.textCursor().selectedText() == "River")
    assert writing.program.documents.current.document.path == novel / "one.md"
    assert writing.editor.hasFocus()
    writing.key("Escape", panel.pattern)
    assert not panel.isVisible()
    assert writing.program.late.project.panel.isVisible()


def test_case_words_and_patterns(start, novel):
    writing = start()
    panel = search(writing, novel, "River")
    QTest.mouseClick(panel.case, Qt.MouseButton.LeftButton)
    ended(writing)
    assert panel.state.text() == "Found: 1 · Texts: 1"
    QTest.mouseClick(panel.case, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.regex, Qt.MouseButton.LeftButton)
    panel.pattern.setText("(riv")
    ended(writing)
    assert panel.state.text() == "The pattern is not complete: a ) is missing."
    panel.pattern.setText("^no")
    ended(writing)
    assert panel.state.text() == "Found: 1 · Texts: 1"
    panel.pattern.setText("nowhere")
    ended(writing)
    assert panel.state.text() == "Not found"
    panel.pattern.clear()
    ended(writing)
    assert (panel.state.text(), shown(panel)) == ("", [])


def test_an_unsaved_tab_is_searched_as_it_is(start, novel):
    writing = start(files=(novel / "one.md",))
    writing.until(lambda: writing.text.startswith("The river"))
    writing.type("sea ")
    panel = search(writing, novel, "sea")
    assert shown(panel) == ["one.md  (1)", "  1: sea The river."]
    writing.program.documents.current.text.setModified(False)


def test_replacing_changes_tabs_as_one_step_and_saves_the_others(start, novel):
    writing = start(files=(novel / "one.md",))
    writing.until(lambda: writing.text.startswith("The river"))
    panel = search(writing, novel, "river")
    QTest.mouseClick(panel.replacing, Qt.MouseButton.LeftButton)
    assert panel.replacement.hasFocus()
    QTest.keyClicks(panel.replacement, "lake")
    assert shown(panel)[1] == "  1: 下了雨 [river → lake]"
    writing.key("Return", panel.replacement)
    writing.answer("Replace")
    ended(writing)
    assert panel.state.text() == "Replaced: 4 · Texts: 2"
    assert (novel / "part" / "three.md").read_text("utf-8") == "下了雨 lake"
    histories = HistoryFolder(paths.data_dir() / "histories")
    writing.until(lambda: histories.has(novel / "part" / "three.md"))
    [version] = histories.read(novel / "part" / "three.md").versions
    assert read_text(version.path).text == "下了雨 river"
    assert writing.text == "The lake.\nA lake and a lake.\n"
    assert (novel / "one.md").read_text("utf-8").startswith("The river")
    writing.editor.setFocus()
    writing.key("Ctrl+Z")
    assert writing.text == "The river.\nA River and a river.\n"
    assert not writing.window.isWindowModified()


def test_a_tab_that_is_not_in_front_is_changed_too(start, novel):
    writing = start(files=(novel / "one.md", novel / "part" / "two.md"))
    writing.until(lambda: writing.text == "no water")
    panel = search(writing, novel, "river")
    QTest.mouseClick(panel.replacing, Qt.MouseButton.LeftButton)
    writing.key("Return", panel.replacement)  # by nothing
    writing.answer("Replace")
    ended(writing)
    behind = writing.program.documents.with_path(novel / "one.md")
    assert behind.whole_text() == "The .\nA  and a .\n"
    assert behind.text.isModified()
    behind.text.undo()
    assert not behind.text.isModified()


def test_unchecked_texts_and_those_that_changed_meanwhile_stay(start, novel):
    writing = start()
    panel = search(writing, novel, "river")
    QTest.mouseClick(panel.replacing, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel.replacement, "sea")
    first = panel.model.index(0, 0)
    panel.tree.setCurrentIndex(first)
    writing.key("Space", panel.tree)
    assert [text.name for text in panel.model.chosen()] == ["one.md"]
    writing.key("Space", panel.tree)
    (novel / "one.md").write_text("river, mine", "utf-8")
    QTest.mouseClick(panel.replace, Qt.MouseButton.LeftButton)
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    writing.answer("Replace")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    assert "one.md was changed by another program" in QApplication.activeModalWidget().text()
    writing.answer("OK")
    ended(writing)
    assert (novel / "one.md").read_text("utf-8") == "river, mine"
    assert (novel / "part" / "three.md").read_text("utf-8") == "下了雨 sea"
    assert panel.state.text() == "Replaced: 1 · Texts: 1"


def test_a_tab_that_is_written_in_or_opened_meanwhile_stays(start, novel):
    writing = start(files=(novel / "one.md",))
    writing.until(lambda: writing.text.startswith("The river"))
    panel = search(writing, novel, "river")
    QTest.mouseClick(panel.replacing, Qt.MouseButton.LeftButton)
    writing.type("My ")
    writing.program.files.open(novel / "part" / "three.md")
    writing.until(lambda: writing.text.startswith("下"))
    QTest.mouseClick(panel.replace, Qt.MouseButton.LeftButton)
    writing.answer("Replace")
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox))
    assert len(QApplication.activeModalWidget().text().splitlines()) == 2
    writing.answer("OK")
    ended(writing)
    assert writing.text == "下了雨 river"
    assert (novel / "part" / "three.md").read_text("utf-8") == "下了雨 river"
    assert writing.program.documents.all[0].whole_text().startswith("My The river")


def test_a_replacement_that_names_no_group_is_said(start, novel):
    writing = start()
    panel = search(writing, novel, "river")
    QTest.mouseClick(panel.regex, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.replacing, Qt.MouseButton.LeftButton)
    ended(writing)
    QTest.keyClicks(panel.replacement, r"\7")
    writing.key("Return", panel.replacement)
    writing.until(lambda: "replacement cannot be used" in panel.state.text())
    assert (novel / "part" / "three.md").read_text("utf-8") == "下了雨 river"
