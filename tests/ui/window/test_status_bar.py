"""The quiet line: messages that last stay until their end, in whichever language."""

from __future__ import annotations

import errno

import pytest

from writer.app.documents.journals import not_protected
from writer.base.errors import Sentence
from writer.engine.engine_state import EngineFailed, EngineLoading, EngineReady
from writer.settings.schema import LANGUAGE_WINDOW
from writer.ui.common.translation import localised

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


@pytest.fixture
def writing(start):
    return start()


def change_language(writing, language: str) -> None:
    writing.settings.set(LANGUAGE_WINDOW, language)
    writing.run(0.02)


def said(writing) -> str:
    return writing.window.status.message.full_text()


def test_a_text_that_is_not_protected_is_so_in_every_language(writing):
    trouble = not_protected(OSError(errno.ENOSPC, "full"))
    writing.program.container.journals.protection_changed.emit(trouble)
    in_english = said(writing)
    assert in_english == str(trouble)
    change_language(writing, "zh")
    assert said(writing) == localised(trouble) != in_english
    change_language(writing, "en")
    assert said(writing) == in_english
    writing.program.container._set_engine_state(EngineLoading("other"))
    writing.program.container._set_engine_state(EngineReady("other", "cpu", ""))
    assert said(writing) == in_english
    writing.program.container.journals.protection_changed.emit(None)
    assert said(writing) == ""


def test_what_was_damaged_is_told_in_every_language(start, own_folders):
    writing = start()
    restorer = writing.program.files._restorer
    writing.window.status.keep_message(lambda: restorer._unreadable_message(own_folders))
    in_english = said(writing)
    change_language(writing, "zh")
    assert str(own_folders) in said(writing) != in_english


def test_an_engine_that_failed_is_told_of_until_it_loads_again(writing):
    writing.program.container._set_engine_state(EngineFailed(Sentence("No space left on device")))
    change_language(writing, "zh")
    assert said(writing) == localised(Sentence("No space left on device"))
    writing.program.container._set_engine_state(EngineLoading("other"))
    assert said(writing) == ""


def test_messages_that_last_stand_beside_each_other(writing):
    def damaged() -> str:
        return "It is damaged."

    writing.window.status.keep_message(damaged)
    writing.window.status.keep_message(damaged)
    writing.program.container._set_engine_state(EngineFailed(Sentence("No space left on device")))
    assert said(writing) == "It is damaged. No space left on device"
    writing.program.container._set_engine_state(EngineLoading("other"))
    assert said(writing) == "It is damaged."
    writing.window.status.remove_message(damaged)
    writing.window.status.remove_message(damaged)
    assert said(writing) == ""


def test_a_sentence_takes_the_place_of_one_that_lasts(writing):
    status = writing.window.status
    status.keep_message(lambda: "It lasts.")
    status.show_message("Saved.")
    change_language(writing, "zh")
    assert said(writing) == "Saved."
    assert status._timer.isActive()
    status.keep_message(lambda: "It lasts.")
    assert not status._timer.isActive()
