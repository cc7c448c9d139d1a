"""The first window: shown, and ready for keys, before slow modules are imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication

from writer.app.desktop.input_method import adapt_input_method
from writer.app.desktop.unix_signals import UnixSignals
from writer.app.documents.session import FILE_NAME as SESSION
from writer.app.documents.session import SessionStore
from writer.app.suggestions.engine_imports import import_for_suggestions
from writer.base import paths
from writer.base.errors import Message
from writer.base.garbage import collect_after_start
from writer.settings.schema import SCHEMA, THEMES
from writer.settings.server_schema import SERVER_ENABLED
from writer.settings.store import FILE_NAME, SettingsStore
from writer.ui.common.theme import ThemeSwitcher
from writer.ui.common.translation import LanguageSwitcher, localised
from writer.ui.window.actions import ACTIONS
from writer.ui.window.main_window import MainWindow
from writer.ui.window.shortcuts import with_shortcut_settings
from writer.ui.window.type_ahead import TypeAheadBuffer

SWITCH_SECONDS = 0.001
"""How long a key waits for a thread that computes in Python, at the most; five times as long by default."""


class Startup(QObject):
    """The window with settings, theme and language, and the last session.

    `folder` holds settings and state; None for the platform's folders. Until an `Application` takes over,
    keys are buffered in `type_ahead`, and signals of the system emit `stop_requested`.
    """

    stop_requested = Signal()
    """The system asked the program to end."""

    _error_occurred = Signal(object)
    """A sentence, emitted in any thread."""

    def __init__(self, app: QApplication, folder: Path | None = None) -> None:
        super().__init__()
        collect_after_start()
        sys.setswitchinterval(SWITCH_SECONDS)
        self.app = app
        self.folder = folder
        self.state_folder = folder or paths.state_dir()
        resources = paths.resources_dir()
        self.sessions = SessionStore(self.state_folder / SESSION)
        self.session = self.sessions.load()
        self.settings = SettingsStore(
            (folder or paths.config_dir()) / FILE_NAME, with_shortcut_settings(SCHEMA, ACTIONS)
        )
        self.themes = (folder or paths.config_dir()) / THEMES
        self.theme = ThemeSwitcher(app, self.settings, resources, folders=(self.themes,))
        self.language = LanguageSwitcher(app, self.settings, resources / "i18n")
        self.window = MainWindow(self.settings, resources)
        self.window.restore_geometry(self.session.geometry, self.session.leaves_maximised)
        self.type_ahead = TypeAheadBuffer(self.window.editor, self.window.actions_by_name)
        self._error_occurred.connect(self.show_message)
        self._signals: UnixSignals | None = None

    def show(self) -> None:
        """Show the window and let it paint."""
        self.window.show()
        self.app.processEvents()
        if not self.settings.get(SERVER_ENABLED):
            import_for_suggestions()
        self._signals = UnixSignals(self.stop_requested.emit)

    def show_error(self, sentence: Message) -> None:
        """Show a sentence about an unexpected error; may be called from any thread."""
        print(sentence, file=sys.stderr)
        self._error_occurred.emit(sentence)

    def show_message(self, sentence: Message) -> None:
        """Show a message of the layers below in the status bar."""
        self.window.status.show_message(localised(sentence))

    def close(self) -> None:
        """Restore signal handlers and language."""
        if self._signals is not None:
            self._signals.close()
        self.language.close()


def has_screen() -> bool:
    """Whether Qt can open a window; where it cannot, it ends the process."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def make_application() -> QApplication:
    """The QApplication with the program's name, icon and fonts; reuses an existing one."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        adapt_input_method(os.environ)
        app = QApplication(sys.argv[:1])
    app.setApplicationName("writer")
    app.setDesktopFileName("app.writer.Writer")
    # Qt gives icons of its own to its context menus alone, which then differ from the menu bar
    app.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    resources = paths.resources_dir()
    app.setWindowIcon(QIcon(str(resources / "icons" / "writer.svg")))
    for file in sorted((resources / "fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))
    return app
