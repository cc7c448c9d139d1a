"""A controller that copies the selection, or the whole text, as rich text."""

from __future__ import annotations

import asyncio
import logging
from threading import Event

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication

from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.documents.pandoc import ConvertError, to_html
from writer.settings.editor_schema import EDITOR_MARKDOWN
from writer.settings.store import SettingsStore
from writer.ui.editor.text_document import selected_text
from writer.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

MAX_CHARACTERS = 2_000_000
"""The longest text that is copied as rich text."""

_NOTICE_SECONDS = 0.4
"""The time after which a conversion is announced."""

_HEAD = '<meta http-equiv="content-type" content="text/html; charset=utf-8">'
"""The encoding, which some programs do not know otherwise."""


class RichCopyController(QObject):
    """Puts HTML made by pandoc on the clipboard, with the text itself beside it."""

    def __init__(self, window: MainWindow, settings: SettingsStore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._loop = loop
        self._tasks = TaskPool(loop, "copying")
        self._cancelled = Event()
        self._clipboard = QGuiApplication.clipboard()
        self._clipboard.dataChanged.connect(self._cancel)

    def copy(self) -> None:
        """Copy the selection, or the whole text; a copy that was made meanwhile stays."""
        self._cancel()
        editor, status = self._window.editor, self._window.status
        cursor = editor.textCursor()
        text = selected_text(cursor) if cursor.hasSelection() else editor.text()
        if not text:
            status.show_message(self.tr("There is nothing to copy yet."))
        elif len(text) > MAX_CHARACTERS:
            self._put(text, "")
            status.show_message(self.tr("Copied as plain text; it is too long for rich text."))
        else:
            self._cancelled = Event()
            self._tasks.start(self._convert(text, self._settings.get(EDITOR_MARKDOWN), self._cancelled))

    async def close(self) -> None:
        """Cancel a conversion."""
        self._clipboard.dataChanged.disconnect(self._cancel)
        self._cancel()
        await self._tasks.close(cancel=True)

    def _cancel(self) -> None:
        self._cancelled.set()

    async def _convert(self, text: str, markdown: bool, cancelled: Event) -> None:
        status = self._window.status
        notice = self._loop.call_later(_NOTICE_SECONDS, lambda: status.show_message(self.tr("Copying…")))
        try:
            html = await self._tasks.run(to_html, text, markdown, cancelled.is_set)
            message = self.tr("Copied as rich text.")
        except ConvertError as error:
            log.info("copied as plain text: %s", error)
            html, message = "", self.tr("Copied as plain text; its formatting could not be made.")
        except Cancelled:
            return
        finally:
            notice.cancel()
        if not cancelled.is_set():
            self._put(text, html)
            status.show_message(message)

    def _put(self, text: str, html: str) -> None:
        data = QMimeData()
        data.setText(text)
        if html:
            data.setData("text/html", (_HEAD + html).encode("utf-8", "replace"))
        self._clipboard.setMimeData(data)
