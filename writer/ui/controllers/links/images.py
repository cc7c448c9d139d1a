"""A controller for the images of a text, which are found beside its file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject

from writer.base.task_pool import TaskPool
from writer.settings.editor_schema import EDITOR_MARKDOWN
from writer.settings.store import SettingsStore
from writer.ui.controllers.view import ViewController
from writer.ui.editor.looks.images.inline_images import InlineImages
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.main_window import MainWindow


class ImageController(QObject):
    """Shows the images of the current one of `documents` in `window`."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        view: ViewController,
        settings: SettingsStore,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._documents = documents
        self._settings = settings
        self._tasks = TaskPool(loop, "images")
        self.images = InlineImages(window.editor, self._tasks, self._folder)
        window.editor.underlays.append(self.images)
        view.set_image_height(self.images.height_below)
        window.activated.connect(self.images.check_again)
        documents.current_changed.connect(self.images.check_again)
        self.destroyed.connect(settings.subscribe(EDITOR_MARKDOWN.key, self._apply))
        self._apply("")
        self.images.check_again()

    async def close(self) -> None:
        """Drop what is waiting to be read."""
        await self._tasks.close(cancel=True)

    def _folder(self) -> Path | None:
        path = self._documents.current.document.path
        return path.parent if path is not None else None

    def _apply(self, _key: str) -> None:
        self.images.is_on = self._settings.get(EDITOR_MARKDOWN)
