"""What a key event writes or erases."""

from __future__ import annotations

import sys
import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from writer.ui.editor.typing.undo_steps import EditKind

Modifier = Qt.KeyboardModifier
_COMMANDS = Modifier.ControlModifier | Modifier.AltModifier | Modifier.MetaModifier
if sys.platform == "darwin":
    _COMMANDS &= ~Modifier.AltModifier  # Option writes the letters of other languages


def typed_text(event: QKeyEvent) -> str:
    """The text that a key writes, lines ended by a newline; "" where it writes none."""
    text = event.text()
    if not text or (event.modifiers() & _COMMANDS and not _is_alt_gr(event)):
        return ""
    if text in ("\r", "\n", "\r\n"):
        return "\n"
    return text if all(map(_is_writable, text)) else ""


def is_command(event: QKeyEvent) -> bool:
    """Whether a key with Alt, Meta or several modifiers has a text that Qt would write, but must not.

    Keys with Control alone are Qt's to know: it writes none of them.
    """
    modifiers = event.modifiers() & _COMMANDS
    return bool(modifiers & ~Modifier.ControlModifier) and event.text().isprintable() and bool(event.text())


def erased_kind(event: QKeyEvent) -> EditKind | None:
    """What a key erases: the character before the cursor or behind it; None for other keys."""
    modifiers = event.modifiers() & ~Modifier.KeypadModifier
    if event.key() == Qt.Key.Key_Backspace and not modifiers & ~Modifier.ShiftModifier:
        return EditKind.ERASED_BEFORE
    if event.key() == Qt.Key.Key_Delete and not modifiers:
        return EditKind.ERASED_AFTER
    return None


def _is_writable(character: str) -> bool:
    """Whether a character is text: also joiners and direction marks, which have keys of their own."""
    return (
        character.isprintable() or character == "\t" or unicodedata.category(character) in ("Cf", "Co", "Zs")
    )


def _is_alt_gr(event: QKeyEvent) -> bool:
    """Whether Control and Alt are pressed on Windows, where that is AltGr."""
    modifiers = event.modifiers() & ~Modifier.ShiftModifier
    return sys.platform == "win32" and modifiers == Modifier.ControlModifier | Modifier.AltModifier
