"""A control for an action's shortcuts: a button that records the next keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPushButton

from writer.ui.settings.controls import Control, translated
from writer.ui.window.shortcuts import NONE, KeyList, key_sequences, to_setting, to_text

_WIDTH = 200
_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class ShortcutControl(Control):
    """A control that shows and records the shortcut of an action."""

    def __init__(self, value_type: KeyList) -> None:
        self._value_type = value_type
        self._value: object = ""
        self._button = ShortcutButton()
        super().__init__(self._button)
        self._button.keys_pressed.connect(lambda keys: self.chosen.emit(to_setting([keys])))
        self._button.cleared.connect(lambda: self.chosen.emit(NONE))
        self._button.listening_changed.connect(self.retranslate)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        self._value = value
        self.retranslate()

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        keys = to_text(key_sequences(self._value_type.spec, self._value)) or translated("None")
        self._button.setText(translated("Press keys…") if self._button.is_listening else keys)


class ShortcutButton(QPushButton):
    """A button that records the next key sequence after a click; Esc or loss of focus cancels."""

    keys_pressed = Signal(QKeySequence)
    cleared = Signal()
    listening_changed = Signal()
    """`is_listening` changed."""

    def __init__(self) -> None:
        super().__init__(autoDefault=False)
        self.setMinimumWidth(_WIDTH)
        self.is_listening = False
        self.clicked.connect(lambda: self._set_listening(not self.is_listening))

    def event(self, event: QEvent) -> bool:
        """Handle keys while listening, also those of shortcuts and of focus changes."""
        kind = event.type()
        if self.is_listening and kind == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self.is_listening and kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._handle_key(event)
            return True
        if kind == QEvent.Type.KeyRelease and self.is_listening:
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stop listening."""
        super().focusOutEvent(event)
        self._set_listening(False)

    def _set_listening(self, is_listening: bool) -> None:
        self.is_listening = is_listening
        self.listening_changed.emit()

    def _handle_key(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIERS:
            return
        self._set_listening(False)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.cleared.emit()
        elif not plain or event.key() != Qt.Key.Key_Escape:
            self.keys_pressed.emit(QKeySequence(event.keyCombination()))
