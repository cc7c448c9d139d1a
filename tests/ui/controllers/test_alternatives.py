"""Words for one place, chosen in the real window with real keys."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tests.fakes import small_masked, small_models
from writer.engine.loading import load
from writer.settings.schema import APPEARANCE_THEME
from writer.suggestions.alternatives import ranked
from writer.suggestions.gap import TIME_BUDGET, Gap
from writer.suggestions.reasons import Reason

SENTENCE = "She opened the door and walked in."
WORDS = ("gate", "window", "door", "box")


@pytest.fixture
def writing(start):
    writing = start(words=WORDS)
    writing.type(SENTENCE)
    writing.settle()
    return writing


def place(writing, position: int) -> None:
    cursor = writing.editor.textCursor()
    cursor.setPosition(position)
    writing.editor.setTextCursor(cursor)


def open_list(writing):
    words = writing.program.late.alternatives.list
    writing.key("Alt+Return")
    writing.until(words.isVisible)
    return words


def test_the_words_for_the_cursor_s_word_are_listed_and_one_is_put_in_as_one_undo_step(writing):
    place(writing, SENTENCE.index("door") + 2)
    words = open_list(writing)
    assert words.words() == ["gate", "window", "box"]
    gap = writing.engine.gaps[-1]
    assert (gap.before, gap.word, gap.after) == ("She opened the ", "door", " and walked in.")
    assert writing.editor.textCursor().selectedText() == "door"
    writing.key("Down", words)
    writing.key("Return", words)
    assert writing.text == "She opened the window and walked in."
    assert not words.isVisible()
    writing.key("Ctrl+Z")
    assert writing.text == SENTENCE
    writing.key("Ctrl+Shift+Z")
    assert writing.text == "She opened the window and walked in."


def test_digits_choose_and_typing_after_it_is_a_step_of_its_own(writing):
    place(writing, SENTENCE.index("door"))
    words = open_list(writing)
    writing.key("3", words)
    writing.type("es")
    assert writing.text == "She opened the boxes and walked in."
    writing.key("Ctrl+Z")
    assert writing.text == "She opened the box and walked in."
    writing.key("Ctrl+Z")
    assert writing.text == SENTENCE


def test_esc_and_typing_on_leave_everything_as_it_was(writing):
    place(writing, SENTENCE.index("door") + 4)
    writing.key("Escape", open_list(writing))
    cursor = writing.editor.textCursor()
    assert (writing.text, cursor.position(), cursor.hasSelection()) == (SENTENCE, 19, False)
    writing.key("s", open_list(writing))
    assert writing.text == "She opened the doors and walked in."


def test_a_selection_and_an_empty_place_are_gaps_and_seams_are_put_right(writing):
    writing.select(SENTENCE.index("the"), SENTENCE.index(" and") + 1)
    writing.key("Return", open_list(writing))
    assert writing.engine.gaps[-1].word == "the door"
    assert writing.text == "She opened gate and walked in."
    place(writing, len(writing.text))
    writing.key("Return", open_list(writing))
    assert writing.text == "She opened gate and walked in. Gate"


def test_typing_before_the_words_come_gives_the_text_the_key_and_no_list(writing):
    place(writing, SENTENCE.index("door") + 4)
    writing.key("Alt+Return")
    writing.type("s")
    writing.settle()
    assert not writing.program.late.alternatives.list.isVisible()
    assert writing.text == "She opened the doors and walked in."


def test_chinese_words_take_no_spaces_and_a_ghost_makes_room(start):
    writing = start({"我们去公园": "散步。"}, words=("爬山", "公园", "学校"))
    writing.type("我们去公园")
    assert writing.ghost() == "散步。"
    words = open_list(writing)
    assert writing.editor.ghost == ""
    assert writing.reason == Reason.SELECTION
    assert words.words() == ["爬山", "学校"]
    writing.key("2", words)
    assert writing.text == "我们去学校"


def test_where_there_is_nothing_a_sentence_says_so(start):
    writing = start()
    writing.key("Alt+Return")
    assert "place in a sentence" in writing.window.status.message.full_text()
    writing.type("One two")
    writing.key("Alt+Return")
    writing.until(lambda: "no other word" in writing.window.status.message.full_text())


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu wants the keyboard for itself
def test_the_context_menu_offers_words_for_the_word_under_the_pointer(writing):
    place(writing, SENTENCE.index("door") + 1)
    point = writing.editor.cursorRect().center()
    place(writing, 0)

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        assert menu.actions()[0].text() == writing.actions["suggest.words"].text()
        QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    QTimer.singleShot(50, choose)
    where = writing.editor.viewport().mapToGlobal(point)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(point), where)
    QApplication.sendEvent(writing.editor.viewport(), event)
    writing.until(writing.program.late.alternatives.list.isVisible)
    assert writing.engine.gaps[-1].word == "door"
    writing.key("Return", writing.program.late.alternatives.list)
    assert writing.text == "She opened the gate and walked in."


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    """A model that writes, untrained, and a masked one."""
    folder = tmp_path_factory.mktemp("models")
    return small_models.make_gpt2(folder / "writer", steps=0), small_masked.make_bert(folder / "masked")


@pytest.mark.parametrize(
    ("before", "word", "after", "other"),
    [("she opened the ", "box", " and walked in.", "door"), ("今天老师去", "公园", "上课。", "学校")],
)
def test_a_masked_model_finds_the_word_and_it_is_one_step_to_take_back(
    start, two_models, before, word, after, other
):
    writer, masked = two_models
    engine = load(writer, "cpu", threads=1, find_masked=lambda _language: masked)
    gap = Gap(before, after)
    while ranked(engine.alternatives(gap, TIME_BUDGET, lambda: False), gap)[0].text != other:
        time.sleep(0.01)
    writing = start(engine=engine)
    writing.type(before + word + after)
    writing.settle()
    place(writing, len(before) + 1)
    words = open_list(writing)
    assert words.words()[0] == other
    assert word not in words.words()
    writing.key("Return", words)
    assert writing.text == before + other + after
    writing.key("Ctrl+Z")
    assert writing.text == before + word + after


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_is_accessible_and_readable_in_both_themes(writing, theme):
    writing.settings.set(APPEARANCE_THEME, theme)
    place(writing, SENTENCE.index("door"))
    words = open_list(writing)
    assert words.hasFocus()
    interface = QAccessible.queryAccessibleInterface(words)
    assert interface.text(QAccessible.Text.Name) == "Words that fit here"
    assert interface.child(0).text(QAccessible.Text.Name) == "gate"
    writing.run(0.05)
    picture = words.grab().toImage()
    shades = [
        picture.pixelColor(x, y).lightness() for x in range(20, 100) for y in range(8, words.height() - 8)
    ]
    page = max(shades, key=shades.count)
    assert (page > 200) == (theme == "light")
    assert max(shades) - min(shades) > 120
