"""The parts of the window that a key takes the focus to: the text, and the panels and bars around it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QWidget


class Panes:
    """The panes of a window; the first one is the text."""

    def __init__(self, text: QWidget) -> None:
        self._panes = [text]

    def add(self, pane: QWidget) -> None:
        """Add a pane, which takes part while it is visible and something in it can have the focus."""
        self._panes.append(pane)

    def focus_next(self) -> None:
        """Take the focus to the pane behind the one that has it, or from elsewhere to the text."""
        text = self._panes[0]
        targets = [(pane, target) for pane in self._panes if (target := _target(pane)) is not None]
        place = next((i for i, (pane, _) in enumerate(targets) if _has_focus(pane)), -1)
        target = targets[(place + 1) % len(targets)][1] if targets else text
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _has_focus(pane: QWidget) -> bool:
    focus = pane.window().focusWidget()
    return focus is not None and (focus is pane or pane.isAncestorOf(focus))


def _target(pane: QWidget) -> QWidget | None:
    """The widget of a pane that takes the focus: a list or a field, or the first that can have it."""
    found = list(_focusable(pane))
    lists = (widget for widget in found if isinstance(widget, (QAbstractItemView, QLineEdit)))
    return next(lists, found[0] if found else None)


def _focusable(pane: QWidget) -> Iterator[QWidget]:
    for widget in (pane, *pane.findChildren(QWidget)):
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget
