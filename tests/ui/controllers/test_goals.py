"""Goals of a day and of a text: shown, remembered, following the text, over midnight and damaged input."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from writer.settings.editor_schema import EDITOR_DAY_GOAL, EDITOR_GOAL

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


def shown(writing) -> str:
    return writing.window.status.words.text().replace(",", "")


def set_goal(writing, text: str) -> None:
    writing.actions["view.goal"].trigger()
    writing.until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    dialog = QApplication.activeModalWidget()
    field = dialog.findChild(QLineEdit)
    field.setText(text)
    writing.key("Return", field)
    writing.back_from(dialog)


def test_the_words_of_a_day_go_on_at_the_next_start(start):
    writing = start()
    writing.settings.set(EDITOR_DAY_GOAL, 100)
    writing.type("one two three ")
    writing.until(lambda: shown(writing).endswith("3 of 100 today"))
    writing.window.close()
    writing = start()
    writing.until(lambda: shown(writing).endswith("3 of 100 today"))
    writing.key("Ctrl+End")
    writing.type("four ")
    writing.until(lambda: shown(writing).endswith("4 of 100 today"))
    tomorrow = date.today() + timedelta(days=1)
    writing.program.goals.today = lambda: tomorrow
    writing.type("five ")
    writing.until(lambda: shown(writing).endswith("1 of 100 today"))


def test_deleting_more_than_was_written_shows_nothing_below_zero(start, tmp_path):
    (tmp_path / "a.md").write_text("one two three", "utf-8")
    writing = start(files=(tmp_path / "a.md",))
    writing.until(lambda: writing.text)
    writing.settings.set(EDITOR_DAY_GOAL, 100)
    writing.run(0.1)
    writing.key("Ctrl+A")
    writing.key("Delete")
    writing.until(lambda: shown(writing).startswith("0 words"))
    assert shown(writing).endswith("0 of 100 today")
    writing.program.documents.current.text.setModified(False)


def test_a_text_has_a_goal_that_follows_it_and_is_remembered(start, tmp_path):
    (tmp_path / "a.md").write_text("one two", "utf-8")
    writing = start(files=(tmp_path / "a.md",))
    writing.until(lambda: writing.text)
    set_goal(writing, "1,500")
    writing.until(lambda: shown(writing) == "2 of 1500 words")
    current = writing.program.documents.current
    writing.program.files.start(writing.program.files._write(current, tmp_path / "b.md", overwrite=True))
    writing.until(lambda: current.document.path == tmp_path / "b.md")
    assert shown(writing) == "2 of 1500 words"
    writing.key("Ctrl+N")
    assert shown(writing) == "0 words"
    writing.window.close()
    writing = start()
    writing.until(lambda: writing.text == "one two" or writing.program.documents.step(1))
    writing.until(lambda: shown(writing) == "2 of 1500 words")
    set_goal(writing, "2")
    writing.until(lambda: shown(writing) == "2 of 2 words")
    assert writing.window.status.words.property("tone") == "accent"
    writing.settings.set(EDITOR_GOAL, 100)
    assert writing.window.status.words.property("tone") == "muted"
    set_goal(writing, "")
    writing.until(lambda: shown(writing).startswith("2 words"))


def test_what_is_no_number_and_a_text_without_a_name_are_told(start, tmp_path):
    (tmp_path / "a.md").write_text("one two", "utf-8")
    writing = start()
    writing.actions["view.goal"].trigger()
    message = writing.window.status.message
    writing.until(lambda: message.full_text().startswith("Save the text first"))
    writing.program.files.open(tmp_path / "a.md")
    writing.until(lambda: writing.text)
    for text in ("many", "-5", "²", "9" * 30):
        message.set_text("")
        set_goal(writing, text)
        writing.until(lambda: message.full_text().startswith("A goal is"))
    assert shown(writing) == "2 words"
