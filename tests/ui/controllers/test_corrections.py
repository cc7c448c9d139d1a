"""A correction stands over the word just typed, and one key takes it: real keys, the real dictionary."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from writer.app.suggestions import correction_service
from writer.documents.authorship.origin import FIRST_BATCH, Origin
from writer.engine.fake import FakeEngine
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.schema import LANGUAGE_WINDOW, SUGGESTIONS_CORRECTIONS, SUGGESTIONS_ENABLED

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")

LIKELY = ("receive", "was over", "an ", "I ", "We", "their", "believe")
SCRIPT = {"We receive ": "letters."}


@pytest.fixture
def writing(start, monkeypatch: pytest.MonkeyPatch):
    """The program with an engine that corrects, and a short pause."""
    monkeypatch.setattr(correction_service, "PAUSE", 0.05)
    return start(engine=FakeEngine(SCRIPT, likely=LIKELY))


def offered(writing) -> tuple[str, str] | None:
    found = writing.program.container.corrections.offered
    return (found.suspect.written, found.text) if found else None


def wait_for(writing, written: str, meant: str) -> None:
    writing.until(lambda: offered(writing) == (written, meant))


def wait_in_vain(writing) -> None:
    """Let the pause pass, and what follows from it."""
    writing.until(lambda: not writing.program.container.corrections.busy)
    writing.settle()
    assert offered(writing) is None


def can_accept(writing) -> bool:
    return writing.actions["suggest.correct"].isEnabled()


def page(writing) -> QImage:
    return writing.editor.viewport().grab().toImage()


def test_a_key_takes_the_correction_as_one_undo_step(writing):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    assert writing.text == "We recieve "
    writing.key("Ctrl+;")
    assert writing.text == "We receive "
    assert writing.editor.textCursor().position() == len("We receive ")
    assert not can_accept(writing)
    writing.type("it")
    writing.key("Ctrl+Z")
    assert writing.text == "We receive "
    writing.key("Ctrl+Z")
    assert writing.text == "We recieve "


def test_taken_back_is_declined_in_this_text(writing):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.key("Ctrl+'")
    writing.key("Ctrl+Z")
    writing.key("Ctrl+End")
    writing.type("it. I beleive ")
    wait_for(writing, "beleive", "believe")
    writing.key("Ctrl+;")
    writing.type("we recieve ")
    wait_in_vain(writing)
    writing.key("Ctrl+N")
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")


def test_escape_declines_it_and_is_no_refusal_of_suggestions(writing):
    writing.type("I recieve ")
    wait_for(writing, "recieve", "receive")
    assert writing.actions["suggest.dismiss"].isEnabled()
    writing.key("Esc")
    assert offered(writing) is None
    assert writing.text == "I recieve "
    assert not writing.actions["suggest.dismiss"].isEnabled()
    writing.type("it. We receive ")
    assert writing.ghost() == "letters."
    writing.key("Esc")
    writing.type("or recieve ")
    wait_in_vain(writing)


def test_the_suggestion_is_the_one_for_what_was_meant(writing):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    assert writing.ghost() == "letters."
    assert writing.engine.contexts[-1].before == "We receive "
    writing.key("Tab")
    assert writing.text == "We recieve letters."
    assert offered(writing) == ("recieve", "receive")
    writing.key("Ctrl+;")
    assert writing.text == "We receive letters."


def test_a_suggestion_that_shows_stays_when_a_correction_comes(writing):
    writing.engine._script["We recieve "] = "nothing. It"
    writing.type("We recieve ")
    assert writing.ghost() == "nothing. It"
    wait_for(writing, "recieve", "receive")
    assert writing.ghost() == "nothing. It"
    writing.until(lambda: writing.engine.prefetched)
    assert writing.engine.prefetched[-1].before == "We receive "


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("It was over. we went ", "It was over. We went "),
        ("It was a apple ", "It was an apple "),
        ("It was was over ", "It was over "),
        ("And i went home ", "And I went home "),
        ("They left there house ", "They left their house "),
    ],
)
def test_each_kind_of_error_is_mended(writing, typed: str, meant: str):
    writing.type(typed)
    writing.until(lambda: can_accept(writing))
    writing.key("Ctrl+;")
    assert writing.text == meant


def test_only_letters_that_differ_count_as_taken(writing):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.key("Ctrl+;")
    (follower,) = writing.program.late.authorship._followers.values()
    runs = follower.tracked.authorship().runs
    assert sum(length for length, _tag in runs) == len("We receive ")
    assert [(n, tag >= FIRST_BATCH) for n, tag in runs] == [(6, False), (2, True), (3, False)]
    assert all(tag == Origin.TYPED for _n, tag in runs if tag < FIRST_BATCH)


def test_it_is_painted_over_the_text_and_moves_nothing(writing):
    writing.type("\n\nWe recieve ")
    before = page(writing)
    layout = writing.editor.textCursor().block().layout()
    wait_for(writing, "recieve", "receive")
    writing.run(0.05)
    after = page(writing)
    changed = [
        (x, y)
        for x in range(after.width())
        for y in range(after.height())
        if after.pixel(x, y) != before.pixel(x, y)
    ]
    cursor = writing.editor.cursorRect()
    above = QRect(0, cursor.top() - cursor.height(), after.width(), 2 * cursor.height() + 4)
    assert changed
    assert all(above.contains(x, y) for x, y in changed)
    assert layout.preeditAreaText() in ("", "\u200aletters.")
    writing.key("Esc")
    writing.key("Esc")
    writing.run(0.05)
    assert offered(writing) is None


def test_it_goes_when_its_word_or_the_cursor_changes(writing):
    for change in ("Left", "Backspace", "Ctrl+Z", "Up", "Ctrl+A"):
        writing.type("\n\nWe recieve ")
        wait_for(writing, "recieve", "receive")
        writing.key(change)
        assert offered(writing) is None, change
        assert not can_accept(writing)
        writing.key("Ctrl+End")
        writing.key("Ctrl+A")
        writing.key("Delete")
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.type("\n")
    assert offered(writing) is None


def test_it_stays_while_one_types_on_but_not_for_ever(writing):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.type("it and we are glad to say so.")
    writing.settle()
    assert offered(writing) == ("recieve", "receive")
    writing.key("Ctrl+;")
    assert writing.text == "We receive it and we are glad to say so."
    writing.type(" We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.type("it" + " and on and on and on" * 4)
    assert offered(writing) is None


def test_nothing_is_offered_where_it_would_disturb(writing):
    writing.type("We recieve")
    writing.compose("ni")
    writing.compose("", " ")
    wait_for(writing, "recieve", "receive")
    writing.compose("ni")
    assert offered(writing) is None
    writing.compose("")
    writing.key("Ctrl+A")
    writing.key("Delete")
    for text in ("`recieve ", "www.recieve.com ", "We met Recieve ", "```\nWe recieve "):
        writing.type(text)
        wait_in_vain(writing)
        writing.key("Ctrl+A")
        writing.key("Delete")
    writing.type("A recieve and the recieve ")  # twice: on purpose
    wait_in_vain(writing)


@pytest.mark.parametrize(
    ("setting", "value"),
    [(SUGGESTIONS_CORRECTIONS, False), (SUGGESTIONS_ENABLED, False), (EDITOR_SPELLING, "off")],
)
def test_settings_switch_it_off(writing, setting, value):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.settings.set(setting, value)
    writing.type("it. We recieve ")
    wait_in_vain(writing)


def test_chinese_is_left_alone_and_english_behind_it_is_not(writing):
    writing.type("The words of this letter are all that we have.\n我今天在家，他在再学校。")
    wait_in_vain(writing)
    assert writing.engine.compared == []
    writing.type("\nWe recieve ")
    wait_for(writing, "recieve", "receive")
    writing.key("Ctrl+;")
    assert writing.text.endswith("我今天在家，他在再学校。\nWe receive ")


def test_the_status_bar_says_the_keys_and_the_correction(writing):
    bar = writing.window.status.message
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    assert bar.full_text() == "Ctrl+; takes the correction; Esc declines it."
    writing.settle()
    writing.key("Ctrl+Shift+Space")
    assert bar.full_text() == "letters.  ·  Correction: receive in place of recieve"
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.key("Ctrl+Shift+Space")
    assert bar.full_text() == "letters.  ·  更正：recieve 改为 receive"


def test_another_window_or_bar_gets_its_keys(writing):
    writing.type("We recieve ")
    wait_for(writing, "recieve", "receive")
    writing.key("Ctrl+F")
    writing.run(0.02)
    assert offered(writing) is None


def test_the_starter_mends_what_was_typed(start, starter):
    from writer.engine import loading

    writing = start(engine=loading.load(starter, "cpu"))
    writing.type("It was teh ")
    wait_for(writing, "teh", "the")
    writing.key("Ctrl+;")
    assert writing.text == "It was the "
