"""A watch over keys and the mouse in all windows of the program."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal

_TOUCHES = frozenset(
    (
        QEvent.Type.KeyPress,
        QEvent.Type.InputMethod,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    )
)


class Activity(QObject):
    """Tells each key and movement of the mouse while it watches.

    It sees every event of the program then, which costs some microseconds each: it watches only when needed.
    """

    touched = Signal()
    """A key was pressed, or the mouse used."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_on = False

    def watch(self, on: bool) -> None:
        """Begin or end to watch."""
        app = QCoreApplication.instance()
        if app is None or on == self._is_on:
            return
        self._is_on = on
        if on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look at an event, and let it pass."""
        if event.type() in _TOUCHES:
            self.touched.emit()
        return False
