"""Folding by heading, by real keys and clicks: what is hidden stays in the text, the cursor is never lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from writer.documents.text_file import read_document
from writer.settings.editor_schema import EDITOR_PAIRS

TEXT = """# One
a first line
and a second

## Within
deep

# Two
b
"""
CHINESE = "# 一\n海边的冬天\n\n## 之内\n深处\n\n# 二\n乙\n"
FOLD, SHOW_ALL = "F12", "Ctrl+F12"


def hidden(writing) -> list[int]:
    """The numbers of the hidden blocks."""
    found, block = [], writing.editor.document().firstBlock()
    while block.isValid():
        assert block.isVisible() == (block.lineCount() > 0)
        found += [] if block.isVisible() else [block.blockNumber()]
        block = block.next()
    return found


def go(writing, block: int) -> None:
    writing.editor.setTextCursor(QTextCursor(writing.editor.document().findBlockByNumber(block)))


def opened(start, text: str = TEXT):
    writing = start()
    writing.editor.set_text(text)
    writing.until(lambda: writing.program.view.headings.complete and writing.program.view.headings.all)
    return writing


@pytest.mark.parametrize("text", [TEXT, CHINESE])
def test_a_section_is_folded_and_shown_by_one_key(start, text):
    writing = opened(start, text)
    block = next(n for n, line in enumerate(text.split("\n")) if line.startswith("## "))
    go(writing, 0)
    writing.key(FOLD)
    assert hidden(writing) == list(range(1, block + 2))  # the empty line before the next heading stays
    assert writing.text == text
    assert not writing.editor.document().isModified()
    assert not writing.editor.document().isUndoAvailable()
    writing.editor.grab()
    writing.key(FOLD)
    assert hidden(writing) == []


def test_the_cursor_goes_to_the_heading_that_is_folded_and_past_the_fold(start):
    writing = opened(start)
    go(writing, 5)
    writing.key(FOLD)
    assert hidden(writing) == [5]
    assert writing.editor.textCursor().block().text() == "## Within"
    writing.key("Down")
    assert writing.editor.textCursor().blockNumber() == 6
    writing.key("Up")
    assert writing.editor.textCursor().blockNumber() == 4
    assert hidden(writing) == [5]


def test_what_brings_the_cursor_into_a_fold_shows_it(start):
    writing = opened(start)
    for bring in (
        lambda: writing.key("Right"),
        lambda: writing.editor.select(8, 12),
        lambda: go(writing, 2),
    ):
        go(writing, 0)
        writing.key("End")
        writing.key(FOLD)
        assert hidden(writing)
        bring()
        assert hidden(writing) == []
        assert writing.editor.viewport().rect().contains(writing.editor.cursorRect().center())


def test_folded_text_is_found_counted_and_saved(start, tmp_path):
    file = tmp_path / "a.md"
    file.write_text(TEXT)
    writing = start({}, (file,))
    view = writing.program.view
    writing.until(lambda: view.headings.all and view.words.complete)
    words = view.words.total
    go(writing, 0)
    writing.key(FOLD)
    assert hidden(writing)
    assert view.words.total == words
    go(writing, 7)
    writing.type("x")
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.editor.document().isModified())
    assert read_document(file).text == TEXT.replace("# Two", "x# Two")
    assert hidden(writing)
    writing.key("Ctrl+F")
    bar = writing.program.late.search.bar
    QTest.keyClicks(bar.pattern, "second")
    writing.until(lambda: bar.state.text() == "1 of 1")
    assert hidden(writing) == []
    assert writing.editor.textCursor().selectedText() == "second"


def test_undo_of_a_change_in_a_fold_shows_it(start):
    writing = opened(start)
    go(writing, 1)
    writing.type("new ")
    go(writing, 0)
    writing.key(FOLD)
    assert hidden(writing)
    writing.key("Ctrl+Z")
    assert hidden(writing) == []
    assert writing.text == TEXT


def test_lines_whose_heading_goes_are_shown(start):
    for keys in (["Home", "Delete", "Delete"], ["End", "Return"], ["Home", "Shift+End", "Delete"]):
        writing = opened(start)
        go(writing, 4)
        writing.key(FOLD)
        assert hidden(writing) == [5]
        for key in keys:
            writing.key(key)
        writing.until(lambda: hidden(writing) == [])  # noqa: B023
        assert "deep" in writing.text


def test_a_fence_that_makes_code_of_a_heading_shows_its_lines(start):
    writing = opened(start)
    go(writing, 4)
    writing.key(FOLD)
    go(writing, 0)
    writing.settings.set(EDITOR_PAIRS, False)
    writing.type("```\n")
    writing.until(lambda: hidden(writing) == [])


def test_typing_and_composing_above_and_in_a_folded_heading_keep_it(start):
    writing = opened(start)
    go(writing, 4)
    writing.key("End")
    writing.key(FOLD)
    writing.type("out")
    writing.compose("zao")
    writing.compose("", "早")
    assert hidden(writing) == [5]
    go(writing, 0)
    writing.key("End")
    writing.type("x\ny")
    assert hidden(writing) == [6]
    assert writing.text.startswith("# Onex\ny\na first")


def test_a_click_on_the_mark_folds_and_shows(start):
    writing = opened(start)
    go(writing, 0)
    writing.editor.grab()
    block = writing.editor.document().firstBlock()
    area = writing.editor.blockBoundingGeometry(block).translated(writing.editor.contentOffset())
    line = block.layout().lineAt(0).naturalTextRect().translated(area.topLeft())
    place = QPoint(round(line.left() - 12), round(line.center().y()))
    QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert hidden(writing) == [1, 2, 3, 4, 5]
    go(writing, 7)
    QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert hidden(writing) == []
    assert writing.editor.textCursor().blockNumber() == 7


def test_where_there_is_nothing_to_fold_a_message_says_so(start):
    writing = opened(start, "text\n\n# Empty\n\n# Last")
    for block in (0, 2, 4):
        go(writing, block)
        writing.key(FOLD)
        assert hidden(writing) == []


def test_everything_is_shown_by_one_key_and_each_text_has_folds_of_its_own(start):
    writing = opened(start)
    go(writing, 7)
    writing.key(FOLD)
    go(writing, 4)
    writing.key(FOLD)
    assert hidden(writing) == [5, 8, 9]
    writing.key("Ctrl+N")
    writing.type("# A\nb")
    writing.key(SHOW_ALL)
    writing.key("Ctrl+Tab")
    assert hidden(writing) == [5, 8, 9]
    writing.key(SHOW_ALL)
    assert hidden(writing) == []


def test_the_scroll_bar_counts_the_lines_that_show(start):
    writing = opened(start, "# One\n" + "line\n" * 300 + "# Two\nend")
    bar = writing.editor.verticalScrollBar()
    assert bar.maximum() > 200
    go(writing, 0)
    writing.key(FOLD)
    assert bar.maximum() == 0
    writing.window.resize(800, 500)
    writing.editor.grab()
    assert bar.maximum() == 0
    writing.key(FOLD)
    assert bar.maximum() > 200
