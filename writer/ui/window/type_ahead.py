"""A buffer for keys that are typed before the first document is open."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from writer.ui.window.actions import Actions

_BUFFERED = (QEvent.Type.KeyPress, QEvent.Type.InputMethod)


class TypeAheadBuffer(QObject):
    """Buffers the keys of `editor`, and shortcuts of `actions`, until `deliver` is called."""

    def __init__(self, editor: QWidget, actions: Actions) -> None:
        super().__init__(editor)
        self._actions = actions
        self._editor = editor
        self._events: list[QEvent] = []
        self.waiting = True
        """Whether keys are still buffered."""
        editor.installEventFilter(self)

    def deliver(self) -> None:
        """Deliver the buffered events in order, and buffer no more. Idempotent."""
        self._editor.removeEventFilter(self)
        self.waiting = False
        events, self._events = self._events, []
        for event in events:
            if not (isinstance(event, QKeyEvent) and self._trigger(event)):
                QCoreApplication.sendEvent(self._editor, event)

    def eventFilter(self, _editor: QObject, event: QEvent) -> bool:
        """Buffer keys, also those of shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() not in _BUFFERED:
            return False
        self._events.append(event.clone())
        return True

    def _trigger(self, event: QKeyEvent) -> bool:
        action = self._actions.action_for(QKeySequence(event.keyCombination()))
        if action is not None:
            action.trigger()
        return action is not None
