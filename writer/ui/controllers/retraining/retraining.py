"""A controller that asks once whether another base shall learn the texts, and tells how that ended.

Its service is imported and made where a personal model is here whose texts can be learned again: one module
in a turn of the loop, as all at once take 100 ms.
"""

from __future__ import annotations

import asyncio
import time
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from writer.app.container import Container
from writer.app.models.model_selection import model_preferences
from writer.base import paths
from writer.base.errors import Message
from writer.base.printable import printable
from writer.settings.store import SettingsStore
from writer.training.retraining.request_file import any_kept
from writer.ui.common.translation import localised
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.app.training.retraining_service import Machine, RetrainingService
    from writer.ui.panels.question_bar import QuestionBar


_MODULES = (
    "writer.training.events",
    "writer.corpus.scan",
    "writer.app.training.training_service",
    "writer.models.store",
    "writer.app.training.retraining_service",
)
"""What the service needs, the last one for all of it."""

_PAUSE_MS = 20
"""The pause between the imports of two of them."""


class RetrainingController(QObject):
    """Connects the service with the window; `machine` is this one where none is given."""

    def __init__(
        self,
        window: MainWindow,
        container: Container,
        settings: SettingsStore,
        loop: asyncio.AbstractEventLoop,
        machine: Machine | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._container = container
        self._settings = settings
        self._loop = loop
        self._machine = machine
        self.service: RetrainingService | None = None
        self.bar: QuestionBar | None = None
        self._modules = list(_MODULES)
        self._imports = QTimer(self, interval=_PAUSE_MS)
        self._imports.timeout.connect(self._import_next)
        self._unsubscribe = settings.subscribe("model", lambda _key: self._begin())
        self._begin()

    async def close(self) -> None:
        """End the service."""
        self._unsubscribe()
        self._imports.stop()
        if self.service is not None:
            self._activity.watch(False)
            await self.service.close()

    def _begin(self) -> None:
        """Import and make the service where there is a use for it, unless it is there."""
        if self.service is None and any_kept(paths.models_dir()):
            self._imports.start()

    def _import_next(self) -> None:
        if self._modules:
            import_module(self._modules.pop(0))
        else:
            self._imports.stop()
            self._make_service()

    def _make_service(self) -> None:
        from writer.app.training.retraining_service import RetrainingService
        from writer.base.task_pool import TaskPool
        from writer.models.store import installed_store
        from writer.ui.controllers.retraining.activity import Activity

        self.service = service = RetrainingService(
            self._container.training,
            installed_store(),
            self._settings,
            lambda: model_preferences(self._settings),
            TaskPool(self._loop, "retraining"),
            self._machine or this_machine(),
        )
        self._activity = Activity(self)
        self._activity.touched.connect(service.touch)
        service.watching_changed.connect(self._activity.watch)
        service.question_changed.connect(self._show_question)
        service.told.connect(self._tell)
        service.refresh()

    def _show_question(self) -> None:
        """Show the question of the service, or hide the bar where there is none."""
        assert self.service is not None
        question = self.service.question
        if question is None:
            if self.bar is not None:
                self.bar.hide()
            return
        name = printable(question.name)
        self._made_bar().show_text(
            lambda: self.tr(
                "Shall your texts be learned again for {model}, when this computer is idle and on mains?"
            ).format(model=name)
        )

    def _made_bar(self) -> QuestionBar:
        if self.bar is None:
            from writer.ui.panels.question_bar import QuestionBar

            assert self.service is not None
            self.bar = QuestionBar(lambda: self.tr("Yes"), lambda: self.tr("Not now"))
            self._window.add_bar(self.bar)
            self._window.escape_handlers.append(self.bar.close_bar)
            self.bar.answered.connect(self.service.answer)
            self.bar.answered.connect(lambda _yes: self._window.editor.setFocus())
            self.bar.dismissed.connect(self._window.editor.setFocus)
        return self.bar

    def _tell(self, message: Message) -> None:
        """Show a message until the next one, as nobody may be here now."""
        self._window.status.keep_message(lambda: localised(message))


def this_machine() -> Machine:
    """The clock, processors and power of this machine."""
    import psutil

    from writer.app.suggestions.battery import BatteryMonitor
    from writer.app.training.retraining_service import Machine

    return Machine(time.monotonic, lambda: psutil.cpu_percent() / 100, BatteryMonitor().on_battery)
