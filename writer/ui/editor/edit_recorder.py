"""A recorder that passes every change of the text to the document's journal."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextDocument

from writer.app.documents.document import Document
from writer.documents.journal.records import Edit
from writer.ui.editor.text_document import plain_text, utf16_between

_RETRY_MS = 2000
"""How long after the disk refused until it is asked again."""


class EditRecorder(QObject):
    """Follows `text`, which is that of `document`."""

    def __init__(self, text: QTextDocument, document: Document) -> None:
        super().__init__(text)
        self._text = text
        self._document = document
        self._length = text.characterCount() - 1
        self.paused = False
        """Whether the text that comes in is known to the journal."""
        self._retry = QTimer(self, interval=_RETRY_MS)
        self._retry.timeout.connect(self._try_again)
        text.contentsChange.connect(self._record)

    def _record(self, position: int, _removed: int, added: int) -> None:
        """Qt's numbers count the end of the document now and then; the lengths tell what really went."""
        length = self._text.characterCount() - 1
        added = min(added, length - position)
        removed = self._length - length + added
        self._length = length
        if not self.paused and (added or removed):
            edit = Edit(position, removed, utf16_between(self._text, position, position + added))
            self._document.edit(edit, self._all)
            if not self._document.is_journaled:
                self._retry.start()

    def _all(self) -> str:
        return plain_text(self._text)

    def _try_again(self) -> None:
        self._document.retry()
        if self._document.is_journaled:
            self._retry.stop()
