"""Mouse events in the margins beside the column, which act as in the text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QPlainTextEdit


def handle_margin_mouse(editor: QPlainTextEdit, event: QMouseEvent) -> bool:
    """Pass an event to the editor in the coordinates of its viewport; False for other kinds of events."""
    handler = _handler(editor, event.type())
    if handler is None:
        return False
    moved = QMouseEvent(
        event.type(),
        event.position() - editor.viewport().pos(),
        event.globalPosition(),
        event.button(),
        event.buttons(),
        event.modifiers(),
    )
    handler(moved)
    return True


def _handler(editor: QPlainTextEdit, kind: QEvent.Type) -> Callable[[QMouseEvent], None] | None:
    handlers: dict[QEvent.Type, Callable[[QMouseEvent], None]] = {
        QEvent.Type.MouseButtonPress: editor.mousePressEvent,
        QEvent.Type.MouseMove: editor.mouseMoveEvent,
        QEvent.Type.MouseButtonRelease: editor.mouseReleaseEvent,
        QEvent.Type.MouseButtonDblClick: editor.mouseDoubleClickEvent,
    }
    return handlers.get(kind)
