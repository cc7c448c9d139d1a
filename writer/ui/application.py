"""Starts the program: first a window that can be written in, then everything that takes longer.

Nothing that computes is imported before the window's first paint; the engine loads in its own thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMetaObject, QObject, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication

from writer.app.desktop.single_instance import OpenRequest, SingleInstance
from writer.app.desktop.unix_signals import UnixSignals
from writer.app.documents.session import FILE_NAME as SESSION
from writer.app.documents.session import Session, SessionStore
from writer.base import log as logs
from writer.base import paths, telemetry
from writer.base.errors import Message, UserError
from writer.settings.schema import SCHEMA
from writer.settings.store import FILE_NAME, SettingsStore
from writer.ui.common.theme import ThemeSwitcher
from writer.ui.common.translation import LanguageSwitcher, localised
from writer.ui.window.action_id import ActionId
from writer.ui.window.actions import ACTIONS
from writer.ui.window.main_window import MainWindow
from writer.ui.window.shortcuts import with_keys
from writer.ui.window.type_ahead import TypeAheadBuffer
from writer.ui.window.welcome import Welcome, has_begun, note_beginning

if TYPE_CHECKING:
    from writer.app.container import Container
    from writer.app.models.model_selection import ModelChoice
    from writer.ui.controllers.files import FileController

log = logging.getLogger(__name__)

SESSION_MS = 1000
"""How soon the order of the texts is kept after it changed."""

STOPPING_SECONDS = 2.0
"""How long the end waits for a file that is being opened."""


def run(files: list[str]) -> int:
    """Open `files` in the window that there is, or in a new one; stay until it is closed. The exit status."""
    if not has_screen():
        raise UserError("There is no screen here; start Writer on a desktop, or see `writer tour --help`.")
    texts = [Path(file) for file in files]
    instance = SingleInstance(paths.runtime_dir(), paths.data_dir())
    if instance.hand_over(texts):
        return 0
    app = make_application()
    program = Application(app)
    record = logs.start(on_error=program.tell)
    try:
        program.show()
        program.start(texts)
        instance.grant(program.grant)
        program.window.closed.connect(instance.refuse)
        program.loop.run_forever()
        instance.refuse()
        program.finish()
    finally:
        record.close()
        instance.end()
    return 0


def has_screen() -> bool:
    """Whether Qt will find a place for a window; where it does not, it ends the process."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def make_application() -> QApplication:
    """The QApplication with the program's name, icon and fonts."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("writer")
    app.setDesktopFileName("app.writer.Writer")
    resources = paths.resources_dir()
    app.setWindowIcon(QIcon(str(resources / "icons" / "writer.svg")))
    for file in sorted((resources / "fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))
    return app


class Application(QObject):
    """The running program: a window first, and the objects below it once `start` was called.

    `choose` tells which engine to load; `folder` holds settings and session, the platform's
    folders by default.
    """

    _told = Signal(object)

    def __init__(
        self, app: QApplication, choose: ModelChoice | None = None, folder: Path | None = None
    ) -> None:
        super().__init__()
        self._app = app
        self._choose = choose
        self._folder = folder
        self._state = folder or paths.state_dir()
        resources = paths.resources_dir()
        self._sessions = SessionStore(self._state / SESSION)
        self._session = self._sessions.load()
        self.settings = SettingsStore((folder or paths.config_dir()) / FILE_NAME, with_keys(SCHEMA, ACTIONS))
        self.theme = ThemeSwitcher(app, self.settings, resources)
        self.language = LanguageSwitcher(app, self.settings, resources / "i18n")
        self.window = MainWindow(self.settings, resources)
        self.window.restore_geometry(self._session.geometry)
        self._told.connect(self._say)
        self.container: Container | None = None
        self.files: FileController | None = None

    def show(self) -> None:
        """Show the window and let it paint itself."""
        self.type_ahead = TypeAheadBuffer(self.window.editor, self.window.actions_by_name)
        self.window.show()
        self._app.processEvents()
        self.signals = UnixSignals(self.stop)

    def start(self, files: list[Path]) -> None:
        """Make what the window needs to live: the loop, the engine's thread, the document."""
        import qasync

        from writer.app.container import Container
        from writer.app.models.model_selection import chosen_model
        from writer.ui.controllers.suggestions import SuggestionController
        from writer.ui.settings.file_watcher import SettingsWatcher

        self.loop = qasync.QEventLoop(self._app)
        self.container = Container(self.loop, self.settings, self._choose or chosen_model, self._folder)
        self.container.state_changed.connect(self.window.status.set_state)
        self.suggestion_controller = SuggestionController(self.window, self.container.suggestions)
        self._make_pages(self.container)
        self._make_aids(self.container)
        self._tell_news(self.container)
        self.window.closed.connect(self._keep_session)
        self.window.closed.connect(self.loop.stop)
        self._app.setQuitOnLastWindowClosed(False)
        self._app.commitDataRequest.connect(lambda _manager: self._keep_session())
        self.container.load_engine()
        pool = self.container.pool
        pool.start(pool.run(telemetry.remove_leftovers))
        self.files.begin(files, self._session.order, self._session.current)
        self.loop.create_task(self._let_type())
        self.watcher = SettingsWatcher(self.settings, self)
        self.watcher.noticed.connect(self.window.status.say)
        self.watcher.tell_notices()
        self.greet(files)
        self._offer_crash()
        self.updates.start()

    def _make_pages(self, container: Container) -> None:
        """The texts that are open, and the ways in and out of the window."""
        from writer.ui.controllers.files import FileController
        from writer.ui.controllers.import_export import ImportExportController
        from writer.ui.controllers.printing import PrintController
        from writer.ui.controllers.recent_files import RecentFilesController
        from writer.ui.controllers.suggestion_toggle import SuggestionToggle
        from writer.ui.controllers.tabs import TabController
        from writer.ui.editor.open_documents import OpenDocuments

        window = self.window
        self.documents = OpenDocuments(window.editor, container.make_document)
        self.tabs = TabController(window, self.documents)
        self.files = FileController(window, self.documents, container.journals, self.loop)
        self.tabs.closed.connect(self.files.close_page)
        self.recent = RecentFilesController(window, self.documents, self._session.recent, self.files.open)
        self.suggestion_toggle = SuggestionToggle(window, self.documents, self._session.silent)
        self.import_export = ImportExportController(window, self.files, self.settings, self.loop)
        self.printer = PrintController(window, self.settings, self.loop)
        window.dropped.connect(self.files.open_all)
        self.documents.shown.connect(window.editor.moved)
        self._order_changed = QTimer(self, singleShot=True, interval=SESSION_MS)
        self._order_changed.timeout.connect(self._keep_session_soon)
        self.documents.listed.connect(self._order_changed.start)

    def _make_aids(self, container: Container) -> None:
        """What helps with writing."""
        from writer.ui.controllers.alternatives import AlternativesController
        from writer.ui.controllers.explanation import ExplanationController
        from writer.ui.controllers.search import SearchController
        from writer.ui.controllers.settings import SettingsController, page_widgets
        from writer.ui.controllers.spelling import SpellingController
        from writer.ui.controllers.suggestion_toggle import SuggestionToggleBox
        from writer.ui.controllers.view import ViewController

        window = self.window
        self.view = ViewController(window, self.settings, self.theme)
        self.spelling = SpellingController(
            window, container.spelling, self.view.is_code, self.theme, self.loop
        )
        self.alternatives = AlternativesController(window, container.alternatives)
        self.explanation = ExplanationController(window, container.insight, container.suggestions)
        self.search = SearchController(window, container.finding, self.theme, self.loop)
        widgets = page_widgets(container, self.settings, self.loop, self._forget_session)
        here = {"suggestions": [lambda: SuggestionToggleBox(self.suggestion_toggle, self.documents)]}
        self.settings_dialog = SettingsController(window, self.settings, {**widgets, **here})

    def _tell_news(self, container: Container) -> None:
        """The box about the program, and newer versions."""
        from writer.app.desktop.update_check import UpdateChecker

        self.updates = UpdateChecker(self.settings, self.loop)
        self.updates.told.connect(self._say)
        self.window.about_wanted.connect(lambda: self._about(container))

    def _about(self, container: Container) -> None:
        from writer.app.desktop.system_report import system_report
        from writer.ui.window.about import AboutDialog

        AboutDialog(system_report(container.state), self.window, localised(self.updates.sentence)).show()

    def grant(self, request: OpenRequest) -> None:
        """Do what a later start of the program wants."""
        assert self.files is not None
        if request.token:
            os.environ["XDG_ACTIVATION_TOKEN"] = request.token  # Qt takes it from there
        self.window.come_to_front()
        self.files.open_all([Path(file) for file in request.files])

    def stop(self) -> None:
        """End without a question, because the system wants it; unsaved text comes back next time."""
        self.loop.create_task(self._stop())

    def finish(self) -> None:
        """Undo `start`, after the loop has ended."""
        assert self.container is not None
        assert self.files is not None
        self.signals.close()
        self.loop.run_until_complete(self.updates.close())
        self._order_changed.stop()
        self.language.close()
        self.loop.run_until_complete(self.files.close())
        self.loop.run_until_complete(self.search.close())
        self.loop.run_until_complete(self.spelling.close())
        self.loop.run_until_complete(self.printer.close())
        self.loop.run_until_complete(self.import_export.close())
        self.loop.run_until_complete(self.container.close())
        self.loop.close()

    def tell(self, sentence: Message) -> None:
        """Show a sentence about an error nobody expected; may be called from any thread."""
        print(sentence, file=sys.stderr)
        self._told.emit(sentence)

    def greet(self, files: list[Path]) -> None:
        """At the first start, offer three ways to begin."""
        if files or has_begun(self._state) or self.window.editor.text():
            return
        pages = [page.name for page in self.settings.schema.pages]
        personalise = "personalise" if "personalise" in pages else "model"
        welcome = Welcome(
            self.window.editor,
            {
                "write": lambda: None,
                "open": self.window.actions_by_name[ActionId.FILE_OPEN].trigger,
                "personalise": lambda: self.window.settings_wanted.emit(personalise),
            },
        )
        connection = self.window.editor.textChanged.connect(lambda: self._begin(welcome, connection))

    def _begin(self, welcome: Welcome, connection: QMetaObject.Connection) -> None:
        """The first character is there: the greeting goes and does not come back."""
        self.window.editor.disconnect(connection)
        welcome.deleteLater()
        welcome.hide()
        try:
            note_beginning(self._state)
        except OSError as error:
            log.warning("the greeting will come again: %s", error.strerror)

    def _offer_crash(self) -> None:
        """Show the report of a crash that an earlier start left, once."""
        from writer.app.desktop.system_report import crash_report
        from writer.ui.window.about import CrashDialog

        for crash in reversed(logs.crashes()):
            try:
                dialog = CrashDialog(crash_report(crash), self.window)
                crash.unlink()
            except OSError as error:
                log.warning("%s not read: %s", crash.name, error.strerror)
            else:
                dialog.show()
                self.window.activateWindow()
                return

    def _say(self, sentence: Message) -> None:
        self.window.status.say(localised(sentence))

    async def _stop(self) -> None:
        """Let a file that is being opened come first, so that what was typed ahead goes into it."""
        assert self.files is not None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.files.settled(), STOPPING_SECONDS)
        self.type_ahead.deliver()
        self._keep_session()
        self.loop.stop()

    async def _let_type(self) -> None:
        """Once the first texts are there, what was typed before goes into them."""
        assert self.files is not None
        await self.files.settled()
        self.type_ahead.deliver()

    def _keep_session(self) -> None:
        self._save_session(self._session_now())

    def _keep_session_soon(self) -> None:
        pool = self.container.pool
        pool.start(pool.run(self._save_session, self._session_now()))

    def _forget_session(self) -> None:
        """Forget the files that are not open."""
        self.recent.clear()
        self.suggestion_toggle.clear()

    def _session_now(self) -> Session:
        return Session(
            self.window.geometry_state(),
            *self.documents.order(),
            self.recent.paths,
            self.suggestion_toggle.silent,
        )

    def _save_session(self, session: Session) -> None:
        try:
            self._sessions.save(session)
        except OSError as error:
            log.warning("session not saved: %s", error.strerror)
