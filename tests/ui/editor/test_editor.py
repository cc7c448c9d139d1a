"""The editor alone: how the ghost lies in the text, and that every character comes back as it went in."""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import pytest
import regex
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from writer.documents.text_file import read_document, write_document
from writer.documents.text_format import TextFormat
from writer.suggestions.suggestion import Suggestion
from writer.ui.editor.editor import Editor
from writer.ui.editor.ghost_text import GAP
from writer.ui.editor.looks.block_look import BlockLook, PlainLooks
from writer.ui.editor.looks.line_layout import SpacedLayout
from writer.ui.startup import make_application

LONG = "and so they went on through the night until the lights of the town lay far behind them"


@pytest.fixture
def editor(qtbot: QtBot) -> Iterator[Editor]:
    make_application()
    editor = Editor()
    qtbot.addWidget(editor)
    editor.resize(640, 400)
    editor.set_font(QFont("Source Serif Pro", 14))
    editor.show()
    qtbot.waitUntil(editor.isVisible)
    editor.setFocus()
    return editor


def show(editor: Editor, text: str) -> None:
    editor.show_suggestion(Suggestion(text, editor.revision))
    QApplication.processEvents()


def at_end_of(editor: Editor, block: int) -> None:
    cursor = QTextCursor(editor.document().findBlockByNumber(block))
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
    editor.setTextCursor(cursor)


def tops(editor: Editor) -> list[float]:
    """The upper edges of all blocks."""
    found = []
    block = editor.document().firstBlock()
    while block.isValid():
        found.append(editor.blockBoundingGeometry(block).top())
        block = block.next()
    return found


def differs(before: QImage, after: QImage) -> tuple[int, int]:
    """First and last row of pixels that are not the same."""
    rows = [
        y
        for y in range(before.height())
        if any(before.pixel(x, y) != after.pixel(x, y) for x in range(0, before.width()))
    ]
    return rows[0], rows[-1]


def test_a_new_document_has_nothing_to_undo_and_is_not_modified(editor):
    assert not editor.document().isModified()
    assert not editor.document().isUndoAvailable()


def test_a_ghost_wraps_over_several_lines_and_moves_the_next_paragraph_down(editor):
    editor.set_text("It was late, " + "\nThe next paragraph.")
    at_end_of(editor, 0)
    before = tops(editor)
    show(editor, LONG)
    layout = editor.textCursor().block().layout()
    lines = layout.lineCount()
    assert lines > 1
    pitch = before[1] - before[0]
    assert tops(editor)[1] == before[1] + (lines - 1) * pitch
    assert all(layout.lineAt(i).naturalTextWidth() <= layout.lineAt(i).width() for i in range(lines))
    editor.clear_ghost()
    assert tops(editor) == before


def test_it_lies_as_the_text_will_lie_when_it_is_accepted(editor):
    editor.set_text("It was late, and the gre\nThe next paragraph.")
    at_end_of(editor, 0)
    show(editor, "at " + LONG)
    layout = editor.textCursor().block().layout()
    ghostly = [layout.lineAt(i).textLength() for i in range(layout.lineCount())]
    ghostly[0] -= len(GAP)
    editor.accept("at " + LONG)
    QApplication.processEvents()
    layout = editor.textCursor().block().layout()
    assert [layout.lineAt(i).textLength() for i in range(layout.lineCount())] == ghostly


def test_it_is_seen_in_its_own_colour_and_leaves_no_trace(editor):
    editor.setCursorWidth(0)
    editor.set_text("It was late, and the gre")
    at_end_of(editor, 0)
    QApplication.processEvents()
    without = editor.grab().toImage()
    show(editor, "at " + LONG)
    with_it = editor.grab().toImage()
    first, last = differs(without, with_it)
    assert last - first > 30
    editor.clear_ghost()
    QApplication.processEvents()
    assert editor.grab().toImage() == without


@pytest.mark.parametrize("text", ["behind them and so on ", "在他们身后的灯火里，我们继续写下去，"])
@pytest.mark.parametrize("ghost", ["wonderfully late", "直到夜深人静。"])
def test_the_caret_stays_where_it_is_and_covers_no_letter(editor, text, ghost):
    whole = text * 5
    for end in range(40, len(whole)):
        editor.set_text(whole[:end])
        editor.moveCursor(QTextCursor.MoveOperation.End)
        QApplication.processEvents()
        caret = editor.cursorRect()
        show(editor, ghost)
        assert editor.cursorRect() == caret
        layout = editor.textCursor().block().layout()
        line = layout.lineForTextPosition(end)
        behind = line.cursorToX(end + 1)[0] - line.cursorToX(end)[0]
        assert behind > editor.cursorWidth() or line.textStart() + line.textLength() == end + len(GAP)
        editor.clear_ghost()


def test_letters_that_join_are_not_parted_by_the_ghost(editor):
    editor.set_text("السل")
    at_end_of(editor, 0)
    show(editor, "ام عليكم")
    assert editor.textCursor().block().layout().preeditAreaText() == "ام عليكم"


@pytest.mark.parametrize("size", [8, 14, 30])
def test_it_fits_at_every_zoom(editor, size):
    editor.set_text("中文和 English, 然后")
    at_end_of(editor, 0)
    editor.set_font(QFont("Source Serif Pro", size))
    show(editor, "我们继续写下去，直到夜深人静。" * 3)
    layout = editor.textCursor().block().layout()
    assert layout.lineCount() > 1 or size == 8
    ys = [layout.lineAt(i).rect() for i in range(layout.lineCount())]
    assert all(above.bottom() <= below.top() for above, below in pairwise(ys))


def test_right_to_left_text_takes_its_ghost_at_its_left(editor):
    editor.set_text("שלום לכולם")
    at_end_of(editor, 0)
    cursor_x = editor.cursorRect().left()
    show(editor, " וברוכים הבאים")
    layout = editor.textCursor().block().layout()
    line = layout.lineAt(0)
    end = line.cursorToX(line.textLength())
    start = line.cursorToX(layout.preeditAreaPosition())
    assert (end[0] if isinstance(end, tuple) else end) < (start[0] if isinstance(start, tuple) else start)
    assert cursor_x > 0
    editor.accept(" וברוכים הבאים")
    assert editor.text() == "שלום לכולם וברוכים הבאים"


def test_at_the_lower_edge_the_text_scrolls_until_the_ghost_is_seen(editor):
    editor.set_text("\n".join(f"Line {number}" for number in range(60)))
    QApplication.processEvents()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    show(editor, " " + " ".join([LONG] * 3))
    block = editor.textCursor().block()
    bottom = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).top()
    bottom += block.layout().boundingRect().bottom()
    assert bottom <= editor.viewport().height()
    assert editor.cursorRect().top() >= 0


def test_while_typing_at_the_end_room_is_kept_so_that_a_ghost_moves_nothing(editor):
    editor.set_text("\n".join(f"Line {number}" for number in range(60)))
    QApplication.processEvents()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClicks(editor, " and then")
    QApplication.processEvents()
    place = editor.cursorRect()
    show(editor, " " + LONG)
    assert editor.cursorRect() == place
    editor.clear_ghost()
    QApplication.processEvents()
    assert editor.cursorRect() == place


def test_a_suggestion_for_another_revision_is_not_shown(editor):
    editor.set_text("It was")
    at_end_of(editor, 0)
    editor.show_suggestion(Suggestion(" late", editor.revision - 1))
    assert editor.ghost == ""


class _RedLooks(PlainLooks):
    """What stands from the eighth position on is red."""

    def look(self, _block: QTextBlock) -> BlockLook:
        mark = QTextLayout.FormatRange()
        mark.start, mark.length, mark.format = 8, 5, QTextCharFormat()
        mark.format.setForeground(QColor("red"))
        return BlockLook([mark])


def test_highlighting_keeps_its_place_beside_the_ghost(editor):
    editor.set_text("one two three")
    layout = editor.document().firstBlock().layout()
    SpacedLayout.of(editor.document()).set_looks(_RedLooks())
    cursor = editor.textCursor()
    cursor.setPosition(4)
    editor.setTextCursor(cursor)
    show(editor, "and 😀 ")
    show(editor, "and 😀 so ")
    moved = [f for f in layout.formats() if f.format.foreground().color() == QColor("red")]
    assert [(f.start, f.length) for f in moved] == [(8 + len(GAP + "and 😀 so ") + 1, 5)]
    editor.clear_ghost()
    assert [(f.start, f.length) for f in layout.formats()] == [(8, 5)]


def test_the_candidate_box_of_an_input_method_is_at_the_cursor(editor):
    editor.resize(1200, 400)
    editor.set_text("Text")
    at_end_of(editor, 0)
    QApplication.processEvents()
    assert editor.viewport().x() > 50
    expected = editor.cursorRect().translated(editor.viewport().pos()).topLeft()
    told = editor.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).topLeft()
    assert (told - QPointF(expected)).manhattanLength() < 2


def test_the_empty_margin_beside_the_column_belongs_to_the_page(editor):
    editor.resize(1200, 400)
    editor.set_text("\n".join(f"Line {number}" for number in range(60)))
    QApplication.processEvents()
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(5, 100))
    assert editor.textCursor().blockNumber() > 0
    assert editor.textCursor().positionInBlock() == 0
    wheel = QWheelEvent(
        QPointF(5, 100),
        QPointF(editor.mapToGlobal(QPoint(5, 100))),
        QPoint(),
        QPoint(0, -360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor, wheel)
    assert editor.verticalScrollBar().value() > 0


def test_shift_return_ends_a_line_like_return(editor):
    QTest.keyClicks(editor, "one")
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(editor, "two")
    assert editor.text() == "one\ntwo"


def test_every_character_comes_back_from_the_editor_as_it_was(editor, tmp_path):
    points = [c for c in map(chr, range(1, sys.maxunicode + 1)) if unicodedata.category(c) != "Cs"]
    for start in range(0, len(points), 40_000):
        text = "\n".join(
            "".join(points[i : i + 50]) for i in range(start, min(len(points), start + 40_000), 50)
        )
        file = tmp_path / f"{start}.txt"
        file.write_bytes(text.encode())
        loaded = read_document(file)
        editor.set_text(loaded.text)
        write_document(file, editor.text(), loaded.form, loaded.version)
        assert file.read_bytes() == text.encode()


def test_the_cursor_never_stops_within_a_character(editor):
    editor.set_text("a😀b👨‍👩‍👧c")
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    stops = [0]
    for _ in range(5):
        QTest.keyClick(editor, Qt.Key.Key_Right)
        stops.append(editor.textCursor().position())
    assert stops == [0, 1, 3, 4, 12, 13]
    assert editor.cursor_state().context.before == "a😀b👨‍👩‍👧c"
    for _ in range(2):
        QTest.keyClick(editor, Qt.Key.Key_Left)
    assert editor.cursor_state().context.before == "a😀b"
    assert editor.cursor_state().context.after == "👨‍👩‍👧c"


EMOJI = ["😀", "👩‍👩‍👧", "👍🏽", "🇨🇳", "❤️", "#️⃣", "☝🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🧑🏻‍❤️‍💋‍🧑🏿"]
STRANGE = ["é", "क्षि", "각", "ᄀ각", "a͏b", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "﷽", "🇨🇳🇩🇪🇨"]


UNUSUAL = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{4}|\u0c1e\u200c\u0c3e")
"""More marks on one letter than Thai has, and Telugu with a joiner before a vowel: Qt lets the cursor in
between, so that they can be taken apart.
"""


def stops(editor: Editor, block: QTextBlock) -> list[int]:
    """Where the right arrow key stops in a line."""
    editor.setTextCursor(QTextCursor(block))
    found = [0]
    while found[-1] < block.length() - 1:
        QTest.keyClick(editor, Qt.Key.Key_Right)
        found.append(editor.textCursor().positionInBlock())
    return found


def boundaries(line: str) -> list[int]:
    """Where characters as people see them end, in UTF-16 units; `regex` has the rules of Unicode."""
    lengths = [len(g.encode("utf-16-le")) // 2 for g in regex.findall(r"\X", line)]
    return list(itertools.accumulate(lengths, initial=0))


@pytest.mark.qt_log_ignore("OpenType support missing")
def test_the_arrow_keys_stop_where_unicode_says(editor):
    editor.set_text("\n".join(EMOJI + STRANGE))
    block = editor.document().firstBlock()
    for line in EMOJI + STRANGE:
        assert stops(editor, block) == boundaries(line), ascii(line)
        block = block.next()


@pytest.mark.parametrize("emoji", EMOJI)
def test_backspace_takes_back_a_whole_emoji_and_undo_brings_it(editor, emoji):
    editor.set_text("ab" + emoji)
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.text() == "ab"
    editor.undo()
    assert editor.text() == "ab" + emoji


def test_backspace_takes_back_an_accent_alone(editor):
    editor.set_text("e\u0301")
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.text() == "e"


@pytest.mark.qt_log_ignore("OpenType support missing")
def test_the_cursor_splits_no_emoji_and_no_naughty_string(editor, shared_data):
    naughty = shared_data / "naughty"
    for file in (naughty / "emoji_sequences_all.txt", naughty / "big-list-of-naughty-strings" / "blns.txt"):
        editor.set_text(read_document(file).text)
        block = editor.document().firstBlock()
        while block.isValid():
            cursor, found = QTextCursor(block), [0]
            while cursor.movePosition(QTextCursor.MoveOperation.NextCharacter) and cursor.block() == block:
                found.append(cursor.positionInBlock())
            allowed = boundaries(block.text())
            wrong = [place for place in found if place not in allowed]
            assert not wrong or UNUSUAL.search(block.text()), ascii(block.text())
            assert found[-1] == allowed[-1]
            block = block.next()


def test_a_lone_surrogate_does_not_stop_the_saving(tmp_path):
    write_document(tmp_path / "a.txt", "a\ud800b", TextFormat(), None)
    assert (tmp_path / "a.txt").read_text("utf-8") == "a\ufffdb"
