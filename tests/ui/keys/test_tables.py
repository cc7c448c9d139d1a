"""Tables by real keys: from cell to cell, new rows, and the alignment behind the cursor."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.keys.test_check_boxes import place_of
from writer.settings.editor_schema import EDITOR_LISTS
from writer.ui.keys import table_rows

TABLE = "| a | 城市 |\n| - | -: |\n| x | 北京 |\n\nend"
ALIGNED = "| a   | 城市 |\n| --- | ---: |\n| xy  | 北京 |\n\nend"


def caret(writing) -> str:
    """The line of the cursor, which is shown as ^."""
    cursor = writing.editor.textCursor()
    line = cursor.block().text().encode("utf-16-le")
    place = 2 * cursor.positionInBlock()
    return line[:place].decode("utf-16-le") + "^" + line[place:].decode("utf-16-le")


def begin(start, text: str, place: int, script: dict[str, str] | None = None):
    writing = start(script)
    writing.editor.set_text(text)
    writing.select(place, place)
    return writing


def test_tab_goes_from_cell_to_cell_and_back(start):
    writing = begin(start, TABLE, 3)
    seen = []
    for _ in range(4):
        writing.key("Tab")
        seen.append(caret(writing))
    assert seen[:3] == ["| a | 城市^ |", "| x^ | 北京 |", "| x | 北京^ |"]
    assert seen[3] == "| ^    |      |"
    assert writing.text == TABLE.replace("北京 |\n", "北京 |\n|     |      |\n")
    for expected in ("| x | 北京^ |", "| x^ | 北京 |", "| a | 城市^ |", "| a^ | 城市 |", "| a^ | 城市 |"):
        writing.key("Shift+Backtab")
        assert caret(writing) == expected


def test_tab_before_a_row_goes_into_it_and_one_in_the_delimiters_below_them(start):
    writing = begin(start, TABLE, 0)
    writing.key("Tab")
    assert caret(writing) == "| a^ | 城市 |"
    writing.select(TABLE.index("-"), TABLE.index("-"))
    writing.key("Tab")
    assert caret(writing) == "| x^ | 北京 |"


def test_a_new_row_is_one_step(start):
    writing = begin(start, TABLE, TABLE.index("北京") + 2)
    longer = TABLE.replace("北京 |\n", "北京 |\n|     |      |\n")
    writing.key("Tab")
    writing.type("y")
    for key, text in (("Ctrl+Z", longer), ("Ctrl+Z", TABLE), ("Ctrl+Shift+Z", longer)):
        writing.key(key)
        assert writing.text == text


def test_enter_goes_down_makes_a_row_and_ends_the_table(start):
    writing = begin(start, TABLE, TABLE.index("城") + 1)
    writing.key("Return")
    assert caret(writing) == "| x | 北京^ |"
    writing.key("Return")
    assert caret(writing) == "|     | ^     |"
    writing.key("Return")
    assert writing.text == ALIGNED.replace("xy ", "x  ").replace("\nend", "\n\nend")
    assert caret(writing) == "^"
    writing.type("z")
    assert writing.text.endswith("| 北京 |\n\nz\nend")


def test_a_table_is_begun_by_enter_behind_its_header(start):
    writing = start()
    writing.type("| name | 城市 |\nAnna")
    writing.key("Tab")
    writing.type("北京\n")
    assert writing.text == "| name | 城市 |\n| ---- | ---- |\n| Anna     | 北京     |\n|      |      |"
    assert caret(writing) == "|      | ^     |"
    writing.type("\nafter")
    assert writing.text == "| name | 城市 |\n| ---- | ---- |\n| Anna | 北京 |\n\nafter"


@pytest.mark.parametrize(
    "typed", ["| a | b |\n|:-|--|\n| 1 | 二 |\n", "| a | b |\n:-|--\n1|二\n", "| a | b |\n|:-|--|\n1|二|\n"]
)
def test_a_table_that_is_typed_pipe_by_pipe_comes_out_right(start, typed):
    writing = start()
    writing.type(typed)
    writing.type("\nend")
    assert writing.text == "| a   | b   |\n| :-- | --- |\n| 1   | 二  |\n\nend"


def test_a_table_is_aligned_when_the_cursor_leaves_it_in_one_step(start):
    writing = begin(start, TABLE, TABLE.index("x") + 1)
    writing.type("y")
    assert writing.text == TABLE.replace("x", "xy")
    writing.key("Ctrl+End")
    assert writing.text == ALIGNED
    assert caret(writing) == "end^"
    writing.key("Ctrl+Z")
    assert writing.text == TABLE.replace("x", "xy")
    writing.key("Ctrl+End")
    assert writing.text == TABLE.replace("x", "xy"), "aligned what was undone"
    writing.key("Ctrl+Shift+Z")
    assert writing.text == ALIGNED
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Z")
    assert writing.text == TABLE


def test_a_click_elsewhere_aligns_and_a_table_that_was_only_visited_stays(start):
    writing = begin(start, TABLE, TABLE.index("x") + 1)
    viewport = writing.editor.viewport()
    end = place_of(writing, len(TABLE) - 2)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=end)
    assert writing.text == TABLE
    assert not writing.editor.document().isModified()
    writing.select(TABLE.index("x") + 1, TABLE.index("x") + 1)
    writing.type("y")
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=end)
    assert writing.text == ALIGNED
    assert not writing.editor.textCursor().hasSelection()
    assert "^" in caret(writing).replace("end", "")
    assert writing.editor.textCursor().block().text() == "end"


def test_an_input_method_writes_into_a_cell_and_the_table_is_aligned_behind_it(start):
    writing = begin(start, TABLE, TABLE.index("北京") + 2)
    writing.compose("hen da")
    writing.compose("", "很大")
    writing.key("Ctrl+End")
    assert writing.text == ("| a   |     城市 |\n| --- | -------: |\n| x   | 北京很大 |\n\nend")


def test_a_shown_suggestion_takes_tab_first(start):
    writing = begin(start, TABLE, TABLE.index("x"), {"z": "wei"})
    writing.select(TABLE.index("x"), TABLE.index("x") + 1)
    writing.type("z")
    writing.key("Ctrl+Space")
    assert writing.ghost() == "wei"
    writing.key("Tab")
    assert caret(writing) == "| zwei^ | 北京 |"
    repeat = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier, "\t", True)
    QApplication.sendEvent(writing.editor, repeat)
    assert caret(writing) == "| zwei^ | 北京 |"
    writing.key("Tab")
    assert caret(writing) == "| zwei | 北京^ |"


def test_what_is_written_behind_an_aligned_table_gets_its_suggestion(start):
    writing = begin(start, TABLE, TABLE.index("x") + 1, {ALIGNED + " it": "self."})
    writing.type("y")
    writing.key("Ctrl+End")
    writing.type(" it")
    assert writing.ghost() == "self."


def test_the_next_start_has_the_aligned_text(start):
    writing = begin(start, "", 0)
    writing.type("| a | b |\n你好")
    writing.key("Down")
    writing.type("\n\nend")
    text = writing.text
    assert text == "| a    | b   |\n| ---- | --- |\n| 你好 |     |\n\nend"
    writing.window.close()
    again = start()
    again.until(lambda: again.text == text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("```\n| a | b |\n|-|-|\n| c | d |\n```\n", 19),
        ("a | b and c\n", 3),
        ("| a | b |\n\n| - | - |\n", 3),
    ],
)
def test_what_is_no_table_has_the_usual_keys(start, text, place):
    writing = begin(start, text, place)
    writing.key("Tab")
    writing.key("Return")
    assert writing.text == text[:place] + "\t\n" + text[place:]
    writing.key("Ctrl+End")
    assert writing.text == text[:place] + "\t\n" + text[place:]


def test_without_the_setting_tab_goes_on_and_nothing_else_comes_by_itself(start):
    writing = begin(start, TABLE, TABLE.index("x") + 1)
    writing.settings.set(EDITOR_LISTS, False)
    writing.type("y")
    writing.key("Tab")
    assert caret(writing) == "| xy | 北京^ |"
    writing.key("Ctrl+End")
    writing.type("\n| a | b |\n")
    assert writing.text == TABLE.replace("x", "xy") + "\n| a | b |\n"


def test_enter_before_a_table_shift_enter_and_a_selection_break_the_line(start):
    writing = begin(start, TABLE, 0)
    writing.key("Return")
    assert writing.text == "\n" + TABLE
    writing.editor.set_text(TABLE)
    writing.select(TABLE.index("x") + 1, TABLE.index("x") + 1)
    writing.key("Shift+Return")
    assert writing.text == TABLE.replace("x", "x\n")
    writing.editor.set_text(TABLE)
    writing.select(3, TABLE.index("x") + 1)
    writing.key("Tab")
    assert writing.text.startswith("\t| a"), "selected lines are indented"


def test_a_table_in_a_quotation_and_between_others(start):
    text = "> | a | b |\n> |-|-|\n> | 一 | 2 |\n\n| c | d |\n|-|-|\n"
    writing = begin(start, text, text.index("2") + 1)
    writing.key("Tab")
    writing.type("三")
    assert caret(writing).startswith("> | 三^")
    writing.select(writing.text.index("c") + 1, writing.text.index("c") + 1)
    assert writing.text.startswith(
        "> | a   | b   |\n> | --- | --- |\n> | 一  | 2   |\n> | 三  |     |\n\n| c | d"
    )


def test_a_text_that_may_only_be_read_stays(start):
    writing = begin(start, TABLE, TABLE.index("x") + 1)
    writing.type("y")
    writing.editor.setReadOnly(True)
    for key in ("Tab", "Return", "Ctrl+End"):
        writing.key(key)
    assert writing.text == TABLE.replace("x", "xy")


def test_another_tab_leaves_the_table_for_later(start):
    writing = begin(start, TABLE, TABLE.index("x") + 1)
    writing.type("y")
    writing.key("Ctrl+N")
    writing.until(lambda: writing.text == "")
    writing.type("| a | b |\n")
    writing.key("Ctrl+Tab")
    writing.until(lambda: writing.text == TABLE.replace("x", "xy"))
    writing.key("Ctrl+End")
    writing.type("!")
    assert writing.text.endswith("end!")


def test_a_huge_table_is_not_aligned_and_its_keys_go_from_cell_to_cell(start):
    rows = [f"| {number} | 城市 |" for number in range(10_000)]
    text = "\n".join(["| a | b |", "|-|-|", *rows])
    writing = begin(start, text, text.index("| 5000 ") + 3)
    seen = []
    for key in ("Tab", "Tab", "Return", "Shift+Backtab"):
        writing.key(key)
        seen.append(caret(writing))
    assert seen == ["| 5000 | 城市^ |", "| 5001^ | 城市 |", "| 5002^ | 城市 |", "| 5001 | 城市^ |"]
    writing.type("x")
    writing.key("Ctrl+Home")
    assert writing.text == text.replace("| 5001 | 城市", "| 5001 | 城市x")


def test_a_key_in_a_table_looks_at_its_neighbourhood_alone(start, monkeypatch):
    looked: list[str] = []
    monkeypatch.setattr(table_rows, "may_be_row", lambda block: looked.append("") or "|" in block.text())
    writing = begin(start, "| a | b |\n|-|-|\n" + "| 一 | 二 |\n" * 5_000, 20_000)
    for key in ("Tab", "x", "Down", "Return"):
        writing.type(key) if len(key) == 1 else writing.key(key)
    assert 0 < len(looked) < 5_000
