"""Small widgets that several parts of the window show."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QProgressBar

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
