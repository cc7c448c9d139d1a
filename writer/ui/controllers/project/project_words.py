"""A controller that adds the words of the folder to the word count in the status bar."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import QObject

from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.ui.controllers.project.project import ProjectController
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_SEPARATOR = "  ·  "


class ProjectWordsController(QObject):
    """Counts the folder of `project` when the count of the text is shown, and shows both together."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        project: ProjectController,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._project = project
        self._tasks = TaskPool(loop, "project words")
        actions = window.actions_by_name
        actions.connect({ActionId.VIEW_COUNTS: lambda: self._tasks.start(self._show())})

    async def close(self) -> None:
        """Cancel a count."""
        await self._tasks.close(cancel=True)

    async def _show(self) -> None:
        """Count, and add the figure to the message, unless another one is shown meanwhile."""
        shown = self._window.status.message.full_text()
        listing = self._project.listing or await self._project.list_now()
        if listing is None:
            return
        texts = {
            one.document.path: one.whole_text()
            for one in self._documents.all
            if one.document.path is not None
        }
        try:
            words = await self._project.service.words(listing, texts)
        except Cancelled:
            return
        if self._window.status.message.full_text() == shown:
            text = self.tr("{count} in the folder").format(count=self._window.editor.locale().toString(words))
            self._window.status.show_message(shown + _SEPARATOR + text)
