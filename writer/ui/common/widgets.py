"""Small widgets that several parts of the window show."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QProgressBar

_BAR_HEIGHT = 6


class Label(QLabel):
    """A label that shows its text literally: Qt's own takes what looks like HTML for that, and loads images.

    `properties` are those of QLabel, such as `wordWrap`.
    """

    def __init__(self, text: str = "", **properties: Any) -> None:
        super().__init__(text, textFormat=Qt.TextFormat.PlainText, **properties)


class HtmlLabel(QLabel):
    """A label for HTML that the program itself makes; what comes from elsewhere is escaped in it."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(textFormat=Qt.TextFormat.RichText, **properties)


def plain_tooltip(text: str) -> str:
    """What to give Qt as a tooltip that shows `text` literally: tooltips have no format of their own."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<p style='white-space: pre'>{html.escape(text)}</p>"


def separator() -> QFrame:
    """A line between two rows, one pixel high."""
    line = QFrame()
    line.setObjectName("settingsLine")
    line.setFixedHeight(1)
    return line


def thin_progress_bar(steps: int) -> QProgressBar:
    """A low progress bar from 0 to `steps`, without a text."""
    bar = QProgressBar(maximum=steps, textVisible=False)
    bar.setFixedHeight(_BAR_HEIGHT)
    return bar


def insert_on_top(menu: QMenu, actions: Sequence[QAction]) -> None:
    """Put actions above those that a menu has, with a separator between the two."""
    if others := menu.actions():
        menu.insertActions(others[0], actions)
        menu.insertSeparator(others[0])
    else:
        menu.addActions(actions)
