"""Which keys write: none with Alt, whatever the platform's events say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

Modifier = Qt.KeyboardModifier


@pytest.mark.parametrize(
    "modifiers",
    [
        Modifier.AltModifier,
        Modifier.AltModifier | Modifier.ShiftModifier,
        Modifier.AltModifier | Modifier.ControlModifier,
        Modifier.MetaModifier,
    ],
)
@pytest.mark.parametrize("text", ["q", "é", "雨", "1", "/"])
def test_with_alt_a_key_never_writes(start, modifiers, text):
    writing = start()
    writing.type("a")
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(writing.editor, QKeyEvent(kind, 0, modifiers, text))
    assert writing.text == "a"


def test_what_alt_gr_writes_comes_without_a_modifier(start):
    writing = start()
    for text in ("@", "€", "ł"):
        event = QKeyEvent(QEvent.Type.KeyPress, 0, Modifier.GroupSwitchModifier, text)
        QApplication.sendEvent(writing.editor, event)
    assert writing.text == "@€ł"
