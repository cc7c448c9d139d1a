"""Small widgets that several parts of the window use."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, Qt
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QProgressBar, QWidget

_BAR_HEIGHT = 6
_FRAME = QSize(16, 64)
"""The room for the title bar and the borders of a window, which are known only after it is shown."""


class Label(QLabel):
    """A label with plain text: QLabel itself shows text that looks like HTML as HTML, with its images.

    `properties` are those of QLabel, such as `wordWrap`.
    """

    def __init__(self, text: str = "", **properties: Any) -> None:
        super().__init__(text, textFormat=Qt.TextFormat.PlainText, **properties)


class HtmlLabel(QLabel):
    """A label for HTML of the program itself, in which foreign text must be escaped."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(textFormat=Qt.TextFormat.RichText, **properties)


def resize_within_screen(window: QWidget, size: QSize) -> None:
    """Resize a window, but not larger than fits on the screen with panels and a title bar."""
    available = window.screen().availableGeometry().size()
    window.resize(size.boundedTo(available - _FRAME))


def plain_tooltip(text: str) -> str:
    """The tooltip that shows `text` literally; Qt's tooltips have no format property."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<p style='white-space: pre'>{html.escape(text)}</p>"


def separator() -> QFrame:
    """A horizontal line, one pixel high."""
    line = QFrame()
    line.setObjectName("settingsLine")
    line.setFixedHeight(1)
    return line


def thin_progress_bar(steps: int) -> QProgressBar:
    """A progress bar of small height from 0 to `steps`, without text."""
    bar = QProgressBar(maximum=steps, textVisible=False)
    bar.setFixedHeight(_BAR_HEIGHT)
    return bar


def announce(widget: QWidget, text: str) -> None:
    """Let screen readers say a text at once; the user asked for it in `widget`."""
    announcement = QAccessibleAnnouncementEvent(widget, text)
    announcement.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(announcement)


def insert_on_top(menu: QMenu, actions: Sequence[QAction]) -> None:
    """Insert actions before those of a menu, with a separator between."""
    if others := menu.actions():
        menu.insertActions(others[0], actions)
        menu.insertSeparator(others[0])
    else:
        menu.addActions(actions)
