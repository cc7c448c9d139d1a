"""What comes from other keyboards: compositions, dead keys, emoji, text from right to left, at every zoom."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QInputMethodEvent, QInputMethodQueryEvent, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication

from writer.settings.editor_schema import EDITOR_FONT_SIZE


def compose(writing, preedit: str, commit: str = "") -> None:
    cursor = QInputMethodEvent.Attribute(QInputMethodEvent.AttributeType.Cursor, len(preedit), 1, None)
    event = QInputMethodEvent(preedit, [cursor] if preedit else [])
    event.setCommitString(commit)
    QApplication.sendEvent(writing.editor, event)


def candidate_place(writing):
    """Where an input method is told that the cursor is, in the editor's coordinates."""
    query = QInputMethodQueryEvent(Qt.InputMethodQuery.ImCursorRectangle)
    QApplication.sendEvent(writing.editor, query)
    return query.value(Qt.InputMethodQuery.ImCursorRectangle)


@pytest.mark.parametrize("size", [8, 14, 30, 48])
def test_the_candidate_box_is_told_the_place_of_the_cursor(start, size):
    writing = start()
    writing.settings.set(EDITOR_FONT_SIZE, size)
    writing.type("早晨的街道 and more\nline ")
    for preedit in ("", "ni", "ni hao ma"):
        compose(writing, preedit)
        expected = writing.editor.cursorRect().translated(writing.editor.viewport().pos())
        place = candidate_place(writing)
        assert abs(place.left() - expected.left()) <= 1
        assert abs(place.bottom() - expected.bottom()) <= 1
        assert writing.editor.rect().contains(place.toRect().center())
    assert writing.text == "早晨的街道 and more\nline "


def test_a_composition_is_no_text_until_it_is_committed(start):
    writing = start()
    writing.type("他")
    compose(writing, "hen hao")
    assert writing.text == "他"
    assert not writing.program.view.words.total.words > 1
    compose(writing, "", "很好")
    assert writing.text == "他很好"
    writing.key("Ctrl+Z")
    assert writing.text in ("他", "")


def test_the_hint_of_the_empty_page_is_not_behind_a_composition(start):
    writing = start()
    hint = writing.editor.placeholderText()
    assert hint
    compose(writing, "ni hao")
    assert writing.editor.placeholderText() == ""
    compose(writing, "")
    assert writing.editor.placeholderText() == hint


@pytest.mark.parametrize("before", ["", "他说"])
def test_what_an_input_method_marks_has_the_colours_of_a_selection(start, before):
    writing = start()
    compose(writing, "", before)
    marked = QTextCharFormat()
    marked.setBackground(QColor("black"))
    marked.setForeground(QColor("white"))
    plain = QTextCharFormat()
    plain.setFontUnderline(True)
    kind = QInputMethodEvent.AttributeType.TextFormat
    attributes = [
        QInputMethodEvent.Attribute(kind, 0, 2, marked),
        QInputMethodEvent.Attribute(kind, 2, 4, plain),
        QInputMethodEvent.Attribute(QInputMethodEvent.AttributeType.Cursor, 2, 1, None),
    ]
    QApplication.sendEvent(writing.editor, QInputMethodEvent("ni hao", attributes))
    layout, palette = writing.editor.textCursor().block().layout(), writing.editor.palette()
    assert layout.preeditAreaText() == "ni hao"
    first, second = sorted(layout.formats(), key=lambda part: part.start)
    assert (first.start, second.start) == (len(before), len(before) + 2)
    assert first.format.background().color() == palette.highlight().color()
    assert first.format.foreground().color() == palette.highlightedText().color()
    assert second.format.fontUnderline()
    assert second.format.background().style() == Qt.BrushStyle.NoBrush
    compose(writing, "", "你好")
    assert writing.text == before + "你好"


def test_dead_keys_and_compose_sequences_write_one_character(start):
    writing = start()
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, Qt.Key.Key_Dead_Acute, Qt.KeyboardModifier.NoModifier, "")
        QApplication.sendEvent(writing.editor, event)
    assert writing.text == ""
    compose(writing, "´")
    compose(writing, "", "é")
    writing.type("t")
    assert writing.text == "ét"


@pytest.mark.parametrize("emoji", ["😀", "👩‍👩‍👧", "👍🏽", "🇨🇳", "❤️"])
def test_an_emoji_is_one_step_for_the_cursor_and_one_for_backspace(start, emoji):
    writing = start()
    compose(writing, "", emoji)
    writing.type("a")
    writing.key("Left")
    writing.key("Left")
    assert writing.editor.textCursor().position() == 0
    writing.key("Right")
    assert writing.editor.textCursor().position() == len(emoji.encode("utf-16-le")) // 2
    writing.key("Delete")
    assert writing.text == emoji
    writing.key("Left")
    writing.key("Delete")
    assert writing.text == ""


def test_text_from_right_to_left_is_edited_where_it_is_seen(start):
    writing = start()
    compose(writing, "", "שלום")
    right = writing.editor.cursorRect().left()
    compose(writing, "", " עולם")
    assert writing.editor.cursorRect().left() < right
    assert writing.editor.document().firstBlock().textDirection() == Qt.LayoutDirection.RightToLeft
    writing.key("Right")
    assert writing.editor.textCursor().position() == len("שלום עולם") - 1
    writing.key("Backspace")
    assert writing.text == "שלום עום"
    writing.key("End")
    compose(writing, "", " abc")
    assert writing.text == "שלום עום abc"
    writing.key("Ctrl+Z")
    assert writing.text == "שלום עום"
