"""Pairs that close, are typed through, and go around a selection; by keys and by an input method."""

from __future__ import annotations

import pytest

from writer.settings.editor_schema import EDITOR_PAIRS


def shown(writing) -> str:
    cursor = writing.editor.textCursor()
    text = writing.text
    return text[: cursor.position()] + "|" + text[cursor.position() :]


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("a (", "a (|)"),
        ("a (b)", "a (b)|"),
        ("a ([b])", "a ([b])|"),
        ("他（好）", "他（好）|"),
        ("《书》", "《书》|"),
        ("a *", "a *|*"),
        ("a *b*", "a *b*|"),
        ("a **b** c", "a **b** c|"),
        ("a __b__", "a __b__|"),
        ("a `b`", "a `b`|"),
        ("他*好*了", "他*好*了|"),
        ("* item", "* item|"),
        ("***", "***|"),
        ("```", "```|"),
        ("2 * 3", "2 * 3|"),
        ("snake_case", "snake_case|"),
        (":)", ":)|"),
        ("a))", "a))|"),
        ("f(x))", "f(x))|"),
    ],
)
def test_what_is_typed_stands_there_and_what_is_open_is_closed(start, typed, after):
    writing = start()
    writing.type(typed)
    assert shown(writing) == after


def test_before_a_word_nothing_is_closed(start):
    writing = start()
    writing.editor.set_text("word")
    writing.type("(")
    assert writing.text == "(word"


def test_only_what_came_by_itself_is_typed_through(start):
    writing = start()
    writing.editor.set_text("a)")
    writing.select(1, 1)
    writing.type(")")
    assert writing.text == "a))"


def test_backspace_takes_both(start):
    writing = start()
    writing.type("a (")
    writing.key("Backspace")
    assert writing.text == "a "
    writing.type("(b")
    writing.key("Backspace")
    assert shown(writing) == "a (|)"


@pytest.mark.parametrize(
    ("typed", "after"),
    [("(", "one (two) 三"), ("*", "one *two* 三"), ("「", "one 「two」 三"), ("x", "one x 三")],
)
def test_a_pair_goes_around_a_selection(start, typed, after):
    writing = start()
    writing.editor.set_text("one two 三")
    writing.select(4, 7)
    writing.type(typed)
    assert writing.text == after
    if typed != "x":
        assert writing.editor.textCursor().selectedText() == "two"
    writing.key("Ctrl+Z")
    assert writing.text == "one two 三"


def test_an_input_method_opens_and_types_through(start):
    writing = start()
    for text in ("他", "（", "好", "）", "。"):
        writing.compose("", text)
    assert shown(writing) == "他（好）。|"


def test_a_pair_is_one_undo_step(start):
    writing = start()
    writing.type("see (this) now")
    for text in ("see (this)", "see ()", "see ", ""):
        writing.key("Ctrl+Z")
        assert writing.text == text


def test_the_setting_switches_it_off(start):
    writing = start()
    writing.settings.set(EDITOR_PAIRS, False)
    writing.type("a (*")
    assert writing.text == "a (*"


def test_a_suggestion_comes_within_and_behind_a_pair(start):
    writing = start({"(": "see below", "(x)": "and so"})
    writing.type("It was (")
    assert writing.ghost() == "see below"
    writing.type("x)")
    assert writing.ghost() == "and so"
