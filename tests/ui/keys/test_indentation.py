"""Tab and Shift+Tab in lines and lists, and just after a suggestion."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from writer.ui.keys.indentation import GRACE


def tab(writing, back: bool = False) -> None:
    if back:
        QTest.keyClick(writing.editor, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    else:
        writing.key("Tab")


def selected(writing) -> str:
    return writing.editor.textCursor().selectedText().replace("\u2029", "\n")


def test_selected_lines_are_indented_and_brought_back(start):
    writing = start()
    writing.editor.set_text("one\n\n两行\nthree")
    writing.select(1, 7)
    tab(writing)
    assert writing.text == "\tone\n\n\t两行\nthree"
    tab(writing)
    assert writing.text == "\t\tone\n\n\t\t两行\nthree"
    tab(writing, back=True)
    writing.key("Ctrl+Z")
    assert writing.text == "\t\tone\n\n\t\t两行\nthree"
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Z")
    assert writing.text == "one\n\n两行\nthree"


def test_whole_lines_stay_whole_and_the_line_behind_them_alone(start):
    writing = start()
    writing.editor.set_text("one\ntwo\nthree")
    writing.select(0, 8)
    tab(writing)
    assert writing.text == "\tone\n\ttwo\nthree"
    assert selected(writing) == "\tone\n\ttwo\n"


def test_a_selected_word_is_not_deleted(start):
    writing = start()
    writing.editor.set_text("one two")
    writing.select(4, 7)
    tab(writing)
    assert writing.text == "\tone two"
    assert selected(writing) == "two"


def test_without_a_selection_tab_writes_a_tab_and_shift_tab_takes_the_indent(start):
    writing = start()
    writing.type("a\tb")
    assert writing.text == "a\tb"
    tab(writing, back=True)
    assert writing.text == "a\tb"
    assert writing.editor.hasFocus()
    writing.editor.set_text("    a")
    tab(writing, back=True)
    assert writing.text == "a"


def test_in_a_list_tab_changes_the_level_of_an_item_and_what_is_within_it(start):
    writing = start()
    writing.editor.set_text("1. a\n2. b\n   - x\n3. 丙")
    writing.select(9, 9)
    tab(writing)
    assert writing.text == "1. a\n   1. b\n      - x\n2. 丙"
    assert writing.editor.textCursor().positionInBlock() == 7
    tab(writing)
    assert writing.text == "1. a\n   1. b\n      - x\n2. 丙"
    tab(writing, back=True)
    assert writing.text == "1. a\n2. b\n   - x\n3. 丙"
    writing.key("Ctrl+Z")
    assert writing.text == "1. a\n   1. b\n      - x\n2. 丙"


def test_in_a_code_block_tab_is_a_tab(start):
    writing = start()
    writing.type("```\n- a\n- b")
    tab(writing)
    assert writing.text == "```\n- a\n- b\t"


def test_a_text_that_may_only_be_read_stays(start):
    writing = start()
    writing.editor.set_text("- a\n- b")
    writing.editor.setReadOnly(True)
    writing.select(0, 7)
    tab(writing)
    tab(writing, back=True)
    assert writing.text == "- a\n- b"


@pytest.mark.parametrize("goes", ["Escape", "x", "Tab"])
def test_a_tab_just_after_the_ghost_went_writes_none_into_a_sentence(start, goes):
    writing = start({"It was ": "late."})
    clock = [10.0]
    writing.program.keys.indentation._clock = lambda: clock[0]
    writing.type("It was ")
    assert writing.ghost()
    writing.type("x") if goes == "x" else writing.key(goes)
    writing.settle()
    text = writing.text
    clock[0] += GRACE - 0.1
    tab(writing)
    assert writing.text == text
    clock[0] += 0.2
    tab(writing)
    assert writing.text == text + "\t"


def test_at_the_start_of_a_line_a_tab_is_never_late(start):
    writing = start({"It was ": "late."})
    writing.type("It was ")
    assert writing.ghost()
    writing.type("\n")
    writing.settle()
    tab(writing)
    assert writing.text == "It was \n\t"


def test_the_distance_of_tab_stops_is_the_same_in_every_document(start):
    writing = start()
    first = writing.editor.tabStopDistance()
    writing.key("Ctrl+N")
    assert writing.editor.tabStopDistance() == first
    writing.key("Ctrl++")
    larger = writing.editor.tabStopDistance()
    assert larger > first
    writing.key("Ctrl+Tab")
    assert writing.editor.tabStopDistance() == larger
