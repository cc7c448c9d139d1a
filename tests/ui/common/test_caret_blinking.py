"""The text cursor blinks after a key, stays visible some time later, and blinks again after the next key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor

from writer.ui.common import caret_blinking

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from writer.ui.editor.editor import Editor

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")
FLASH_SECONDS = 1.0
"""The time from one appearance of the cursor to the next one where there is no desktop."""


class Paints(QObject):
    """Counts the paint events of a widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def is_visible(editor: Editor) -> bool:
    """Whether the cursor is painted, dark on the light page."""
    picture, place = editor.viewport().grab().toImage(), editor.cursorRect().center()
    return QColor(picture.pixel(place)).lightness() < 128


def test_the_cursor_rests_visibly_until_the_next_key(start, monkeypatch):
    monkeypatch.setattr(caret_blinking, "BLINKING_MS", 700)
    writing = start()
    paints = Paints(writing.editor.viewport())

    def rests() -> bool:
        before = paints.count
        writing.run(FLASH_SECONDS)
        return paints.count == before

    writing.type("ab ")
    writing.until(lambda: not is_visible(writing.editor))
    writing.until(rests, seconds=10)
    assert is_visible(writing.editor)
    writing.key("Left")
    writing.until(lambda: not is_visible(writing.editor))
