"""Marks of Markdown and moved lines, by the keys of their actions."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication


def selected(writing) -> str:
    return writing.editor.textCursor().selectedText().replace("\u2029", "\n")


@pytest.mark.parametrize(
    ("text", "start_at", "end", "key", "after"),
    [
        ("one two", 4, 7, "Ctrl+B", "one **two**"),
        ("one two", 5, 5, "Ctrl+I", "one *two*"),
        ("他很好。", 1, 3, "Ctrl+B", "他**很好**。"),
        ("😀 two", 3, 6, "Ctrl+B", "😀 **two**"),
        ("- one\n\n- two", 0, 12, "Ctrl+B", "- **one**\n\n- **two**"),
        ("one", 1, 1, "Ctrl+2", "## one"),
        ("one\n\n二", 0, 6, "Ctrl+1", "# one\n\n# 二"),
    ],
)
def test_a_mark_is_set_taken_away_and_undone(start, text, start_at, end, key, after):
    writing = start()
    writing.editor.set_text(text)
    writing.select(start_at, end)
    writing.key(key)
    assert writing.text == after
    writing.key("Ctrl+Z")
    assert writing.text == text
    writing.key("Ctrl+Shift+Z")
    assert writing.text == after
    writing.editor.set_text(text)
    writing.select(start_at, end)
    writing.key(key)
    writing.key(key)
    assert writing.text == text


def test_bold_is_typed_between_two_keys(start):
    writing = start()
    writing.type("It is ")
    writing.key("Ctrl+B")
    writing.type("good")
    writing.key("Ctrl+B")
    writing.type(" so.")
    assert writing.text == "It is **good** so."


def test_a_selection_stays_on_its_words(start):
    writing = start()
    writing.editor.set_text("one two three")
    writing.select(4, 7)
    writing.key("Ctrl+B")
    assert selected(writing) == "two"
    writing.key("Ctrl+I")
    assert (writing.text, selected(writing)) == ("one ***two*** three", "two")


def test_a_link_takes_the_address_of_the_clipboard(start):
    writing = start()
    QGuiApplication.clipboard().setText("https://a.b/c")
    writing.editor.set_text("see here")
    writing.select(4, 8)
    writing.key("Ctrl+K")
    assert writing.text == "see [here](https://a.b/c)"
    QGuiApplication.clipboard().setText("no address")
    writing.editor.set_text("看这里")
    writing.select(1, 3)
    writing.key("Ctrl+K")
    writing.type("x")
    assert writing.text == "看[这里](x)"


def test_code_and_texts_that_may_only_be_read_get_no_marks(start):
    writing = start()
    writing.type("```\ncode")
    for key in ("Ctrl+B", "Ctrl+K", "Ctrl+3"):
        writing.key(key)
    assert writing.text == "```\ncode"
    writing.editor.set_text("one\ntwo")
    writing.editor.setReadOnly(True)
    for key in ("Ctrl+B", "Ctrl+K", "Ctrl+3", "Alt+Down"):
        writing.key(key)
    assert writing.text == "one\ntwo"


@pytest.mark.parametrize(
    ("text", "place", "key", "after"),
    [
        ("one\ntwo\n三", (5, 5), "Alt+Up", "two\none\n三"),
        ("one\ntwo\n三", (5, 5), "Alt+Down", "one\n三\ntwo"),
        ("one\ntwo\n三", (5, 9), "Alt+Up", "two\n三\none"),
        ("one\ntwo\n三", (0, 4), "Alt+Down", "two\none\n三"),
        ("one\ntwo", (1, 1), "Alt+Up", "one\ntwo"),
        ("one\ntwo", (7, 7), "Alt+Down", "one\ntwo"),
        ("one\n", (1, 1), "Alt+Down", "\none"),
        ("one\n\n三", (4, 4), "Alt+Down", "one\n三\n"),
        ("one\n\n三", (5, 5), "Alt+Up", "one\n三\n"),
        ("1. a\n2. b\n3. c", (6, 6), "Alt+Up", "1. b\n2. a\n3. c"),
        ("1. a\n2. b\n3. c", (0, 9), "Alt+Down", "1. c\n2. a\n3. b"),
        ("1. a\n1. b", (0, 0), "Alt+Down", "1. b\n1. a"),
    ],
)
def test_lines_are_moved_with_the_selection_in_one_step(start, text, place, key, after):
    writing = start()
    writing.editor.set_text(text)
    writing.select(*place)
    was = selected(writing)
    writing.key(key)
    assert writing.text == after
    assert selected(writing).lstrip("0123456789") == was.lstrip("0123456789") or "\n" in was
    if after != text:
        writing.key("Ctrl+Z")
        assert writing.text == text
        writing.key("Ctrl+Shift+Z")
        assert writing.text == after
