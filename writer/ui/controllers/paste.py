"""A controller for pasting: rich text becomes Markdown in a thread, and is inserted where it was pasted."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from threading import Event

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit

from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.documents.authorship.origin import Origin
from writer.settings.editor_schema import EDITOR_MARKDOWN
from writer.settings.store import SettingsStore
from writer.ui.editor.clipboard_edit import RichText
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

_NOTICE_SECONDS = 0.4
"""The time after which a conversion is announced."""

_BLOCK = re.compile(r"#{1,6} |[-*+] |\d+[.)] |>|```|\|")
"""The start of Markdown that must stand on a line of its own."""


class PasteController(QObject):
    """Connects the clipboard of the window's editor. `is_code` tells whether a block is code."""

    def __init__(
        self,
        window: MainWindow,
        settings: SettingsStore,
        is_code: Callable[[int], bool],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._settings = settings
        self._is_code = is_code
        self._loop = loop
        self._tasks = TaskPool(loop, "pasting")
        self._cancelled = Event()
        self._places: list[QTextCursor] = []
        """The cursors of what is being converted, in the order of pasting."""
        self._editor.set_takes_rich(self._takes_rich)
        self._editor.rich_pasted.connect(self._paste)
        window.actions_by_name.connect({ActionId.EDIT_PASTE_PLAIN: self._paste_plain})

    async def close(self) -> None:
        """Cancel the conversions."""
        self._cancelled.set()
        await self._tasks.close(cancel=True)

    def _paste_plain(self) -> None:
        """Paste into the text, or into the field that has the focus, such as that of the search."""
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit):
            field.paste()
        else:
            self._editor.paste_plain()

    def _takes_rich(self) -> bool:
        return self._settings.get(EDITOR_MARKDOWN) and not self._is_code(
            self._editor.textCursor().blockNumber()
        )

    def _paste(self, rich: RichText) -> None:
        rich.cursor.setKeepPositionOnInsert(True)  # what is typed meanwhile stands behind
        self._places.append(rich.cursor)
        self._tasks.start(self._convert(rich, rich.cursor.document().revision()))

    async def _convert(self, rich: RichText, revision: int) -> None:
        from writer.documents.pandoc import HTML, RTF, ConvertError, piece_to_markdown

        notice = self._loop.call_later(
            _NOTICE_SECONDS, lambda: self._window.status.show_message(self.tr("Pasting…"))
        )
        try:
            text = await self._tasks.run(
                piece_to_markdown, rich.content, RTF if rich.is_rtf else HTML, self._cancelled.is_set
            )
            message = ""
        except ConvertError as error:
            log.info("pasted as plain text: %s", error)
            text = rich.plain
            message = self.tr("Pasted as plain text; its formatting could not be read.")
        except Cancelled:
            return
        finally:
            notice.cancel()
            self._places.remove(rich.cursor)
        if not rich.cursor.isNull() and rich.cursor.document().revision() != revision:
            rich.cursor.setPosition(rich.cursor.position())  # what was selected then may be other text now
        self._insert(rich.cursor, text or rich.plain)
        self._window.status.show_message(message)

    def _insert(self, cursor: QTextCursor, text: str) -> None:
        """Insert `text`, as one step; what was pasted later at the same place stays behind it."""
        if cursor.isNull() or not text:  # the document was closed
            return
        start = cursor.selectionStart()
        text = fitted(text, *_around(cursor))
        cursor.setKeepPositionOnInsert(False)
        with self._editor.changes_from(Origin.PASTED):
            cursor.beginEditBlock()
            cursor.insertText(text)
            cursor.endEditBlock()
        for place in self._places:
            if place.document() is cursor.document() and place.position() == start:
                place.setPosition(cursor.position())
        if cursor.document() is self._editor.document():
            self._editor.ensureCursorVisible()


def fitted(markdown: str, before: str, after: str) -> str:
    """`markdown` with empty lines around what must not share a line with the text before and after it."""
    block = _BLOCK.match(markdown)
    if block and before.strip():
        markdown = "\n\n" + markdown
    if after.strip() and (block or "\n\n" in markdown.strip()):
        markdown += "\n\n"
    return markdown


def _around(cursor: QTextCursor) -> tuple[str, str]:
    """The text of the lines before and after the selection of a cursor, at most 100 characters each."""
    before, after = QTextCursor(cursor), QTextCursor(cursor)
    before.setPosition(cursor.selectionStart())
    before.setPosition(
        max(before.block().position(), before.position() - 100), QTextCursor.MoveMode.KeepAnchor
    )
    after.setPosition(cursor.selectionEnd())
    end = after.block().position() + after.block().length() - 1
    after.setPosition(min(end, after.position() + 100), QTextCursor.MoveMode.KeepAnchor)
    return before.selectedText(), after.selectedText()
