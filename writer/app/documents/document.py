"""An open document: its path, its format on the disk, its journal; reading and saving in a thread pool."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from writer.app.documents.journals import Journals, OrphanedJournal
from writer.base.task_pool import TaskPool
from writer.documents.journal.journal import Journal
from writer.documents.journal.records import DocumentInfo, Edit, View
from writer.documents.text_file import (
    LOST,
    Candidate,
    FileState,
    FileVersion,
    LoadedText,
    file_state,
    read_candidates,
    read_document,
    write_document,
)
from writer.documents.text_format import TextFormat
from writer.text.utf16 import utf16_bytes

AGAIN_SECONDS = 2.0
"""How long a document waits at the least before it begins yet another journal."""


class Document(QObject):
    """One document. The text itself is the editor's; this knows where it lies and what was last there."""

    renamed = Signal()
    """The document has another name, place or form now."""

    def __init__(self, pool: TaskPool, journals: Journals) -> None:
        super().__init__()
        self._pool = pool
        self._journals = journals
        self._journal: Journal | None = None
        self.path: Path | None = None
        self.form = TextFormat()
        self.id = uuid.uuid4().hex
        """Tells documents apart for the engine's cache."""
        self._version: FileVersion | None = None
        self.missing = False
        """Whether the file has lost its text, or is gone: what the window shows may be the last copy."""
        self._begun_again = -AGAIN_SECONDS

    @property
    def name(self) -> str:
        """The file's name without its folder, "" where there is none yet."""
        return self.path.name if self.path else ""

    @property
    def journal_name(self) -> str:
        """Tells the document from others at the next start; "" while nothing is kept of it."""
        return self._journal.folder.path.name if self._journal is not None else ""

    @property
    def protected(self) -> bool:
        """Whether the text as it is now is in a journal."""
        return self._journal is not None and self._journal.is_written

    def renew(self) -> None:
        """Become a new document without a name."""
        self._become(None, TextFormat(), None)

    async def read(self, path: Path, encoding: str = "") -> LoadedText:
        """What the file at `path` holds; `become` it afterwards, or do not. Raises DocumentError."""
        return await self._pool.run(read_document, path, encoding)

    async def candidates(self, path: Path) -> tuple[Candidate, ...]:
        """The encodings in which the file at `path` gives a text. Raises DocumentError."""
        return await self._pool.run(read_candidates, path)

    def turn_to_utf_8(self) -> None:
        """Be saved in UTF-8 from now on."""
        self.form = self.form.in_utf_8()
        if self._journal is not None:
            self._journal.update_info(self._info(saved=False))
        self.renamed.emit()

    def become(self, path: Path, loaded: LoadedText) -> None:
        """Be the document that was read from `path`."""
        self._become(path, loaded.form, loaded.version)
        try:
            self._journal = self._journals.begin(self._info(), loaded.text)
        except OSError as error:
            self._journals.refuse(error)

    def recover(self, info: DocumentInfo, text: str) -> None:
        """Be a document that was read from a damaged journal, with a journal of its own."""
        self._become(Path(info.path) if info.path else None, info.form, info.stamp)
        try:
            self._journal = self._journals.begin(self._info(saved=False), text)
        except OSError as error:
            self._journals.refuse(error)

    async def resume(self, left: OrphanedJournal) -> None:
        """Be a document that an earlier start left with text that is not saved."""
        info = left.kept.info
        self._become(Path(info.path) if info.path else None, info.form, info.stamp)
        try:
            self._journal = await self._journals.resume(left)
        except OSError as error:
            self._journals.refuse(error)

    async def save(self, text: Callable[[], str], path: Path | None = None, overwrite: bool = False) -> None:
        """Save under `path`, or where the document lies. `text` is asked for once, when its turn has come.

        Raises ChangedOutsideError where the document's file changed and `overwrite` is false, and
        DocumentError; in both cases the disk and this document stay what they were.
        """
        target = path or self.path
        assert target is not None
        known = None if overwrite or target != self.path else self._version
        journal = self._journal
        async with journal.lock if journal else contextlib.nullcontext():
            content, form = text(), self.form
            mark = journal.record_saving(str(target), form) if journal else 0
            self._version = await self._pool.run(write_document, target, content, form, known)
            self.missing = False
            if target != self.path:
                self.path = target
                self.renamed.emit()
            if journal is not None:
                await journal.start_generation(self._info(), content, mark)
            elif self._journal is not None:
                self._journal.update_info(self._info(saved=False))

    async def look_at_file(self) -> FileState:
        """What became of the file since it was read or written here; `missing` follows."""
        path, state = self.path, await self._file_state()
        if path == self.path and self.missing != (state in LOST):
            self.missing = state in LOST
            if self.missing and self._journal is not None:
                self._journal.update_info(self._info(saved=False))
            self.renamed.emit()
        return state

    async def _file_state(self) -> FileState:
        if self.path is None or self._version is None:
            return "same"
        return await self._pool.run(file_state, self.path, self._version)

    async def acknowledge(self) -> None:
        """Take the file on the disk for known, without reading its text into the window."""
        if self.path is not None:
            self._version = (await self.read(self.path)).version
            if self._journal is not None:
                self._journal.update_info(self._info(saved=False))

    def detach_from_file(self) -> None:
        """Be a text without a file: what is in the file belongs to another document now."""
        self.path, self._version = None, None
        if self._journal is not None:
            self._journal.update_info(self._info(saved=False))
        self.renamed.emit()

    def edit(self, edit: Edit, text: Callable[[], str]) -> None:
        """Let the journal have an edit. `text` gives the whole text after it, where none has begun."""
        if self._journal is not None:
            self._journal.edit(edit)
            self.begin_again_if_lost(text)
        else:
            self._begin_with(text)

    def begin_again_if_lost(self, text: Callable[[], str]) -> None:
        """Begin another journal with the whole text where the files of this one cannot be relied upon."""
        journal = self._journal
        if journal is None or not journal.is_gone():
            return
        now = time.monotonic()
        if now - self._begun_again < AGAIN_SECONDS:
            return
        self._begun_again = now
        self._begin_with(text)
        if self._journal is not journal:
            self._pool.start(journal.discard())

    def _begin_with(self, text: Callable[[], str]) -> None:
        """Begin a journal whose first edit is the whole text. The one there is stays where that fails."""
        try:
            journal = self._journals.begin(self._info(saved=self.path is None, empty=True), "")
        except OSError as error:
            self._journals.refuse(error)
        else:
            if self._journal is not None:
                journal.require_sync()
            self._journal = journal
            journal.edit(Edit(0, 0, utf16_bytes(text())))

    def view(self, view: View) -> None:
        """Let the journal know where the writer is."""
        if self._journal is not None:
            self._journal.view(view)

    def retry(self) -> None:
        """Write what the disk refused before."""
        if self._journal is not None:
            self._journal.retry()

    async def close(self, changed: bool, view: View, text: Callable[[], str]) -> None:
        """Leave to the next start what is not saved or in no file any more, and which file was open."""
        self.begin_again_if_lost(text)
        lost = not changed and await self._file_state() in LOST
        journal, self._journal = self._journal, None
        if journal is None:
            return
        if lost:
            journal.update_info(self._info(saved=False))
        if changed or lost:
            journal.view(view)
            await journal.close()
        elif self.path is not None:
            await journal.close_saved(self._info(), view)
        else:
            await journal.discard()

    async def discard(self) -> None:
        """Delete the journal: the text is saved, or not wanted."""
        journal, self._journal = self._journal, None
        if journal is not None:
            await journal.discard()

    def _info(self, saved: bool = True, empty: bool = False) -> DocumentInfo:
        return DocumentInfo(str(self.path or ""), self.form, self._version, saved, empty)

    def _become(self, path: Path | None, form: TextFormat, version: FileVersion | None) -> None:
        self.path, self.form, self._version = path, form, version
        self.missing = False
        self.id = uuid.uuid4().hex
        self.renamed.emit()
