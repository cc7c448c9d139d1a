"""Finding and replacing with real keys: what is shown, what is selected, and what one undo takes back."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest


def look_for(writing, pattern: str, keys: str = "Ctrl+F"):
    """Open the bar and write a pattern; waits for the answer."""
    writing.key(keys)
    bar = writing.program.late.search.bar
    bar.pattern.clear()
    QTest.keyClicks(bar.pattern, pattern)
    settle(writing)
    return bar


def settle(writing) -> None:
    writing.run(0.02)
    search = writing.program.late.search
    writing.until(lambda: not search._tasks.busy and not search._delay.isActive(), 10)


def selected(writing) -> tuple[int, int]:
    cursor = writing.editor.textCursor()
    return cursor.selectionStart(), cursor.selectionEnd()


def test_matches_are_counted_and_visited_with_the_keyboard_alone(start):
    writing = start()
    writing.type("one two one two one")
    bar = look_for(writing, "one")
    assert (bar.state.text(), selected(writing)) == ("1 of 3", (0, 3))
    writing.key("Return", bar.pattern)
    assert (bar.state.text(), selected(writing)) == ("2 of 3", (8, 11))
    writing.key("F3", bar.pattern)
    writing.key("F3", bar.pattern)
    assert bar.state.text() == "1 of 3"
    writing.key("Shift+Return", bar.pattern)
    assert (bar.state.text(), selected(writing)) == ("3 of 3", (16, 19))
    writing.key("Escape", bar.pattern)
    assert not bar.isVisible()
    assert writing.editor.hasFocus()
    assert selected(writing) == (16, 19)


def test_case_whole_words_and_patterns_are_switches_with_keys(start):
    writing = start()
    writing.type("Cat cat concat 猫cat 8")
    bar = look_for(writing, "cat")
    assert bar.state.text() == "1 of 4"
    writing.key("Alt+W", bar.pattern)
    settle(writing)
    assert bar.state.text() == "1 of 3"
    writing.key("Alt+C", bar.pattern)
    settle(writing)
    assert bar.state.text() == "1 of 2"
    writing.key("Alt+W", bar.pattern)
    writing.key("Alt+R", bar.pattern)
    bar.pattern.setText(r"\bc\w+|\d")
    settle(writing)
    assert bar.state.text() == "1 of 3"


def test_a_pattern_that_is_not_complete_is_told_in_words(start):
    writing = start()
    writing.type("(a) b")
    bar = look_for(writing, "(a")
    assert bar.state.text() == "1 of 1"
    writing.key("Alt+R", bar.pattern)
    settle(writing)
    assert bar.state.text() == "The pattern is not complete: a ) is missing."
    assert bar.state.property("tone") == "warning"
    writing.key("Alt+R", bar.pattern)
    settle(writing)
    assert bar.state.text() == "1 of 1"


def test_a_pattern_that_explodes_neither_freezes_the_window_nor_the_typing(start, monkeypatch):
    monkeypatch.setattr("writer.text.search.BASE_TIMEOUT", 0.6)
    writing = start()
    writing.editor.set_text("a" * 5000 + "c")
    writing.key("Ctrl+F")
    bar = writing.program.late.search.bar
    writing.key("Alt+R", bar.pattern)
    bar.pattern.setText("(a|aa)+$")
    longest, last = 0.0, time.perf_counter()
    while bar.state.text() != "This pattern takes too long; make it simpler.":
        writing.run(0.005)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert longest < 0.3


def test_replacing_one_after_the_other(start):
    writing = start()
    writing.type("one two one two one")
    bar = look_for(writing, "one", "Ctrl+H")
    QTest.keyClicks(bar.replacement, "1")
    writing.key("Return", bar.replacement)
    settle(writing)
    assert writing.text == "1 two one two one"
    assert (bar.state.text(), selected(writing)) == ("1 of 2", (6, 9))
    writing.key("Return", bar.replacement)
    settle(writing)
    assert writing.text == "1 two 1 two one"


def test_replacing_all_is_one_step_back_and_the_cursor_stays_at_its_word(start):
    writing = start()
    text = "An 😀 apple, an apple.\nAnother apple\n苹果 apple end"
    writing.editor.set_text(text)
    place = len(text[: text.index("end")].encode("utf-16-le")) // 2
    bar = look_for(writing, "apple", "Ctrl+H")
    writing.select(place, place)
    bar.replacement.setText("🍏 pear")
    writing.key("Ctrl+Alt+Return", bar.replacement)
    settle(writing)
    assert writing.text == text.replace("apple", "🍏 pear")
    assert bar.state.text() == "4 replaced"
    assert writing.editor.cursor_state().context.after == "end"
    writing.key("Ctrl+Z")
    assert writing.text == text
    assert not writing.editor.document().isUndoAvailable()


def test_groups_come_back_in_the_replacement_and_a_wrong_one_is_told(start):
    writing = start()
    writing.editor.set_text("2024-05-01 and 2025-06-02")
    bar = look_for(writing, "", "Ctrl+H")
    writing.key("Alt+R", bar.pattern)
    bar.pattern.setText(r"(\d+)-(\d+)-(\d+)")
    bar.replacement.setText(r"\3.\2.\1")
    settle(writing)
    writing.key("Ctrl+Alt+Return", bar.pattern)
    settle(writing)
    assert writing.text == "01.05.2024 and 02.06.2025"
    writing.key("Ctrl+Z")
    settle(writing)
    bar.replacement.setText(r"\9")
    writing.key("Ctrl+Alt+Return", bar.pattern)
    settle(writing)
    assert bar.state.text().startswith("The replacement cannot be used")
    assert writing.text == "2024-05-01 and 2025-06-02"


def test_what_is_selected_is_looked_for_and_the_marks_follow_the_text(start):
    writing = start()
    writing.type("word and word")
    writing.select(0, 4)
    writing.key("Ctrl+F")
    settle(writing)
    bar = writing.program.late.search.bar
    assert bar.pattern.text() == "word"
    assert bar.state.text() == "1 of 2"
    writing.select(13, 13)
    writing.type(" word")
    settle(writing)
    assert len(writing.program.late.search.matches) == 3
    assert bar.state.text() == "3 found"


@pytest.mark.parametrize("text", ["a match here", "שלום a match שלום", "中文 a match 中文"])
def test_every_match_that_is_seen_is_marked(start, text):
    writing = start()
    writing.editor.set_text("match\n" + text)
    look_for(writing, "match")
    image = writing.editor.viewport().grab().toImage()
    colour = QColor(writing.program.theme.theme.colours.match)
    rows = {
        y
        for y in range(image.height())
        for x in range(0, image.width(), 2)
        if image.pixelColor(x, y) == colour
    }
    second = writing.editor.document().lastBlock()
    area = writing.editor.blockBoundingGeometry(second).translated(writing.editor.contentOffset())
    assert rows
    assert min(rows) >= area.top() - 1
    assert max(rows) <= area.bottom() + 1


def test_the_matches_are_listed_in_their_lines_and_chosen_by_keys(start):
    writing = start()
    writing.editor.set_text("😀 A cat sat here.\nNo.\nAnother cat, " + "far " * 40 + "and the last cat.")
    bar = look_for(writing, "cat")
    writing.key("Alt+L", bar.pattern)
    model = bar.list.matches_model
    lines = [model.data(model.index(row)) for row in range(model.rowCount())]
    assert lines[0] == "😀 A cat sat here."
    assert lines[1].startswith("Another cat, far")
    assert lines[1].endswith("…")
    assert lines[2].startswith("…")
    assert lines[2].endswith("the last cat.")
    assert bar.list.isVisible()
    writing.key("Down", bar.list)
    writing.key("Return", bar.list)
    assert bar.state.text() == "2 of 3"
    assert writing.editor.textCursor().blockNumber() == 2
    writing.key("Alt+L", bar.list)
    assert not bar.list.isVisible()


def test_the_bar_is_walked_with_tab_and_everything_in_it_has_a_name(start):
    writing = start()
    bar = look_for(writing, "x", "Ctrl+H")
    seen = []
    for _ in range(20):
        widget = writing.window.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    inside = [w for w in seen if bar.isAncestorOf(w)]
    assert len(inside) == 11
    assert [w for w in inside if not (w.accessibleName() or getattr(w, "text", str)())] == []


def test_tab_goes_from_what_is_found_to_what_replaces_it_and_back(start):
    writing = start()
    writing.type("one two")
    bar = look_for(writing, "one", "Ctrl+H")
    assert bar.pattern.hasFocus()
    writing.key("Tab", bar.pattern)
    assert bar.replacement.hasFocus()
    writing.key("Shift+Backtab", bar.replacement)
    assert bar.pattern.hasFocus()
    bar = look_for(writing, "one")
    writing.key("Tab", bar.pattern)
    assert not bar.replacement.isVisible()
    assert bar.isAncestorOf(writing.window.focusWidget())
