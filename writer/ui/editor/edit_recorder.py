"""A recorder that passes every change of the text to the document's journal."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextDocument

from writer.app.documents.document import Document
from writer.documents.journal.records import Edit
from writer.ui.editor.text_document import plain_text, utf16_between

_RETRY_MS = 2000
"""The time between two attempts to write after an error of the disk."""


class EditRecorder(QObject):
    """A recorder of the changes of `text`, the text of `document`, in its journal."""

    def __init__(self, text: QTextDocument, document: Document) -> None:
        super().__init__(text)
        self._text = text
        self._document = document
        self._length = text.characterCount() - 1
        self.paused = False
        """Whether changes are not recorded, because the journal has them."""
        self._retry = QTimer(self, interval=_RETRY_MS)
        self._retry.timeout.connect(self._retry_now)
        text.contentsChange.connect(self._record)

    def _record(self, position: int, _removed: int, added: int) -> None:
        """Record a change. Qt's counts may include the end of the document, so lengths are compared."""
        length = self._text.characterCount() - 1
        added = min(added, length - position)
        removed = self._length - length + added
        self._length = length
        if not self.paused and (added or removed):
            edit = Edit(position, removed, utf16_between(self._text, position, position + added))
            self._document.edit(edit, self._whole_text)
            if not self._document.is_journaled:
                self._retry.start()

    def _whole_text(self) -> str:
        return plain_text(self._text)

    def _retry_now(self) -> None:
        self._document.retry()
        if self._document.is_journaled:
            self._retry.stop()
