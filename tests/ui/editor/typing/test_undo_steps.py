"""Undo steps: a pause, a place, a sentence, a ghost ends one; redo mirrors them; thousands cost nothing."""

from __future__ import annotations

import time

import pytest

from writer.settings.editor_schema import EDITOR_QUOTES
from writer.ui.editor.typing.undo_steps import PAUSE, EditKind, UndoSteps


def undone(writing) -> list[str]:
    """The texts that undoing all of it passes, newest first."""
    texts = [writing.text]
    while writing.editor.document().isUndoAvailable():
        writing.key("Ctrl+Z")
        texts.append(writing.text)
    return texts


def rest(writing, seconds: float) -> None:
    """Let the clock of the undo steps go on."""
    steps = writing.editor._steps
    steps._clock = lambda: time.monotonic() + seconds


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("One. Two! ", ["One. Two! ", "One. ", ""]),
        ("He said “no.” Then", ["He said “no.” Then", "He said “no.” ", ""]),
        ("so about 3.14 and v1.2", ["so about 3.14 and v1.2", "so about 3.14 and ", ""]),
        ("a\n\nb", ["a\n\nb", "a\n\n", ""]),
        ("A long sentence without end", ["A long sentence without end", "A long sentence ", ""]),
        ("他走了。天亮了。", ["他走了。天亮了。", "他走了。", ""]),
        ("雨" * 20, ["雨" * 20, "雨" * 16, ""]),
        ("他说：“好。”然后走了", ["他说：“好。”然后走了", "他说：“好。”", ""]),
    ],
)
def test_a_sentence_or_many_words_end_a_step(start, typed, texts):
    writing = start()
    writing.type(typed)
    assert undone(writing) == texts
    for text in reversed(texts[:-1]):
        writing.key("Ctrl+Shift+Z")
        assert writing.text == text


def test_a_pause_ends_a_step(start):
    writing = start()
    writing.type("one ")
    rest(writing, PAUSE)
    writing.type("two")
    assert undone(writing) == ["one two", "one ", ""]


def test_a_change_of_place_ends_a_step_also_where_it_comes_back(start):
    writing = start()
    writing.type("one ")
    writing.key("Left")
    writing.key("Right")
    writing.type("two")
    assert undone(writing) == ["one two", "one ", ""]


def test_erasing_is_a_step_of_its_own_and_many_keys_are_one(start):
    writing = start()
    writing.type("one two")
    for _ in range(4):
        writing.key("Backspace")
    writing.type("!")
    assert undone(writing) == ["one!", "one", "one two", ""]


def test_each_accepted_ghost_is_a_step(start):
    writing = start({"It was ": "late and dark."})
    writing.type("It was ")
    assert writing.ghost() == "late and dark."
    writing.key("Ctrl+Right")
    writing.key("Tab")
    writing.type("x")
    assert undone(writing) == [
        "It was late and dark.x",
        "It was late and dark.",
        "It was late",
        "It was ",
        "",
    ]


def test_commits_of_an_input_method_join_until_a_sentence_ends(start):
    writing = start()
    for text in ("今天", "下雨", "。", "我们", "在家"):
        writing.compose(text)
        writing.compose("", text)
    assert undone(writing) == ["今天下雨。我们在家", "今天下雨。", ""]


def test_undoing_stops_at_the_saved_text(start, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("", "utf-8")
    writing = start(files=(file,))
    writing.until(lambda: "a.txt" in writing.window.windowTitle())
    writing.type("on")
    writing.key("Ctrl+S")
    writing.until(lambda: not writing.window.isWindowModified())
    writing.type("e")
    writing.key("Ctrl+Z")
    assert writing.text == "on"
    assert not writing.window.isWindowModified()


def test_a_replaced_selection_comes_back_in_one_step(start):
    writing = start()
    writing.type("one two")
    writing.select(4, 7)
    writing.type("2")
    assert undone(writing) == ["one 2", "one two", ""]


def test_joiners_from_the_keyboard_count_as_typed(start):
    writing = start()
    typed = []
    writing.editor.typed.connect(typed.append)
    writing.type("می\u200cخواهم")
    assert writing.text == "می\u200cخواهم"
    assert "\u200c" in typed


def test_hundreds_of_steps_cost_no_more_than_the_first(start):
    writing = start()
    times = []
    for _ in range(4):
        began = time.process_time()
        for _ in range(100):
            writing.editor.write("a.")
            writing.editor.write("\n")
        times.append(time.process_time() - began)
    assert times[-1] < 4 * times[0]
    assert writing.editor.document().availableUndoSteps() <= 800
    assert len(undone(writing)) == 401


def test_other_changes_end_a_step_by_the_revision():
    steps = UndoSteps(lambda: 0.0)
    steps.add(EditKind.TYPED, "a", 1, continued=False)
    assert steps.continues(EditKind.TYPED, "b", 1)
    assert not steps.continues(EditKind.TYPED, "b", 2)
    assert not steps.continues(EditKind.ERASED_BEFORE, "a", 1)
    steps.end()
    assert not steps.continues(EditKind.TYPED, "b", 1)


def test_what_follows_a_corrected_mark_joins_the_correction(start):
    writing = start()
    writing.settings.set(EDITOR_QUOTES, True)
    writing.type("don't go")
    assert writing.text == "don’t go"
    writing.key("Ctrl+Z")
    assert writing.text == "don'"
    writing.key("Ctrl+Z")
    assert writing.text == ""
