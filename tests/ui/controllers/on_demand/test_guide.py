"""The guide by real keys: a text that asks nothing, and names the keys that there are."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QApplication

from writer.base.paths import resources_dir
from writer.settings.schema import LANGUAGE_WINDOW
from writer.ui.window.action_id import ActionId

LANGUAGES = ("en", "zh")
FIRST = {"en": "# A short guide\n", "zh": "# 简短指南\n"}
NAMED = re.compile(r"\{(\w+\.\w+)\}")


def source(language):
    return (resources_dir() / "guide" / f"{language}.md").read_text("utf-8")


def opened(writing, language="en"):
    writing.until(lambda: writing.text.startswith(FIRST[language]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_actions_and_no_keys(language):
    text = source(language)
    assert set(NAMED.findall(text)) <= set(ActionId)
    rest = NAMED.sub("", text)
    assert re.findall(r"(?:Ctrl|Alt|Shift|Meta)\s*\+|\bF\d|\bTab\b|\bEsc", rest) == []
    assert "{" not in rest


def test_both_languages_name_the_same_actions():
    first, second = (NAMED.findall(source(language)) for language in LANGUAGES)
    assert sorted(first) == sorted(second)


def test_it_is_open_as_a_text_with_the_keys_that_there_are(start):
    writing = start()
    writing.key("Shift+F1")
    opened(writing)
    assert "`Tab` takes all of them, `Ctrl+Right` the next word" in writing.text
    assert "{" not in writing.text
    assert writing.window.windowTitle().startswith("Guide.md")
    assert not writing.window.isWindowModified()
    assert writing.editor.hasFocus()


def test_it_closes_without_a_question(start):
    writing = start()
    writing.type("mine")
    writing.key("Shift+F1")
    opened(writing)
    assert len(writing.program.documents.all) == 2
    writing.key("Ctrl+W")
    writing.until(lambda: writing.text == "mine")
    assert QApplication.activeModalWidget() is None


def test_it_is_shown_again_where_it_is_open(start):
    writing = start()
    for _ in range(2):
        writing.key("Shift+F1")
        opened(writing)
        writing.key("Ctrl+N")
        writing.until(lambda: writing.text == "")
    writing.key("Shift+F1")
    opened(writing)
    assert [one.title for one in writing.program.documents.all].count("Guide") == 1


def test_it_is_a_text_to_try_things_in(start):
    writing = start({"any": " questions"})
    writing.key("Shift+F1")
    opened(writing)
    place = writing.text.index("have any") + len("have any")
    writing.select(place, place)
    writing.type(" ")
    assert "have any \n" in writing.text
    writing.key("Shift+F1")
    writing.until(lambda: "have any \n" not in writing.text)
    opened(writing)
    assert len(writing.program.documents.all) == 2


def test_a_change_of_keys_and_language_shows_in_the_next(start):
    writing = start()
    writing.key("Shift+F1")
    opened(writing)
    find = writing.settings.schema.find("keys.edit_find")
    writing.settings.set(find, "Ctrl+Alt+Shift+F")
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.key("Shift+F1")
    opened(writing, "zh")
    assert "`Ctrl+Alt+Shift+F` 查找" in writing.text
    assert "{" not in writing.text


def test_it_is_not_there_at_the_next_start(start):
    writing = start()
    writing.key("Shift+F1")
    opened(writing)
    writing = start()
    writing.program.loop.run_until_complete(writing.program.files.wait_idle())
    assert writing.text == ""
