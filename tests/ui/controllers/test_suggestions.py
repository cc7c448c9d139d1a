"""The rules of the ghost, each shown with real key events."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from writer.settings.schema import SUGGESTIONS_DELAY, SUGGESTIONS_ENABLED, SUGGESTIONS_LENGTH
from writer.suggestions.context import WINDOW, WINDOW_STEP
from writer.suggestions.reasons import SENTENCES, Reason
from writer.ui.editor.ghost_text import GAP

GREAT = {"The gre": "at big house.|en door here.|y sky above.", "The great big house.": " It stood there."}


def test_the_ghost_shows_and_is_not_in_the_document(start):
    writing = start(GREAT)
    changes = []
    writing.type("The gre")
    writing.editor.document().contentsChange.connect(lambda *change: changes.append(change))
    writing.editor.textChanged.connect(lambda: changes.append("text"))
    steps = writing.editor.document().availableUndoSteps()
    assert writing.ghost() == "at big house."
    assert writing.text == "The gre"
    assert writing.editor.document().availableUndoSteps() == steps
    assert writing.editor.toPlainText() == "The gre"
    assert changes == []
    assert writing.window.status.words.text() == "2 words"
    assert writing.editor.inputMethodQuery(Qt.InputMethodQuery.ImSurroundingText) == "The gre"


def test_tab_accepts_all_as_one_undo_step_and_asks_again_at_once(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    writing.key("Tab")
    assert writing.text == "The great big house."
    assert writing.ghost() == " It stood there."
    writing.type("x")
    writing.key("Ctrl+Z")
    assert writing.text == "The great big house."
    writing.key("Ctrl+Z")
    assert writing.text == "The gre"
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "The great big house."


def test_ctrl_right_accepts_a_word_with_its_space_and_keeps_the_rest(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    requests = writing.suggestions.requests
    writing.key("Ctrl+Right")
    assert (writing.text, writing.editor.ghost) == ("The great", " big house.")
    writing.key("Ctrl+Right")
    assert (writing.text, writing.editor.ghost) == ("The great big", " house.")
    assert writing.suggestions.requests == requests
    writing.key("Ctrl+Right")
    assert (writing.text, writing.editor.ghost) == ("The great big house", ".")
    writing.key("Ctrl+Right")
    assert writing.text == "The great big house."
    assert writing.suggestions.requests == requests + 1


def test_alt_right_accepts_a_phrase(start):
    writing = start({"We": " ran, then we slept, at last"})
    writing.type("We")
    assert writing.ghost()
    writing.key("Alt+Right")
    assert (writing.text, writing.editor.ghost) == ("We ran,", " then we slept, at last")


def test_without_a_ghost_the_keys_do_their_usual_work(start):
    writing = start()
    writing.type("one two")
    writing.settle()
    writing.key("Tab")
    assert writing.text == "one two\t"
    writing.key("Ctrl+Home")
    writing.key("Ctrl+Right")
    assert writing.editor.textCursor().position() == len("one ")


def test_typing_what_the_ghost_says_walks_through_it_without_a_request(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    requests = writing.suggestions.requests
    writing.type("at ")
    assert writing.editor.ghost == "big house."
    assert writing.suggestions.requests == requests
    assert writing.ghost() == "big house."


def test_typing_something_else_drops_it_at_once_and_asks_anew(start):
    writing = start(GREAT | {"The grey": " sky."})
    writing.type("The gre")
    assert writing.ghost()
    writing.type("y")
    assert writing.editor.ghost == ""
    assert writing.ghost() == " sky."


def test_typed_to_its_end_the_next_is_asked_for(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    writing.type("at big house.")
    assert writing.ghost() == " It stood there."


def test_escape_dismisses_and_silences_until_the_word_ends(start):
    writing = start(GREAT | {"The great": " one.", "The great ": "two."})
    writing.type("The gre")
    assert writing.ghost()
    requests = writing.suggestions.requests
    writing.key("Esc")
    assert writing.editor.ghost == ""
    writing.type("at")
    assert writing.ghost() == ""
    assert writing.reason == Reason.DISMISSED
    assert writing.suggestions.requests == requests
    writing.type(" ")
    assert writing.ghost() == "two."


def test_alternatives_go_round_in_both_directions(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost() == "at big house."
    writing.key("Alt+]")
    assert writing.ghost() == "en door here."
    writing.key("Alt+]")
    assert writing.ghost() == "y sky above."
    writing.key("Alt+]")
    assert writing.ghost() == "at big house."
    writing.key("Alt+[")
    assert writing.ghost() == "y sky above."
    writing.key("Tab")
    assert writing.text == "The grey sky above."


def test_no_other_alternative_leaves_the_one_that_shows(start):
    writing = start({"We": " ran.|"})
    writing.type("We")
    assert writing.ghost()
    writing.key("Alt+]")
    assert writing.ghost() == " ran."
    assert writing.reason == Reason.NO_OTHER


@pytest.mark.parametrize("keys", ["Ctrl+Z", "Backspace", "Ctrl+Backspace", "Ctrl+X"])
def test_after_a_change_it_is_silent_until_the_next_typed_character(start, keys):
    writing = start({"The ": "end.", "T": "ime", "": "ever."})
    writing.type("We see. The g")
    writing.settle()
    if keys == "Ctrl+X":
        writing.key("Shift+Left")
    requests = writing.suggestions.requests
    writing.key(keys)
    assert writing.ghost() == ""
    assert writing.reason == Reason.EDITED
    assert writing.suggestions.requests == requests
    writing.type("o")
    assert writing.ghost()


def test_redo_and_paste_are_silent_too(start):
    writing = start({"": "ever."})
    writing.type("We see.")
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "We see."
    assert (writing.ghost(), writing.reason) == ("", Reason.EDITED)
    QApplication.clipboard().setText("more")
    writing.key("Ctrl+V")
    assert writing.text == "We see.more"
    assert (writing.ghost(), writing.reason) == ("", Reason.EDITED)


def test_ctrl_space_asks_whatever_happened_before(start):
    writing = start(GREAT)
    writing.settings.set(SUGGESTIONS_ENABLED, False)
    writing.type("The grex")
    writing.key("Backspace")
    assert writing.ghost() == ""
    assert writing.engine.contexts == []
    writing.key("Ctrl+Space")
    assert writing.ghost() == "at big house."


def test_switched_off_nothing_is_asked_and_the_reason_is_told(start):
    writing = start(GREAT)
    writing.actions["suggest.enabled"].trigger()
    writing.type("The gre")
    assert (writing.ghost(), writing.reason) == ("", Reason.OFF)
    assert writing.engine.contexts == []
    writing.key("F2")
    assert writing.window.status.message.full_text() == SENTENCES[Reason.OFF].replace(
        "{suggest.ask}", "Ctrl+Space"
    )


@pytest.mark.parametrize(
    ("before", "after", "answer", "whole"),
    [
        ("It was ", "late", "very", "It was very late"),
        ("It was ", "late", "very late", "It was very late"),
        ("It was (", "late)", "very", "It was (very late)"),
        ("It was ", " late", "very", "It was very late"),
        ("It was ", "", "very", "It was very"),
        ("今天", "下雨", "又", "今天又下雨"),
    ],
)
@pytest.mark.parametrize("key", ["Tab", "Ctrl+Right"])
def test_ctrl_space_before_a_word_brings_the_space_it_needs(start, before, after, answer, whole, key):
    writing = start({before: answer})
    writing.settings.set(SUGGESTIONS_ENABLED, False)
    writing.editor.set_text(before + after)
    writing.select(len(before), len(before))
    writing.key("Ctrl+Space")
    assert writing.ghost()
    writing.key(key)
    assert writing.text == whole


def test_ctrl_space_says_why_there_is_nothing(start):
    writing = start({"The gre": "at"})
    message = writing.window.status.message
    writing.key("Ctrl+Space")
    assert message.full_text() == SENTENCES[Reason.EMPTY]
    writing.type("The grey cat")
    writing.select(0, 3)
    writing.key("Ctrl+Space")
    assert message.full_text() == SENTENCES[Reason.SELECTION]
    writing.key("End")
    writing.key("Ctrl+Space")
    writing.settle()
    assert message.full_text() == SENTENCES[Reason.NOTHING]
    writing.select(7, 7)
    writing.key("Ctrl+Space")
    writing.settle()
    assert message.full_text() == SENTENCES[Reason.SEAM]


def test_while_typing_nothing_is_said(start):
    writing = start()
    writing.type("The grey")
    writing.settle()
    assert writing.window.status.message.full_text() == ""


def test_nothing_while_an_input_method_composes(start):
    writing = start({"你": "好吗？", "The gre": "at"})
    writing.type("The gre")
    assert writing.ghost()
    asked = len(writing.engine.contexts)
    writing.compose("ni")
    assert writing.editor.ghost == ""
    assert writing.ghost() == ""
    writing.key("Ctrl+Space")
    assert (writing.ghost(), writing.reason) == ("", Reason.COMPOSING)
    assert len(writing.engine.contexts) == asked
    assert writing.text == "The gre"
    writing.compose("", "你")
    assert writing.text == "The gre你"
    assert writing.ghost() == "好吗？"


def test_an_empty_report_of_the_input_method_leaves_the_ghost(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    writing.compose("")
    assert writing.editor.ghost == "at big house."
    writing.key("Tab")
    assert writing.text == "The great big house."


def test_accept_keys_stay_with_the_input_method(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    writing.compose("a")
    assert not writing.actions["suggest.accept"].isEnabled()


def test_nothing_with_a_selection_or_in_a_text_that_may_only_be_read(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    writing.key("Shift+Left")
    assert writing.editor.ghost == ""
    writing.key("Ctrl+Space")
    assert (writing.ghost(), writing.reason) == ("", Reason.SELECTION)
    writing.key("End")
    writing.editor.setReadOnly(True)
    writing.key("Ctrl+Space")
    assert (writing.ghost(), writing.reason) == ("", Reason.READ_ONLY)


def test_within_a_line_only_when_asked_and_the_rest_moves_aside(start):
    writing = start({"The gre": "at"})
    writing.type("The  house")
    for _ in " house":
        writing.key("Left")
    writing.type("gre")
    assert (writing.ghost(), writing.reason) == ("", Reason.MID_LINE)
    writing.key("Ctrl+Space")
    assert writing.ghost() == "at"
    layout = writing.editor.textCursor().block().layout()
    assert layout.preeditAreaText().removeprefix(GAP) == "at"
    writing.key("Tab")
    assert writing.text == "The great house"


def test_closing_marks_behind_the_cursor_do_not_count_as_text(start):
    writing = start({'"The gre': "at"})
    writing.type('"The "')
    writing.key("Left")
    writing.type("gre")
    assert writing.ghost() == "at"


def test_emoji_before_and_in_the_ghost_keep_every_position_right(start):
    writing = start({"😀 so 👨‍👩‍👧": " happy 🎉🎉 day"}, token_size=2)
    writing.settings.set(SUGGESTIONS_LENGTH, 64)
    writing.compose("", "😀")
    writing.type(" so ")
    writing.compose("", "👨‍👩‍👧")
    assert writing.ghost() == " happy 🎉🎉 day"
    assert writing.engine.contexts[-1].before == "😀 so 👨‍👩‍👧"
    writing.key("Ctrl+Right")
    writing.key("Ctrl+Right")
    assert writing.text == "😀 so 👨‍👩‍👧 happy 🎉🎉"
    writing.key("Tab")
    assert writing.text == "😀 so 👨‍👩‍👧 happy 🎉🎉 day"


def test_chinese_comes_character_by_character_and_never_broken(start):
    writing = start({"今天": "天气很好，我们去公园。"}, token_size=1, token_seconds=0.002)
    writing.settings.set(SUGGESTIONS_LENGTH, 64)
    seen = []
    writing.suggestions.changed.connect(lambda suggestion: seen.append(suggestion.text))
    writing.compose("", "今天")
    ghost = writing.ghost()
    assert ghost.startswith("天气很好")
    assert "天气很好，我们去公园。".startswith(ghost)
    assert not any("\ufffd" in text for text in seen)
    writing.key("Ctrl+Right")
    assert writing.text == "今天天气"


def test_what_streams_in_only_grows_and_shows_its_first_word_early(start):
    writing = start({"We": " went home then slept"}, token_size=5, token_seconds=0.05)
    seen = []
    writing.suggestions.changed.connect(lambda suggestion: seen.append(suggestion))
    writing.type("We")
    assert writing.ghost() == " went home then slept"
    texts = [suggestion.text for suggestion in seen if suggestion.text]
    assert texts[0] == " went"
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(texts))


def test_typing_on_while_it_streams_shows_the_rest_of_what_comes(start):
    writing = start({"We": " went home then slept"}, token_size=5, token_seconds=0.4)
    writing.type("We")
    writing.until(lambda: writing.editor.ghost == " went")
    asked = len(writing.engine.contexts)
    writing.type(" w")
    assert writing.editor.ghost == "ent"
    assert writing.ghost() == "ent home then slept"
    assert len(writing.engine.contexts) == asked


def test_an_answer_that_is_too_late_is_not_shown(start):
    writing = start({"a": " house stands", "b": " garden grows"}, token_seconds=0.03)
    seen = []
    writing.suggestions.changed.connect(lambda suggestion: seen.append(suggestion.text))
    writing.type("a")
    writing.run(0.01)
    writing.type("b")
    assert writing.ghost() == " garden grows"
    assert not any("house" in text for text in seen)


def test_moving_the_cursor_drops_it_and_prepares_the_new_place(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    writing.key("Left")
    assert (writing.editor.ghost, writing.reason) == ("", Reason.MOVED)
    writing.until(lambda: any(context.before == "The gr" for context in writing.engine.prefetched))


def test_a_click_drops_it(start):
    writing = start(GREAT)
    writing.type("The gre")
    assert writing.ghost()
    QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 60))
    assert writing.editor.ghost == ""
    assert writing.text == "The gre"


def test_the_delay_holds_back_what_is_shown_not_what_is_asked(start):
    writing = start(GREAT)
    writing.settings.set(SUGGESTIONS_DELAY, 400)
    writing.type("The gre")
    writing.until(lambda: writing.engine.contexts)
    writing.run(0.15)
    assert writing.editor.ghost == ""
    assert writing.suggestions.busy
    assert writing.ghost() == "at big house."


def test_no_more_than_the_window_is_read_at_a_key(start):
    writing = start()
    writing.editor.set_text("word " * 200_000 + "\n中文" * 6_000 + "😀")
    writing.key("Ctrl+End")
    writing.type("x")
    writing.until(lambda: writing.engine.contexts)
    before = writing.engine.contexts[-1].before
    assert WINDOW <= len(before) <= WINDOW + WINDOW_STEP
    assert before.endswith("中文😀x")
    writing.type("y")
    writing.until(lambda: writing.engine.contexts[-1].before.endswith("xy"))
    assert writing.engine.contexts[-1].before == before + "y"


def test_why_there_is_nothing_is_said_in_words(start):
    writing = start()
    writing.type("So")
    assert (writing.ghost(), writing.reason) == ("", Reason.UNSURE)
    writing.key("F2")
    assert writing.window.status.message.full_text() == SENTENCES[Reason.UNSURE]
    writing.key("Ctrl+Space")
    assert (writing.ghost(), writing.reason) == ("", Reason.NOTHING)


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(Reason)
