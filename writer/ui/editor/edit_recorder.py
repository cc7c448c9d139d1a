"""A recorder that passes every change of the text to the document's journal, and to who follows the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QTextDocument

from writer.app.documents.document import Document
from writer.documents.authorship.origin import Origin
from writer.documents.journal.records import Edit
from writer.ui.editor.text_document import plain_text, utf16_between

_RETRY_MS = 2000
"""The time between two attempts to write after an error of the disk."""


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """An edit, and how it came about.

    `origin`, `place` and `restores` are those of the editor (`ClipboardEdit`), `steps` the undo steps
    afterwards, `is_new` whether one was added; `before` and `after` are the marks of the journal around the
    edit.
    """

    edit: Edit
    origin: Origin | None
    place: tuple[int, int] | None
    restores: bool
    steps: int
    is_new: bool
    before: tuple[str, int, int]
    after: tuple[str, int, int]


class EditRecorder(QObject):
    """A recorder of the changes of `text`, the text of `document`, in its journal.

    `origin` returns what the editor says of the change that is being made.
    """

    def __init__(
        self,
        text: QTextDocument,
        document: Document,
        origin: Callable[[], tuple[Origin | None, tuple[int, int] | None, bool]],
    ) -> None:
        super().__init__(text)
        self._text = text
        self._document = document
        self._origin = origin
        self._length = text.characterCount() - 1
        self.paused = False
        """Whether changes are not recorded, because the journal has them."""
        self._follow: Callable[[RecordedChange], None] | None = None
        self.changes: list[RecordedChange] | None = []
        """The changes that nobody follows yet; None where nobody shall."""
        self.steps_before = 0
        """The number of undo steps before those changes."""
        self.was_modified = False
        """Whether the text was not that of its file before those changes."""
        self.starts = 0
        """The number of texts before the present one."""
        self._is_new_step = False
        self._retry = QTimer(self, interval=_RETRY_MS)
        self._retry.timeout.connect(self._retry_now)
        text.contentsChange.connect(self._record)
        text.undoCommandAdded.connect(self._note_step)

    @property
    def is_followed(self) -> bool:
        """Whether the changes are passed on."""
        return self._follow is not None

    def follow(self, follow: Callable[[RecordedChange], None]) -> None:
        """Pass on the changes from now on; the caller has those before."""
        self._follow, self.changes = follow, None

    def end_following(self, collect: bool) -> None:
        """Pass on no more; whether the changes are collected for another follower."""
        self._follow, self.changes = None, [] if collect else None
        self.steps_before, self.was_modified = self._text.availableUndoSteps(), self._text.isModified()

    def start_again(self) -> None:
        """Another text, which is no change, is there."""
        self.starts += 1
        self.end_following(collect=self._follow is not None or self.changes is not None)

    def _record(self, position: int, _removed: int, added: int) -> None:
        """Record a change. Qt's counts may include the end of the document, so lengths are compared."""
        length = self._text.characterCount() - 1
        added = min(added, length - position)
        removed = self._length - length + added
        self._length = length
        is_new, self._is_new_step = self._is_new_step, False
        if not self.paused and (added or removed):
            edit = Edit(position, removed, utf16_between(self._text, position, position + added))
            before = self._document.journal_mark
            self._document.edit(edit, self._whole_text)
            if not self._document.is_journaled:
                self._retry.start()
            self._pass_on(edit, is_new, before)

    def _pass_on(self, edit: Edit, is_new: bool, before: tuple[str, int, int]) -> None:
        if self._follow is None and self.changes is None:
            return
        steps = self._text.availableUndoSteps()
        change = RecordedChange(edit, *self._origin(), steps, is_new, before, self._document.journal_mark)
        if self._follow is not None:
            self._follow(change)
        elif self.changes is not None:
            self.changes.append(change)

    def _note_step(self) -> None:
        self._is_new_step = True

    def _whole_text(self) -> str:
        return plain_text(self._text)

    def _retry_now(self) -> None:
        self._document.retry()
        if self._document.is_journaled:
            self._retry.stop()
