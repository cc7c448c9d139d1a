"""Suggestions switched off for one document: by its action, in the settings, and at the next start."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from writer.settings.schema import SUGGESTIONS_ENABLED
from writer.ui.controllers.suggestion_toggle import SuggestionToggleBox
from writer.ui.settings.switch import SwitchButton

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|does not support (raise|grabbing)")
SCRIPT = {"We": " ran home."}


def switch(writing) -> None:
    writing.actions["suggest.here"].trigger()


def test_one_document_is_silent_and_the_others_are_not(start):
    writing = start(SCRIPT)
    switch(writing)
    writing.type("We")
    assert writing.ghost() == ""
    assert writing.reason == "off-here"
    writing.key("F2")
    assert writing.window.status.message.full_text() == (
        "Suggestions are switched off for this document; Ctrl+Space asks for one."
    )
    writing.key("Ctrl+Space")
    assert writing.ghost() == " ran home."
    writing.key("Ctrl+N")
    assert writing.actions["suggest.here"].isChecked()
    writing.type("We")
    assert writing.ghost() == " ran home."
    writing.key("Ctrl+Tab")
    assert not writing.actions["suggest.here"].isChecked()
    switch(writing)
    writing.key("Ctrl+End")
    writing.type("\nWe")
    assert writing.ghost() == " ran home."
    assert writing.settings.get(SUGGESTIONS_ENABLED)


def test_it_is_remembered_for_the_file_and_for_the_text_without_one(start, tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("We")
    two.write_text("We")
    writing = start(SCRIPT, (one, two))
    writing.until(lambda: len(writing.program.documents.all) == 2)
    switch(writing)
    writing.key("Ctrl+N")
    switch(writing)
    writing.type("We")
    writing.run(0.05)
    writing.window.close()
    writing = start(SCRIPT)
    writing.until(lambda: len(writing.program.documents.all) == 3)
    assert [page.suggestions_off for page in writing.program.documents.all] == [False, True, True]
    writing.type(" all")
    assert writing.ghost() == ""


def test_a_blank_page_that_becomes_a_file_is_as_the_file_was(start, tmp_path):
    file = tmp_path / "one.txt"
    file.write_text("We")
    writing = start(SCRIPT)
    switch(writing)
    writing.program.files.open(file)
    writing.until(lambda: writing.text == "We")
    assert writing.actions["suggest.here"].isChecked()


def test_the_settings_show_it_for_the_document_in_front(start):
    writing = start(SCRIPT)
    pane = writing.program.settings_dialog.open("suggestions")
    [box] = pane.findChildren(SuggestionToggleBox)
    toggle = box.findChild(SwitchButton)
    assert toggle.accessibleName() == "Suggest in “Untitled”"
    QTest.keyClick(toggle, " ")
    assert not writing.actions["suggest.here"].isChecked()
    writing.key("Ctrl+N")
    writing.type("x")
    writing.key("Ctrl+N")
    assert toggle.isChecked()
