"""Lists and quotations that go on, by real keys."""

from __future__ import annotations

import pytest

from writer.settings.editor_schema import EDITOR_LISTS


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("- a\nb", "- a\n- b"),
        ("- 苹果\n梨\n\n完", "- 苹果\n- 梨\n完"),
        ("1. a\nb\n\nc", "1. a\n2. b\nc"),
        ("> a\nb\n\nc", "> a\n> b\nc"),
        ("- [x] a\nb", "- [x] a\n- [ ] b"),
        ("a\nb", "a\nb"),
        ("1984. It was\n\nBut", "1984. It was\nBut"),
    ],
)
def test_enter_goes_on_and_ends(start, typed, text):
    writing = start()
    writing.type(typed)
    assert writing.text == text


def test_numbers_behind_a_new_item_follow_and_are_undone_with_it(start):
    writing = start()
    writing.editor.set_text("1. a\n2. b\n   - x\n3. c")
    writing.select(4, 4)
    writing.key("Return")
    assert writing.text == "1. a\n2. \n3. b\n   - x\n4. c"
    writing.type("new")
    writing.key("Ctrl+Z")
    assert writing.text == "1. a\n2. \n3. b\n   - x\n4. c"
    writing.key("Ctrl+Z")
    assert writing.text == "1. a\n2. b\n   - x\n3. c"
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "1. a\n2. \n3. b\n   - x\n4. c"


def test_an_item_is_split_at_the_cursor_and_a_selection_goes(start):
    writing = start()
    writing.editor.set_text("- one two three")
    writing.select(6, 10)
    writing.key("Return")
    assert writing.text == "- one \n- three"


def test_an_empty_item_within_another_goes_up_first(start):
    writing = start()
    writing.editor.set_text("1. a\n   - x\n   - ")
    writing.select(17, 17)
    writing.key("Return")
    assert writing.text == "1. a\n   - x\n- "
    writing.key("Return")
    assert writing.text == "1. a\n   - x\n"
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Z")
    assert writing.text == "1. a\n   - x\n   - "


def test_shift_enter_the_setting_and_code_break_the_line_alone(start):
    writing = start()
    writing.type("- a")
    writing.key("Shift+Return")
    assert writing.text == "- a\n"
    writing.settings.set(EDITOR_LISTS, False)
    writing.type("- b\n")
    assert writing.text == "- a\n- b\n"
    writing.settings.set(EDITOR_LISTS, True)
    writing.editor.set_text("")
    writing.type("```\n- a\n")
    assert writing.text == "```\n- a\n"


def test_a_suggestion_comes_for_the_next_item(start):
    writing = start({"- milk\n- ": "bread"})
    writing.type("- milk\n")
    assert writing.ghost() == "bread"


def test_a_list_of_any_length_costs_no_more_than_its_neighbourhood(start):
    writing = start()
    writing.editor.set_text("\n".join(f"{number}. item" for number in range(1, 5001)))
    writing.select(7, 7)
    writing.key("Return")
    lines = writing.text.split("\n")
    assert lines[:3] == ["1. item", "2. ", "3. item"]
    assert lines[900] == "901. item"
