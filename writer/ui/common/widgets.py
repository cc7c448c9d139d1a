"""Small widgets that several parts of the window show."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu, QProgressBar

_BAR_HEIGHT = 6


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
