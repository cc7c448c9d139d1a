"""A buffer for keys that are typed before the first text is there."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from writer.ui.window.actions import Actions

_WAITING = (QEvent.Type.KeyPress, QEvent.Type.InputMethod)


class TypeAheadBuffer(QObject):
    """Holds what is typed into `editor` until `deliver`; shortcuts of `actions` wait in their turn, too."""

    def __init__(self, editor: QWidget, actions: Actions) -> None:
        super().__init__(editor)
        self._actions = actions
        self._editor = editor
        self._held: list[QEvent] = []
        self.waiting = True
        """Whether keys are held still."""
        editor.installEventFilter(self)

    def deliver(self) -> None:
        """Let everything pass, first what was held. Does nothing at the second call."""
        self._editor.removeEventFilter(self)
        self.waiting = False
        held, self._held = self._held, []
        for event in held:
            if not (isinstance(event, QKeyEvent) and self._trigger(event)):
                QCoreApplication.sendEvent(self._editor, event)

    def eventFilter(self, _editor: QObject, event: QEvent) -> bool:
        """Keep keys; claim those that Qt would take for shortcuts."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() not in _WAITING:
            return False
        self._held.append(event.clone())
        return True

    def _trigger(self, event: QKeyEvent) -> bool:
        action = self._actions.of_keys(QKeySequence(event.keyCombination()))
        if action is not None:
            action.trigger()
        return action is not None
