"""The looks of Markdown by real keys: sizes, marks in the margin, indents; and what they leave alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontInfo, QTextBlock, QTextCursor
from PySide6.QtTest import QTest

from writer.settings.editor_schema import EDITOR_LISTS, EDITOR_MARKDOWN
from writer.ui.editor.looks.line_kind import LineKind, line_kind, quote_levels
from writer.ui.editor.looks.line_layout import SpacedLayout

LONG = "a line that is long enough to go on and on, until it wraps at the end of the column, which is here"


def block(writing, number: int) -> QTextBlock:
    found = writing.editor.document().findBlockByNumber(number)
    writing.editor.blockBoundingRect(found)
    return found


def lefts(writing, number: int) -> list[int]:
    """The left edges of a paragraph's lines, relative to the column."""
    found = block(writing, number)
    layout = SpacedLayout.of(found.document())
    lines = found.layout()
    return [round(lines.lineAt(index).x() - layout.left) for index in range(lines.lineCount())]


def sizes(writing, number: int) -> list[int]:
    """The heights of a paragraph's characters, ghost text and compositions with them."""
    lines = block(writing, number).layout()
    found = []
    for index in range(lines.lineCount()):
        line = lines.lineAt(index)
        found += [round(run.rawFont().pixelSize()) for run in line.glyphRuns()]
    return sorted(set(found))


def at_end(writing) -> None:
    writing.editor.moveCursor(QTextCursor.MoveOperation.End)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("## a", (LineKind.HEADING, 3, 2)),
        ("  # 早晨", (LineKind.HEADING, 4, 1)),
        ("#", (LineKind.TEXT, 0, 0)),
        ("#tag", (LineKind.TEXT, 0, 0)),
        ("- a", (LineKind.LIST, 2, 0)),
        ("  10. [x] a", (LineKind.LIST, 10, 0)),
        ("> - 早", (LineKind.LIST, 4, 0)),
        ("* * *", (LineKind.TEXT, 0, 0)),
        ("| a | b |", (LineKind.TABLE, 0, 0)),
        ("```", (LineKind.CODE, 0, 0)),
        ("\u3000\u3000早晨", (LineKind.TEXT, 0, 0)),
        ("# " + "a" * 9000, (LineKind.TEXT, 0, 0)),
        ("", (LineKind.TEXT, 0, 0)),
    ],
)
def test_a_line_has_a_kind(line, expected):
    assert line_kind(line, in_code=False) == expected
    assert line_kind(line, in_code=True) == (LineKind.TEXT if len(line) > 9000 else LineKind.CODE, 0, 0)


def test_quotations_are_counted_where_they_are_some():
    assert [quote_levels(line) for line in ("> a", "> > a", "a > b", ">", "")] == [1, 2, 0, 1, 0]


@pytest.mark.parametrize("title", ["A heading", "第一章"])
def test_a_heading_is_large_as_it_is_typed_and_its_mark_hangs_in_the_margin(start, title):
    writing = start()
    writing.window.resize(1200, 700)
    writing.type(f"text\n# {title}\n\n## {title}")
    (plain,) = sizes(writing, 0)
    (large,) = sizes(writing, 1)
    (middle,) = sizes(writing, 3)
    assert plain < middle < large
    (first,) = lefts(writing, 1)
    assert first < 0
    line = block(writing, 1).layout().lineAt(0)
    assert abs(line.cursorToX(2)[0] - SpacedLayout.of(writing.editor.document()).left) < 1
    assert lefts(writing, 0) == [0]
    writing.key("Ctrl+2")
    assert lefts(writing, 3) == [0]
    assert sizes(writing, 3) == [plain]


def test_in_a_narrow_window_the_marks_stay_in_the_line(start):
    writing = start()
    writing.window.resize(460, 700)
    writing.type("# One")
    assert lefts(writing, 0) == [0]
    writing.window.resize(1200, 700)
    writing.until(lambda: lefts(writing, 0)[0] < 0)


@pytest.mark.parametrize("mark", ["- ", "12. ", "- [ ] ", "> ", "> - "])
def test_the_lines_of_an_item_stand_below_its_text(start, mark):
    writing = start()
    writing.settings.set(EDITOR_LISTS, False)
    writing.type(mark + LONG + LONG)
    first, *others = lefts(writing, 0)
    assert first == 0
    line = block(writing, 0).layout().lineAt(0)
    assert set(others) == {round(line.cursorToX(len(mark))[0] - line.cursorToX(0)[0])}
    lines = block(writing, 0).layout()
    layout = SpacedLayout.of(writing.editor.document())
    for index in range(lines.lineCount()):
        assert lines.lineAt(index).naturalTextRect().right() <= layout.left + layout.width + 1
    assert block(writing, 0).lineCount() == lines.lineCount()


def test_code_and_tables_are_monospaced_also_the_inline_ones(start):
    writing = start()
    writing.editor.set_text("ab `il` c\n```\nil WW\n```\n| il | WW |\n|---|---|")
    writing.until(lambda: writing.program.view.headings.is_code(2))
    for number, start_, end in ((2, 0, 3), (4, 2, 7)):
        line = block(writing, number).layout().lineAt(0)
        narrow = line.cursorToX(start_ + 2)[0] - line.cursorToX(start_)[0]
        wide = line.cursorToX(end + 2)[0] - line.cursorToX(end)[0]
        assert abs(narrow - wide) < 0.5
    line = block(writing, 0).layout().lineAt(0)
    x = [line.cursorToX(index)[0] for index in range(3, 8)]
    assert max(b - a for a, b in pairwise(x)) - min(b - a for a, b in pairwise(x)) < 0.5


def test_one_setting_takes_all_looks_away_and_back(start):
    writing = start()
    writing.window.resize(1200, 700)
    writing.type("# One\n")
    before = lefts(writing, 0), sizes(writing, 0), writing.editor.document().revision()
    writing.settings.set(EDITOR_MARKDOWN, False)
    assert (lefts(writing, 0), sizes(writing, 0)) == ([0], sizes(writing, 1) or sizes(writing, 0))
    assert lefts(writing, 0) == [0]
    writing.settings.set(EDITOR_MARKDOWN, True)
    assert (lefts(writing, 0), sizes(writing, 0), writing.editor.document().revision()) == before


def test_looks_are_no_change_of_the_text(start, tmp_path):
    """Not for undo, not for what is unsaved, not for the journal."""
    file = tmp_path / "a.md"
    text = "# One\n\n> a\n\n- b " + LONG + LONG + "\n\n```\nc\n```\n"
    file.write_text(text)
    writing = start({}, (file,))
    document = writing.editor.document()
    writing.until(lambda: writing.program.view.headings.is_code(7))
    revision, changes = writing.editor.revision, []
    document.contentsChange.connect(lambda *change: changes.append(change))
    for width in (500, 1200, 800):
        writing.window.resize(width, 700)
        writing.editor.grab()
    writing.settings.set(EDITOR_MARKDOWN, False)
    writing.editor.grab()
    writing.settings.set(EDITOR_MARKDOWN, True)
    writing.editor.grab()
    assert (writing.editor.revision, changes) == (revision, [])
    assert not document.isModified()
    assert not document.isUndoAvailable()
    writing.type("x")
    assert changes == [(0, 0, 1)]
    writing.key("Ctrl+Z")
    assert writing.text == text
    assert not document.isUndoAvailable()


def test_a_change_is_told_where_it_was_made_after_others_were_formatted(start):
    """A format that is set makes Qt add its block to the next change, which may be far away."""
    writing = start()
    writing.editor.set_text("\n".join(["# One", *["text"] * 200, "## End"]))
    writing.editor.grab()
    at_end(writing)
    writing.editor.grab()
    changes = []
    writing.editor.document().contentsChange.connect(lambda *change: changes.append(change))
    writing.type("a")
    end = writing.editor.document().characterCount() - 2
    assert changes == [(end, 0, 1)]


def test_edits_of_several_lines_are_all_told_while_their_looks_are_asked_for(start):
    """Qt forgets the changes of an edit block where a format is made known within it."""
    writing = start()
    writing.type("# One\n- a")
    changes = []
    document = writing.editor.document()
    document.contentsChange.connect(lambda *change: changes.append(change))
    with writing.editor.undo_step() as cursor:
        for _ in range(3):
            cursor.insertText("\n# Two\n> b")
            writing.editor.blockBoundingRect(document.lastBlock())
            writing.editor.cursorRect(cursor)
    assert sum(added - removed for _, removed, added in changes) == 30
    assert len(sizes(writing, 2)) == 1
    assert sizes(writing, 2) > sizes(writing, 3) == sizes(writing, 1)
    writing.key("Ctrl+Z")
    assert writing.text == "# One\n- a"


@pytest.mark.parametrize(("line", "ghost"), [("# The ha", "rbour"), ("# 海边的", "冬天")])
def test_the_ghost_of_a_heading_is_as_large_as_the_heading(start, line, ghost):
    writing = start({line: ghost})
    writing.type(line)
    assert writing.ghost() == ghost
    assert len(sizes(writing, 0)) == 1
    before = writing.editor.blockBoundingRect(writing.editor.document().firstBlock()).height()
    writing.key("Tab")
    assert writing.text == line + ghost
    assert len(sizes(writing, 0)) == 1
    assert writing.editor.blockBoundingRect(writing.editor.document().firstBlock()).height() == before


def test_what_is_composed_in_a_heading_is_as_large_as_the_heading(start):
    writing = start()
    writing.window.resize(1200, 700)
    writing.type("# ")
    writing.compose("zao")
    assert len(sizes(writing, 0)) == 1
    large = sizes(writing, 0)
    left = lefts(writing, 0)
    assert left[0] < 0
    writing.compose("", "早晨")
    assert (sizes(writing, 0), lefts(writing, 0)) == (large, left)
    writing.compose("ni")
    assert sizes(writing, 0) == large
    writing.compose("")
    assert (writing.text, sizes(writing, 0)) == ("# 早晨", large)


def test_clicks_and_the_caret_find_letters_in_indented_lines(start):
    writing = start()
    writing.window.resize(900, 700)
    writing.type("# One\n- " + LONG + LONG)
    for position in (0, 1, 4, 8, 60, 120, 180):
        cursor = writing.editor.textCursor()
        cursor.setPosition(position)
        rect = writing.editor.cursorRect(cursor)
        place = QPoint(rect.left() + 1, rect.center().y())
        QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert abs(writing.editor.textCursor().position() - position) <= 1
        assert writing.editor.viewport().rect().contains(rect.center())


def test_the_end_stays_in_place_while_a_wrapped_item_is_typed_there(start):
    """Qt's own layout breaks the item otherwise, which moved the scroll bar at each key."""
    writing = start()
    writing.window.resize(700, 400)
    writing.editor.set_text("text\n" * 60 + "- " + LONG)
    at_end(writing)
    bar = writing.editor.verticalScrollBar()
    writing.type("a")  # which scrolls to free lines below
    writing.editor.grab()
    moved = []
    bar.valueChanged.connect(moved.append)
    lines = block(writing, 60).lineCount()
    writing.type("bc d")
    writing.editor.grab()
    assert block(writing, 60).lineCount() == lines
    assert moved == []
    assert writing.editor.document().lineCount() == 60 + block(writing, 60).lineCount()


def test_right_to_left_text_has_its_marks_at_the_right(start):
    writing = start()
    writing.window.resize(1200, 700)
    writing.editor.set_text("# عنوان\n- " + "كلمة " * 60)
    layout = SpacedLayout.of(writing.editor.document())
    right = layout.left + layout.width
    heading = block(writing, 0).layout().lineAt(0)
    assert heading.naturalTextRect().right() > right + 4
    lines = block(writing, 1).layout()
    assert abs(lines.lineAt(0).naturalTextRect().right() - right) < 2
    assert lines.lineAt(1).naturalTextRect().right() < right - 4


def test_lines_keep_their_distance_beside_code(start):
    writing = start()
    writing.editor.set_text(f"{LONG} `code` {LONG}\n{LONG}")
    lines = block(writing, 0).layout()
    tops = [lines.lineAt(index).y() + lines.lineAt(index).ascent() for index in range(lines.lineCount())]
    pitch = SpacedLayout.of(writing.editor.document()).pitch
    assert all(abs(b - a - pitch) <= 1 for a, b in pairwise(tops))
    assert QFontInfo(writing.editor.font()).pixelSize() < pitch


def test_the_pipes_of_an_aligned_table_are_below_each_other_beside_han(start):
    writing = start()
    rows = ["| abcdefgh | 1 |", "| 北京上海 | 二|", "| ab北京ab | 3 |", "| （，）、 | 4 |"]
    writing.editor.set_text("\n".join([rows[0], "| -------- | - |", *rows[1:]]))
    edges = []
    for number in (0, 2, 3, 4):
        found = block(writing, number)
        cursor = QTextCursor(found)
        cursor.setPosition(found.position() + found.text().index("|", 2))
        edges.append(writing.editor.cursorRect(cursor).left())
    assert max(edges) - min(edges) <= 2, edges


def pale(writing, number: int) -> list[str]:
    """The parts of a block in the colour of marks."""
    found = block(writing, number)
    colour = QColor(writing.startup.theme.theme.colours.ghost)
    looks = found.layout().formats()
    return [
        found.text()[part.start : part.start + part.length]
        for part in looks
        if part.format.foreground().color() == colour
    ]


def test_the_lines_of_a_table_and_footnotes_are_pale(start):
    writing = start()
    writing.editor.set_text("| a | b\\|c |\n| --- | --- |\n| 雨 | 2 |\n\nA note.[^1]")
    writing.until(lambda: pale(writing, 4))
    assert [pale(writing, number) for number in range(5)] == [
        *(["\\", "|", "|", "|"], ["| --- | --- |"], ["|", "|", "|"], [], ["[^1]"])
    ]
