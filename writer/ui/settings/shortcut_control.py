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
    """Shows the keys of one action, and lets them be pressed anew."""

    def __init__(self, kind: KeyList) -> None:
        self._kind = kind
        self._value: object = ""
        self._button = ShortcutButton()
        super().__init__(self._button)
        self._button.pressed_keys.connect(lambda keys: self.chosen.emit(to_setting([keys])))
        self._button.emptied.connect(lambda: self.chosen.emit(NONE))
        self._button.left.connect(self.retranslate)

    def show_value(self, value: object) -> None:
        """See `Control.show_value`."""
        self._value = value
        self.retranslate()

    def retranslate(self) -> None:
        """See `Control.retranslate`."""
        keys = to_text(key_sequences(self._kind.spec, self._value)) or translated("None")
        self._button.setText(translated("Press keys…") if self._button.listens else keys)


class ShortcutButton(QPushButton):
    """Pressed, it listens for one combination; Esc and leaving it end that without one."""

    pressed_keys = Signal(QKeySequence)
    emptied = Signal()
    left = Signal()
    """Whether it listens has changed."""

    def __init__(self) -> None:
        super().__init__(autoDefault=False)
        self.setMinimumWidth(_WIDTH)
        self.listens = False
        self.clicked.connect(lambda: self._listen(not self.listens))

    def event(self, event: QEvent) -> bool:
        """While it listens, keys that would be shortcuts or move the focus come here."""
        kind = event.type()
        if self.listens and kind == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self.listens and kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._take(event)
            return True
        if kind == QEvent.Type.KeyRelease and self.listens:
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whoever goes elsewhere has changed their mind."""
        super().focusOutEvent(event)
        self._listen(False)

    def _listen(self, listens: bool) -> None:
        self.listens = listens
        self.left.emit()

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIERS:
            return
        self._listen(False)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.emptied.emit()
        elif not plain or event.key() != Qt.Key.Key_Escape:
            self.pressed_keys.emit(QKeySequence(event.keyCombination()))
