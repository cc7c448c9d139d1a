"""A controller for the goals in words: of a day in all texts, and of each text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from writer.base.task_pool import TaskPool
from writer.settings.editor_schema import EDITOR_DAY_GOAL
from writer.settings.store import SettingsStore
from writer.ui.common.name_dialog import ask_name
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

MAX_GOALS = 1000
"""The most texts whose goals are remembered."""

MAX_WORDS = 10_000_000
"""The largest goal of a text."""

_SAVE_MS = 30_000
"""The longest time for which written words are not in the session file."""


class GoalController(QObject):
    """Shows the goals in the status bar of `window`.

    `day` and `day_words` are the day of the last words, in ISO format, and the words written on it; `goals`
    are those of texts by their paths. `today` can be replaced by tests.
    """

    changed = Signal()
    """What the session remembers has changed."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        settings: SettingsStore,
        loop: asyncio.AbstractEventLoop,
        day: tuple[str, int],
        goals: Mapping[str, int],
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._settings = settings
        self._tasks = TaskPool(loop, "goals")
        self.today = today
        self.day, self._day_words = day
        self.goals = dict(goals)
        self._paths: dict[OpenDocument, Path | None] = {}
        self._save = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._save.timeout.connect(self.changed)
        documents.list_changed.connect(self._follow)
        documents.current_changed.connect(self._show)
        window.activated.connect(self._show)
        window.actions_by_name.connect({ActionId.VIEW_GOAL: lambda: self._tasks.start(self._ask())})
        self.destroyed.connect(settings.subscribe(EDITOR_DAY_GOAL.key, lambda _key: self._show()))
        self._show()

    @property
    def day_words(self) -> int:
        """The words written today; deleted ones are taken off."""
        return self._day_words if self.day == self.today().isoformat() else 0

    def count(self, words: int) -> None:
        """Count words that were written, or deleted where `words` is negative."""
        self.day, self._day_words = self.today().isoformat(), self.day_words + words
        if not self._save.isActive():
            self._save.start()
        self._show()

    def clear(self) -> None:
        """Forget the goals of all texts but the open ones."""
        opened = {str(one.document.path) for one in self._documents.all}
        self.goals = {path: goal for path, goal in self.goals.items() if path in opened}

    async def close(self) -> None:
        """Cancel a question."""
        self._save.stop()
        await self._tasks.close(cancel=True)

    def _show(self) -> None:
        status = self._window.status
        status.set_day_goal(self.day_words, self._settings.get(EDITOR_DAY_GOAL))
        status.set_text_goal(self.goals.get(str(self._documents.current.document.path or ""), 0))

    def _follow(self) -> None:
        """Keep the goal of a text that was saved or moved to another path."""
        before = self._paths
        self._paths = {one: one.document.path for one in self._documents.all}
        for one, path in self._paths.items():
            old = before.get(one)
            if old is not None and path is not None and path != old and str(old) in self.goals:
                self._set(path, self.goals[str(old)])

    async def _ask(self) -> None:
        """Ask for the goal of the current text."""
        path = self._documents.current.document.path
        if path is None:
            self._window.status.show_message(self.tr("Save the text first; its goal is kept with its name."))
            return
        now = str(self.goals.get(str(path), "") or "")
        hint = self.tr("A number of words, or nothing for no goal. Chinese characters are words.")
        answer = await ask_name(self._window, self.tr("Goal for This Text"), hint, now, (0, len(now)))
        if answer is None:
            return
        digits = "".join(character for character in answer if character not in " ,.'’_\u00a0\u202f")
        if digits and not (digits.isdecimal() and len(digits) < 9 and int(digits) <= MAX_WORDS):
            self._window.status.show_message(self.tr("A goal is a number of words, such as 1500."))
            return
        self._set(path, int(digits or 0))

    def _set(self, path: Path, goal: int) -> None:
        """Remember the goal of a file; 0 for none."""
        self.goals.pop(str(path), None)
        if goal:
            self.goals = dict([*self.goals.items(), (str(path), goal)][-MAX_GOALS:])
        self._show()
        self.changed.emit()
