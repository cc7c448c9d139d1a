"""The first minute: what the keys do at the first suggestion, and why none comes for a while."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from writer.settings.schema import LANGUAGE_WINDOW, SUGGESTIONS_ENABLED
from writer.ui.window.suggestion_hints import WHILE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")

HINT = "Tab takes the suggestion, Ctrl+Right a word of it; Esc dismisses it."
SCRIPT = {"We": " ran home.", "She": " ran home."}


def message(writing) -> str:
    return writing.window.status.message.full_text()


def show_first(writing) -> str:
    """The message at the first suggestion."""
    writing.window.status.show_message("")
    writing.type("We")
    assert writing.ghost() == " ran home."
    return message(writing)


def test_the_first_suggestion_says_what_the_keys_do_once_a_start(start):
    writing = start(SCRIPT)
    assert show_first(writing) == HINT
    writing.key("Esc")
    writing.window.status.show_message("")
    writing.type("\nShe")
    assert writing.ghost()
    assert message(writing) == ""


def test_it_never_comes_back_after_both_were_used(start):
    writing = start(SCRIPT)
    assert show_first(writing) == HINT
    writing.key("Tab")
    writing = start(SCRIPT)
    writing.key("Ctrl+A")
    writing.key("Delete")
    assert show_first(writing) == HINT
    writing.key("Ctrl+Right")
    for _ in range(2):
        writing = start(SCRIPT)
        writing.key("Ctrl+A")
        writing.key("Delete")
        assert show_first(writing) == ""


def test_it_names_the_keys_that_the_actions_have_and_speaks_chinese(start):
    writing = start(SCRIPT)
    writing.settings.set(writing.settings.schema.find("keys.suggest_accept"), "Ctrl+J")
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    assert show_first(writing) == "Ctrl+J 接受建议，Ctrl+右方向 只接受一个词；Esc 不要。"


def test_where_none_comes_for_a_while_the_reason_is_offered(start):
    writing = start(SCRIPT)
    why = writing.window.status.why
    writing.type("x" * (WHILE - 1))
    assert not why.isVisible()
    writing.type("x")
    assert why.isVisible()
    QTest.mouseClick(why, Qt.MouseButton.LeftButton)
    assert not why.isVisible()
    assert message(writing)
    assert writing.window.status.more.isVisible()
    assert writing.editor.hasFocus()
    for character in "早" * (WHILE // 3):
        writing.send(writing.editor, character)
    assert why.isVisible()
    writing.type("\nWe")
    assert writing.ghost()
    assert not why.isVisible()


def test_nothing_is_offered_where_suggestions_are_not_wanted(start):
    writing = start()
    writing.settings.set(SUGGESTIONS_ENABLED, False)
    writing.type("x" * (WHILE + 5))
    assert not writing.window.status.why.isVisible()
