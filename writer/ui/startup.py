"""The first window: shown, and ready for keys, before anything slow is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication

from writer.app.desktop.unix_signals import UnixSignals
from writer.app.documents.session import FILE_NAME as SESSION
from writer.app.documents.session import SessionStore
from writer.base import paths
from writer.base.errors import Message
from writer.settings.schema import SCHEMA
from writer.settings.store import FILE_NAME, SettingsStore
from writer.ui.common.theme import ThemeSwitcher
from writer.ui.common.translation import LanguageSwitcher, localised
from writer.ui.window.actions import ACTIONS
from writer.ui.window.main_window import MainWindow
from writer.ui.window.shortcuts import with_keys
from writer.ui.window.type_ahead import TypeAheadBuffer


class Startup(QObject):
    """The window with its settings, theme and language, and the session that the last start left.

    `folder` holds settings and state, the platform's folders by default. An `Application` takes over from
    here; until then keys wait in `type_ahead`, and signals of the system for somebody to hear `stop_wanted`.
    """

    stop_wanted = Signal()
    """The system wants the program to end."""

    _told = Signal(object)

    def __init__(self, app: QApplication, folder: Path | None = None) -> None:
        super().__init__()
        self.app = app
        self.folder = folder
        self.state_folder = folder or paths.state_dir()
        resources = paths.resources_dir()
        self.sessions = SessionStore(self.state_folder / SESSION)
        self.session = self.sessions.load()
        self.settings = SettingsStore((folder or paths.config_dir()) / FILE_NAME, with_keys(SCHEMA, ACTIONS))
        self.theme = ThemeSwitcher(app, self.settings, resources)
        self.language = LanguageSwitcher(app, self.settings, resources / "i18n")
        self.window = MainWindow(self.settings, resources)
        self.window.restore_geometry(self.session.geometry)
        self.type_ahead = TypeAheadBuffer(self.window.editor, self.window.actions_by_name)
        self._told.connect(self.say)
        self._signals: UnixSignals | None = None

    def show(self) -> None:
        """Show the window and let it paint itself."""
        self.window.show()
        self.app.processEvents()
        self._signals = UnixSignals(self.stop_wanted.emit)

    def tell(self, sentence: Message) -> None:
        """Show a sentence about an error nobody expected; may be called from any thread."""
        print(sentence, file=sys.stderr)
        self._told.emit(sentence)

    def say(self, sentence: Message) -> None:
        """Show a sentence of the layers below in the status line."""
        self.window.status.say(localised(sentence))

    def close(self) -> None:
        """Leave the system's signals and the language as they were before."""
        if self._signals is not None:
            self._signals.close()
        self.language.close()


def has_screen() -> bool:
    """Whether Qt will find a place for a window; where it does not, it ends the process."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def make_application() -> QApplication:
    """The QApplication with the program's name, icon and fonts; the one that there is, where there is one."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName("writer")
    app.setDesktopFileName("app.writer.Writer")
    resources = paths.resources_dir()
    app.setWindowIcon(QIcon(str(resources / "icons" / "writer.svg")))
    for file in sorted((resources / "fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))
    return app
