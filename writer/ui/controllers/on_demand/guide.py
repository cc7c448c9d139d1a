"""A controller for the guide: a text in the editor, in the window's language, with the keys as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from writer.base.paths import resources_dir
from writer.base.task_pool import TaskPool
from writer.settings.store import SettingsStore
from writer.ui.controllers.files import FileController
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.main_window import MainWindow
from writer.ui.window.shortcuts import with_key_texts


class GuideController(QObject):
    """Opens the guide as a text without a file, which closes without a question while it is unchanged.

    `language` returns that of the window.
    """

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        settings: SettingsStore,
        language: Callable[[], str],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._editor = window.editor
        self._documents = documents
        self._files = files
        self._settings = settings
        self._language = language
        self._tasks = TaskPool(loop, "guide")
        self._lock = asyncio.Lock()
        self._opened: tuple[OpenDocument, str] | None = None
        """The guide that was opened last, and what it said."""

    def open(self) -> None:
        """Show the guide: the one that is open already, where it says the same."""
        self._tasks.start(self._open())

    async def close(self) -> None:
        """Drop the guide that is being opened."""
        await self._tasks.close(cancel=True)

    async def _open(self) -> None:
        async with self._lock:
            await self._show()

    async def _show(self) -> None:
        file = resources_dir() / "guide" / f"{self._language()}.md"
        text = with_key_texts(file.read_text("utf-8"), self._settings)
        if self._opened is not None:
            opened, said = self._opened
            if opened in self._documents.all and said == text and not opened.unsaved:
                self._documents.show(opened)
                return
        name = self.tr("Guide")
        await self._files.add_text(text, Path.home() / f"{name}.md", changed=False)
        self._opened = (self._documents.current, text)
        self._editor.setFocus()
