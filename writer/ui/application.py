"""The running program: connects the window with the services below it, and ends both in order.

Imported after the window's first paint; the engine loads in its own thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QObject, QTimer

from writer.app.container import Container
from writer.app.desktop.cleanup import remove_leftovers
from writer.app.desktop.single_instance import OpenRequest
from writer.app.documents.session import Session
from writer.app.models.model_selection import ModelChoice, chosen_model
from writer.base import log as logs
from writer.base.errors import Sentence
from writer.base.freed_memory import release_freed_memory, return_large_blocks
from writer.ui.common.caret_blinking import CaretBlinking
from writer.ui.common.translation import localised
from writer.ui.controllers.files import FileController
from writer.ui.controllers.goals import GoalController
from writer.ui.controllers.import_export import ImportExportController
from writer.ui.controllers.keys import KeyController
from writer.ui.controllers.on_demand.on_demand import OnDemandControllers
from writer.ui.controllers.paste import PasteController
from writer.ui.controllers.recent_files import RecentFilesController
from writer.ui.controllers.saving.autosave import AutosaveController
from writer.ui.controllers.settings import SettingsController, found_choices, page_widgets
from writer.ui.controllers.suggestion_toggle import SuggestionToggle, SuggestionToggleBox
from writer.ui.controllers.suggestions import SuggestionController
from writer.ui.controllers.tabs import TabController
from writer.ui.controllers.view import ViewController
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.late_controllers import LateControllers, WindowParts
from writer.ui.settings.file_watcher import SettingsWatcher
from writer.ui.startup import Startup
from writer.ui.window.action_id import ActionId
from writer.ui.window.shortcuts import with_key_texts
from writer.ui.window.suggestion_hints import SuggestionHints
from writer.ui.window.welcome import Welcome, has_begun, mark_begun

log = logging.getLogger(__name__)

SESSION_MS = 1000
"""The time from a change of the document list to saving the session."""

CLEANUP_SECONDS = 3.0
"""The time from the start to the search for leftovers, so that the first keys do not wait for the disk."""

FREED_MS = 1000
"""The time from the end of an operation with whole texts or models to the return of the memory it freed."""

STOPPING_SECONDS = 2.0
"""The time for which the end of the program waits for a file that is being opened."""


class Application(QObject):
    """The program behind the window of `startup`: event loop, services and controllers.

    `choose_model` returns the engine's loader. `start` starts the services, `finish` ends them.
    """

    def __init__(self, startup: Startup, choose_model: ModelChoice = chosen_model) -> None:
        super().__init__()
        self._startup = startup
        self.window = startup.window
        self.settings = startup.settings
        self.theme = startup.theme
        self.type_ahead = startup.type_ahead
        self.loop: asyncio.AbstractEventLoop = qasync.QEventLoop(startup.app)
        self.container = Container(self.loop, self.settings, choose_model, startup.folder)
        self.container.engine_state_changed.connect(self.window.status.set_state)
        self.hints = SuggestionHints(self.window, self.settings, startup.state_folder)
        self.suggestion_controller = SuggestionController(self.window, self.container.suggestions)
        self._connect_documents()
        self._connect_tools()
        self._blinking = CaretBlinking(startup.app, self)
        self._freed = QTimer(self, singleShot=True, interval=FREED_MS)
        self._freed.timeout.connect(self._release_memory)
        self.files.finished.connect(self._freed.start)
        self.container.engine_state_changed.connect(lambda _state: self._freed.start())
        self.late.message_ready.connect(startup.show_message)
        self.watcher = SettingsWatcher(self.settings, self)
        self.watcher.noticed.connect(self.window.status.show_message)
        self.window.about_requested.connect(self._show_about)
        self.window.closed.connect(self._save_session)
        self.window.closed.connect(self.loop.stop)
        startup.stop_requested.connect(self.stop)
        startup.app.setQuitOnLastWindowClosed(False)
        startup.app.commitDataRequest.connect(lambda _manager: self._save_session())

    def _connect_documents(self) -> None:
        """Make the open documents and the controllers of files."""
        window, session = self.window, self._startup.session
        self.documents = OpenDocuments(window.editor, self.container.make_document)
        self.tabs = TabController(window, self.documents)
        self.files = FileController(window, self.documents, self.container.journals, self.loop)
        self.tabs.closed.connect(self.files.close_document)
        self.autosave = AutosaveController(window.editor, self.files, self.settings, self._startup.app)
        self.recent = RecentFilesController(window, self.documents, session.recent, self.files.open)
        self.suggestion_toggle = SuggestionToggle(window, self.documents, session.silent)
        self.import_export = ImportExportController(window, self.files, self.settings, self.loop)
        window.dropped.connect(self.files.open_all)
        self.documents.current_changed.connect(window.editor.moved)
        self._order_changed = QTimer(self, singleShot=True, interval=SESSION_MS)
        self._order_changed.timeout.connect(self._save_session_in_thread)
        self.documents.list_changed.connect(self._order_changed.start)

    def _connect_tools(self) -> None:
        """Make the other controllers."""
        window, container = self.window, self.container
        self.view = ViewController(window, self.settings, self.theme)
        last = self._startup.session
        self.goals = GoalController(
            *(window, self.documents, self.settings, self.loop),
            day=(last.day, last.day_words),
            goals=dict(last.goals),
        )
        self.view.wrote.connect(self.goals.count)
        self.goals.changed.connect(self._order_changed.start)
        self.keys = KeyController(window, self.settings, self.view.is_code_now)
        self.paste = PasteController(window, self.settings, self.view.is_code, self.loop)
        self.on_demand = OnDemandControllers(
            *(window, self.documents, self.files, self.settings, self.theme, self.view.is_code),
            language=lambda: self._startup.language.language,
            loop=self.loop,
        )
        self.late = LateControllers(
            WindowParts(
                *(window, container, self.documents, self.files, self.recent, self.view, self.keys),
                *(self.settings, self.theme, last, self.loop),
            )
        )
        self.late.session_changed.connect(self._order_changed.start)
        widgets = page_widgets(
            *(window, container, self.settings, self.loop),
            forget_recent=self._forget_session,
            open_folder=lambda: self.late.project.folder,
            forget_origins=self.late.forget_origins,
        )
        own_widgets = {"suggestions": [lambda: SuggestionToggleBox(self.suggestion_toggle, self.documents)]}
        choices = found_choices(self._startup.themes, container, self.settings)
        self.settings_dialog = SettingsController(window, self.settings, {**widgets, **own_widgets}, choices)

    def start(self, files: list[Path]) -> None:
        """Load the engine, restore the last session's documents, then open `files`."""
        session, pool = self._startup.session, self.container.pool
        return_large_blocks()
        self.container.load_engine()
        self._cleanup = self.loop.call_later(CLEANUP_SECONDS, lambda: pool.start(pool.run(remove_leftovers)))
        self.files.restore(files, session.order, session.current, self._take_notices())
        self.loop.create_task(self._deliver_keys())
        self.offer_welcome(files)
        self._offer_crash_report()

    def _release_memory(self) -> None:
        """Return what was freed to the system, in a thread."""
        pool = self.container.pool
        pool.start(pool.run(release_freed_memory))

    def _take_notices(self) -> tuple[Sentence, ...]:
        """The notices about the files of settings, session and statistics; clears them."""
        stores = (self.settings, self._startup.sessions, self.container.statistics)
        notices = tuple(notice for store in stores for notice in store.notices)
        for store in stores:
            store.notices.clear()
        return notices

    def open(self, request: OpenRequest) -> None:
        """Bring the window to the front and open the files of another process's request."""
        if request.token:
            os.environ["XDG_ACTIVATION_TOKEN"] = request.token  # where Qt reads it
        self.window.bring_to_front()
        self.files.open_or_begin([Path(file) for file in request.files])

    def stop(self) -> None:
        """End without questions, on request of the system; unsaved text is restored at the next start."""
        self.loop.create_task(self._stop())

    def finish(self) -> None:
        """End the services, after the loop has ended."""
        self._cleanup.cancel()
        self._freed.stop()
        self._startup.close()
        parts = (self.goals, self.late, self.files, self.import_export, self.paste, self.on_demand)
        for part in parts:
            self._complete(part.close())
        self.late.end()
        self._complete(self.container.close())
        self._order_changed.stop()  # closing may have changed the list of texts once more
        self.loop.close()

    def _complete(self, closing: Coroutine[Any, Any, None]) -> None:
        """Run the loop until `closing` is done, also where it is told to stop meanwhile, as by the system."""
        task = self.loop.create_task(closing)
        task.add_done_callback(lambda _task: self.loop.stop())
        while not task.done():
            self.loop.run_forever()
        task.result()

    def offer_welcome(self, files: list[Path]) -> None:
        """Show the welcome at the first start, until something is written."""
        state, editor = self._startup.state_folder, self.window.editor
        if files or has_begun(state) or editor.text():
            return
        pages = [page.name for page in self.settings.schema.pages]
        personalise = "personalise" if "personalise" in pages else "model"
        welcome = Welcome(
            editor,
            {
                "write": lambda: None,
                "open": self.window.actions_by_name[ActionId.FILE_OPEN].trigger,
                "personalise": lambda: self.window.settings_requested.emit(personalise),
            },
            lambda text: with_key_texts(text, self.settings),
        )

        def begin() -> None:
            editor.textChanged.disconnect(begin)
            welcome.deleteLater()
            welcome.hide()
            try:
                mark_begun(state)
            except OSError as error:
                log.warning("the welcome will come again: %s", error.strerror)

        editor.textChanged.connect(begin)

    def _offer_crash_report(self) -> None:
        """Show the report of the latest crash, once."""
        for crash in reversed(logs.crashes()):
            # here, because they are slow to import and seldom needed
            from writer.app.desktop.system_report import crash_report
            from writer.ui.window.about import CrashDialog

            try:
                dialog = CrashDialog(crash_report(crash), self.window)
                crash.unlink()
            except OSError as error:
                log.warning("%s not read: %s", crash.name, error.strerror)
            else:
                dialog.show()
                self.window.activateWindow()
                return

    def _show_about(self) -> None:
        # here, because they are slow to import and seldom needed
        from writer.app.desktop.measured_kernels import kernels_sentence
        from writer.app.desktop.system_report import system_report
        from writer.ui.window.about import AboutDialog

        state = self.container.engine_state
        reading = localised(kernels_sentence(state))
        AboutDialog(system_report(state), self.window, localised(self.late.updates.sentence), reading).show()

    async def _stop(self) -> None:
        """Wait for a file that is being opened, so that buffered keys go into it; then stop the loop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.files.wait_idle(), STOPPING_SECONDS)
        self.type_ahead.deliver()
        self._save_session()
        self.loop.stop()

    async def _deliver_keys(self) -> None:
        """Deliver the buffered keys once the first documents are open."""
        await self.files.wait_idle()
        self.type_ahead.deliver()
        self.late.start()

    def _save_session(self) -> None:
        self._write_session(self._session())

    def _save_session_in_thread(self) -> None:
        pool = self.container.pool
        pool.start(pool.run(self._write_session, self._session()))

    def _forget_session(self) -> None:
        """Clear recent files and excluded documents, except those that are open."""
        self.recent.clear()
        self.suggestion_toggle.clear()
        self.goals.clear()
        self.late.spelling_language.clear()

    def _session(self) -> Session:
        return Session(
            self.window.geometry_state(),
            *self.documents.order(),
            self.recent.paths,
            self.suggestion_toggle.excluded,
            str(self.late.project.folder or ""),
            self.late.project.hidden,
            self.goals.day,
            self.goals.day_words,
            tuple(self.goals.goals.items()),
            tuple(self.late.spelling_language.chosen.items()),
            self.window.leaves_maximised,
        )

    def _write_session(self, session: Session) -> None:
        try:
            self._startup.sessions.save(session)
        except OSError as error:
            log.warning("session not saved: %s", error.strerror)
