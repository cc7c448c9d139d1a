"""Typographic marks, dashes and ellipses by real keys: in prose, code, selections and ghosts."""

from __future__ import annotations

import pytest

from writer.settings.editor_schema import EDITOR_DASHES, EDITOR_QUOTE_MARKS, EDITOR_QUOTES


@pytest.fixture
def typesetting(start):
    """A function that starts the program with typographic marks."""

    def begin(script=None, marks="english"):
        writing = start(script)
        writing.settings.set(EDITOR_QUOTES, True)
        writing.settings.set(EDITOR_DASHES, True)
        writing.settings.set(EDITOR_QUOTE_MARKS, marks)
        return writing

    return begin


def test_straight_marks_stay_unless_others_are_wanted(start):
    writing = start()
    writing.type('"it\'s" -- ...')
    assert writing.text == '"it\'s" -- ...'


def test_marks_become_typographic(typesetting):
    writing = typesetting()
    writing.type("\"It's 'em--\" he said... `a\"b` the '90s\nrock 'n' roll 😀 \"x\"")
    assert writing.text == '“It’s ’em—” he said… `a"b` the ’90s\nrock ’n’ roll 😀 “x”'
    assert writing.editor.textCursor().atEnd()


def test_a_word_at_the_end_of_a_line_is_complete(typesetting):
    writing = typesetting()
    writing.type("get 'em\n")
    assert writing.text == "get ’em\n"


def test_one_step_back_brings_the_mark_of_the_keyboard(typesetting):
    writing = typesetting()
    writing.type("a--")
    assert writing.text == "a—"
    writing.key("Ctrl+Z")
    assert writing.text == "a--"
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "a—"
    writing.type("b")
    assert writing.text == "a—b"


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("german", "„Ja“"),
        ("french", "«\u202fJa\u202f»"),
        ("chinese", "“Ja”"),
        ("corner", "「Ja」"),
    ],
)
def test_marks_are_a_choice(typesetting, marks, expected):
    writing = typesetting(marks=marks)
    writing.type('"Ja"')
    assert writing.text == expected


def test_code_and_front_matter_keep_the_keyboard(typesetting):
    writing = typesetting()
    writing.editor.set_text('---\ntitle: \n---\n\n```\n\n```\n\n"')
    writing.until(lambda: writing.program.view.is_code(5))
    for block in (1, 5, 7):
        position = writing.editor.document().findBlockByNumber(block).position()
        end = position + writing.editor.document().findBlockByNumber(block).length() - 1
        writing.select(end, end)
        writing.type('"a"')
    assert writing.text == '---\ntitle: "a"\n---\n\n```\n"a"\n```\n“a”\n"'


def test_a_mark_replaces_a_selection_and_leaves_a_read_only_text(typesetting):
    writing = typesetting()
    writing.type("say word")
    writing.select(4, 8)
    writing.type("'")
    assert writing.text == "say ‘"
    writing.editor.setReadOnly(True)
    writing.type("'\"-")
    assert writing.text == "say ‘"


def test_dead_keys_and_input_methods_write_the_same_marks(typesetting):
    writing = typesetting()
    writing.type("don")
    writing.compose("", "'")
    writing.type("t ")
    writing.compose("", "。")
    writing.compose("", "。")
    writing.compose("", "。")
    assert writing.text == "don’t ……"


def test_a_ghost_has_the_marks_and_accepting_writes_them(typesetting):
    writing = typesetting({"He said": ' "don\'t--"'})
    writing.type("He said")
    assert writing.ghost() == " “don’t—”"
    writing.key("Tab")
    assert writing.text == "He said “don’t—”"


@pytest.mark.parametrize("mark", ["'", "’"])
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("model", ["'", "’"])
def test_either_apostrophe_walks_through_a_ghost(start, mark, wanted, model):
    writing = start({"He": f" didn{model}t go"})
    writing.settings.set(EDITOR_QUOTES, wanted)
    writing.type("He")
    writing.settle()
    asked = writing.suggestions.requests
    writing.type(" didn" + mark)
    assert writing.editor.ghost == "t go"
    assert writing.suggestions.requests == asked
    assert writing.text == "He didn" + ("’" if wanted else mark)


def test_a_ghost_stays_while_an_elision_is_corrected(typesetting):
    writing = typesetting({"get 'em": " all now", "get ‘em": " all now"})
    writing.type("get 'em")
    assert writing.ghost() == " all now"
    writing.type(" ")
    assert writing.text == "get ’em "
    assert writing.editor.ghost == "all now"
