"""The painting of the visible blocks: the same pixels as Qt's own, and no work for what is hidden."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from writer.suggestions.suggestion import Suggestion
from writer.ui.editor import page
from writer.ui.editor.block_painting import settled_blocks
from writer.ui.editor.editor import Editor
from writer.ui.editor.looks.line_layout import SpacedLayout

TEXT = (
    "# A heading\n\nThe harbour lay *still*.\n"
    + "A long paragraph that wraps. " * 40
    + "\n冬天的海边很安静。\nשלום לכם\n\nthe end"
)


class EitherEditor(Editor):
    """An editor that paints its text, or leaves that to Qt."""

    by_qt = False

    def paintEvent(self, event):
        if self.by_qt:
            QPlainTextEdit.paintEvent(self, event)
        else:
            super().paintEvent(event)


def select(editor: Editor) -> None:
    cursor, last = editor.textCursor(), editor.document().characterCount() - 1
    cursor.setPosition(min(3, last))
    cursor.setPosition(min(900, last), QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def compose(editor: Editor) -> None:
    attribute = QInputMethodEvent.Attribute(QInputMethodEvent.AttributeType.Cursor, 2, 1, None)
    QApplication.sendEvent(editor, QInputMethodEvent("ni hao", [attribute]))


def suggest(editor: Editor) -> None:
    editor.show_suggestion(Suggestion("more of it", revision=editor.revision))


def scroll(editor: Editor) -> None:
    editor.verticalScrollBar().setValue(4)


def shown(qtbot, text: str, change=lambda _editor: None) -> EitherEditor:
    editor = EitherEditor()
    qtbot.addWidget(editor)
    QApplication.setCursorFlashTime(0)
    editor.resize(500, 400)
    editor.set_text(text)
    editor.show()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    editor.moveCursor(QTextCursor.MoveOperation.Down)
    change(editor)
    editor._selection.is_active = lambda: False  # painted behind the text, by us alone
    return editor


@pytest.mark.parametrize("change", [lambda _editor: None, select, compose, suggest, scroll])
@pytest.mark.parametrize("text", [TEXT, "", "\n"])
def test_the_text_looks_as_qt_paints_it(qtbot, text, change):
    editor = shown(qtbot, text, change)
    images = []
    for editor.by_qt in (False, True):
        images.append(editor.viewport().grab().toImage())
    ours, theirs = images
    assert ours == theirs
    assert len({ours.pixel(x, y) for x in range(ours.width()) for y in range(0, 400, 3)}) > 1


def test_the_cursor_is_painted(qtbot):
    editor = shown(qtbot, "word")
    with_cursor = editor.viewport().grab().toImage()
    editor.setReadOnly(True)
    assert editor.viewport().grab().toImage() != with_cursor


def test_the_hint_of_an_empty_page_begins_at_the_cursor(qtbot):
    editor = shown(qtbot, "")
    SpacedLayout.of(editor.document()).set_column(80.0, 300.0)
    editor.setCursorWidth(0)
    bare = editor.viewport().grab().toImage()
    editor.setPlaceholderText("||||")
    image = editor.viewport().grab().toImage()
    changed = [
        x
        for x in range(image.width())
        for y in range(image.height())
        if image.pixel(x, y) != bare.pixel(x, y)
    ]
    assert editor.cursorRect().left() - 1 <= min(changed) <= editor.cursorRect().left() + 4


def hide(editor: Editor, count: int) -> None:
    """Hide so many blocks behind the first one, as folding does."""
    block = editor.document().firstBlock().next()
    for _ in range(count):
        block.setVisible(False)
        block.setLineCount(0)
        block = block.next()
    SpacedLayout.of(editor.document()).emit_all_changed()
    editor.viewport().grab()


def test_hidden_blocks_cost_nothing(qtbot, monkeypatch):
    asked = []

    class CountingLayout(SpacedLayout):
        def blockBoundingRect(self, block):
            asked.append(block.blockNumber())
            return super().blockBoundingRect(block)

    monkeypatch.setattr(page, "SpacedLayout", CountingLayout)
    editor = shown(qtbot, "# Folded\n" + "hidden\n" * 5_000 + "# Shown\nhere")
    hide(editor, 5_000)
    asked.clear()
    editor.moveCursor(QTextCursor.MoveOperation.End)
    editor.insertPlainText("x")
    editor.viewport().grab()
    assert {0, 5_001, 5_002} <= set(asked)
    assert len(asked) < 100


def test_hidden_blocks_at_the_end_of_a_text(qtbot):
    editor = shown(qtbot, "# Folded\nhidden\nhidden")
    hide(editor, 2)
    blocks = settled_blocks(editor, editor.viewport().rect())
    assert [block.blockNumber() for block, _rect in blocks] == [0]
