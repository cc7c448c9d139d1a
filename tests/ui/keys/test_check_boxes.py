"""Check boxes, by real clicks and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

Hand, Beam = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.IBeamCursor


def place_of(writing, position: int) -> QPoint:
    """The middle of the character at a position, in the viewport."""
    cursor = writing.editor.textCursor()
    cursor.setPosition(position)
    rect = writing.editor.cursorRect(cursor)
    cursor.setPosition(position + 1)
    return QPoint((rect.left() + writing.editor.cursorRect(cursor).left()) // 2, rect.center().y())


def click(writing, position: int) -> None:
    QTest.mouseClick(writing.editor.viewport(), Qt.MouseButton.LeftButton, pos=place_of(writing, position))


def move_mouse(writing, to: QPoint, buttons: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    viewport = writing.editor.viewport()
    where = QPointF(to)
    none = Qt.MouseButton.NoButton
    QApplication.sendEvent(
        viewport,
        QMouseEvent(
            QEvent.Type.MouseMove,
            *(where, QPointF(viewport.mapToGlobal(to)), none, buttons, Qt.KeyboardModifier.NoModifier),
        ),
    )


@pytest.mark.parametrize(
    ("text", "place", "after"),
    [
        ("- [ ] milk\n- [x] tea", 3, "- [x] milk\n- [x] tea"),
        ("- [ ] 牛奶\n- [x] 茶", 12, "- [ ] 牛奶\n- [ ] 茶"),
        ("> 1. [ ] 一", 5, "> 1. [x] 一"),
    ],
)
def test_a_click_on_the_box_changes_it_in_one_step(start, text, place, after):
    writing = start()
    writing.editor.set_text(text)
    writing.select(1, 1)
    click(writing, place)
    assert writing.text == after
    assert writing.editor.textCursor().position() == 1, "the cursor went elsewhere"
    writing.key("Ctrl+Z")
    assert writing.text == text
    writing.key("Ctrl+Shift+Z")
    assert writing.text == after


@pytest.mark.parametrize("caret", range(10))
def test_the_cursor_stays_where_it_is(start, caret):
    writing = start()
    writing.editor.set_text("- [ ] milk")
    writing.select(caret, caret)
    writing.key("Ctrl+L")
    assert (writing.text, writing.editor.textCursor().position()) == ("- [x] milk", caret)
    click(writing, 3)
    assert (writing.text, writing.editor.textCursor().position()) == ("- [ ] milk", caret)


def test_a_click_beside_the_box_or_on_what_is_none_sets_the_cursor(start):
    writing = start()
    text = "- [ ] milk\n[ ] no item\n```\n- [ ] code\n```"
    writing.editor.set_text(text)
    for place in (7, 12, 30):
        click(writing, place)
        assert abs(writing.editor.textCursor().position() - place) <= 1
    writing.editor.setReadOnly(True)
    click(writing, 3)
    writing.key("Ctrl+L")
    assert writing.text == text


def test_two_clicks_change_it_twice_and_a_drag_selects(start):
    writing = start()
    writing.editor.set_text("- [ ] milk")
    viewport, begin = writing.editor.viewport(), place_of(writing, 3)
    click(writing, 3)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=begin)
    assert writing.text == "- [ ] milk"
    assert not writing.editor.textCursor().hasSelection()
    writing.key("Ctrl+Z")
    assert writing.text == "- [x] milk"
    writing.key("Ctrl+Z")
    end = place_of(writing, 8)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=begin)
    move_mouse(writing, end, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    assert writing.text == "- [ ] milk"
    assert writing.editor.textCursor().hasSelection()


def test_the_hand_shows_over_the_box_alone(start):
    writing = start()
    writing.editor.set_text("- [ ] milk")
    viewport = writing.editor.viewport()
    for place, shape in ((3, Hand), (8, Beam), (3, Hand)):
        move_mouse(writing, place_of(writing, place))
        assert viewport.cursor().shape() == shape
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert viewport.cursor().shape() == Beam


def test_the_key_gives_lines_a_box_and_an_input_method_writes_on(start):
    writing = start()
    writing.key("Ctrl+L")
    writing.compose("niu nai")
    writing.compose("", "牛奶")
    assert writing.text == "- [ ] 牛奶"
    writing.key("Ctrl+L")
    writing.type("\n")
    assert writing.text == "- [x] 牛奶\n- [ ] "
    writing.editor.set_text("😀 a\n\n- b")
    writing.key("Ctrl+A")
    writing.key("Ctrl+L")
    assert writing.text == "- [ ] 😀 a\n\n- [ ] b"
    writing.key("Ctrl+L")
    assert writing.text == "- [x] 😀 a\n\n- [x] b"
    writing.key("Ctrl+Z")
    writing.key("Ctrl+Z")
    assert writing.text == "😀 a\n\n- b"


def test_a_click_while_something_is_composed_changes_nothing(start):
    writing = start()
    writing.editor.set_text("- [ ] milk\n")
    writing.select(11, 11)
    writing.compose("cha")
    click(writing, 3)
    assert writing.text.startswith("- [ ] milk\n")


def test_a_change_of_a_box_is_no_occasion_for_a_suggestion(start):
    writing = start({"- [ ] milk": " and honey", "- [x] milk": " and honey"})
    writing.editor.set_text("- [ ] milk")
    writing.select(10, 10)
    click(writing, 3)
    assert writing.ghost() == ""
    writing.editor.set_text("")
    writing.type("- [ ] milk")
    assert writing.ghost() == " and honey"
    click(writing, 3)
    assert writing.text == "- [x] milk"
    assert writing.ghost() == ""
