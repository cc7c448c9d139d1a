"""The full screen: only the text and the status bar, on the whole screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QWindowStateChangeEvent
from PySide6.QtWidgets import QMainWindow

from writer.ui.window.shortcuts import to_text
from writer.ui.window.status_bar import StatusBar

_FULL_SCREEN, _MAXIMISED = Qt.WindowState.WindowFullScreen, Qt.WindowState.WindowMaximized


class FullScreen(QObject):
    """Switches `window` with `action`, and follows its state: desktops have keys for that, too."""

    def __init__(self, window: QMainWindow, action: QAction, status: StatusBar) -> None:
        super().__init__(window)
        self._window = window
        self._action = action
        self._status = status
        self.leaves_maximised = False
        """Whether the window is maximised when it leaves: X11's window managers hide that state meanwhile."""
        action.triggered.connect(self._switch)
        window.installEventFilter(self)

    def leave(self) -> bool:
        """Leave the full screen; whether the window was in it."""
        was_on = self._window.isFullScreen()
        if was_on:
            self._switch(False)
        return was_on

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        """Show the state of the window, and note the one that it had before the full screen."""
        if isinstance(event, QWindowStateChangeEvent):
            on, before, now = self._window.isFullScreen(), event.oldState(), self._window.windowState()
            if not (on and before & _FULL_SCREEN):
                self.leaves_maximised = bool((now | before if on else now) & _MAXIMISED)
            if not on and self._status.message.full_text() == self._hint():
                self._status.show_message("")
            self._action.setChecked(on)
            self._window.menuBar().setVisible(not on)
        return False

    def _switch(self, on: bool) -> None:
        """Enter or leave; a maximised window is maximised again when it leaves."""
        state = self._window.windowState()
        before = _MAXIMISED if self.leaves_maximised else Qt.WindowState.WindowNoState
        self._window.setWindowState(state | _FULL_SCREEN if on else state & ~_FULL_SCREEN | before)
        if on:
            self._status.show_message(self._hint())

    def _hint(self) -> str:
        """How to leave it."""
        keys = to_text(self._action.shortcuts()[:1])
        both = self.tr("{keys} or Esc leaves the full screen.").format(keys=keys)
        return both if keys else self.tr("Esc leaves the full screen.")
