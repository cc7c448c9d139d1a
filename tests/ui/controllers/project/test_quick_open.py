"""Opening by name with real keys: with a folder, without one, and what happens where nothing matches."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"in {name}", "utf-8")
    return folder


def listed(box) -> list[str]:
    return [box.list.item(row).text() for row in range(box.list.count())]


def test_a_text_of_the_folder_is_opened_by_letters_of_its_name(start, tmp_path):
    make(tmp_path, "part/chapter one.md", "part/chapter two.md", "第一章.md")
    writing = start()
    writing.program.late.project.open_folder(tmp_path)
    writing.until(lambda: writing.program.late.project.listing)
    box = writing.program.late.quick_open.box
    writing.key("Ctrl+P")
    assert box.field.hasFocus()
    assert sorted(listed(box)) == ["chapter one.md — part", "chapter two.md — part", "第一章.md"]
    QTest.keyClicks(box.field, "ch")
    writing.key("Down", box.field)
    writing.key("Return", box.field)
    writing.until(lambda: writing.text == "in part/chapter two.md")
    assert not box.isVisible()
    assert writing.editor.hasFocus()
    writing.key("Ctrl+P")
    writing.send(box.field, "一")
    writing.key("Return", box.field)
    writing.until(lambda: writing.text == "in 第一章.md")


def test_without_a_folder_the_recent_texts_are_offered(start, tmp_path):
    make(tmp_path, "one.md", "two.md")
    writing = start(files=(tmp_path / "one.md", tmp_path / "two.md"))
    writing.until(lambda: writing.text == "in two.md")
    box = writing.program.late.quick_open.box
    writing.key("Ctrl+P")
    QTest.keyClicks(box.field, "one")
    place = box.list.visualItemRect(box.list.item(0)).center()
    QTest.mouseClick(box.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    writing.until(lambda: writing.text == "in one.md")
    assert len(writing.program.documents.all) == 2


def test_where_nothing_matches_enter_does_nothing_and_esc_leaves(start, tmp_path):
    writing = start()
    writing.type("x")
    box = writing.program.late.quick_open.box
    writing.key("Ctrl+P")
    QTest.keyClicks(box.field, "zz")
    assert box._empty.isVisible()
    for key in ("Up", "PgDown", "Return"):
        writing.key(key, box.field)
    assert box.isVisible()
    writing.key("Escape", box.field)
    assert not box.isVisible()
    writing.type("y")
    assert writing.text == "xy"


def test_a_text_that_came_meanwhile_is_offered(start, tmp_path):
    make(tmp_path, "one.md")
    writing = start()
    writing.program.late.project.open_folder(tmp_path)
    writing.until(lambda: writing.program.late.project.listing)
    make(tmp_path, "two.md")
    box = writing.program.late.quick_open.box
    writing.key("Ctrl+P")
    writing.until(lambda: listed(box) == ["one.md", "two.md"])
