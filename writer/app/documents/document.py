"""An open document: its path, its file format, its journal; files are read and saved in a thread pool."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from writer.app.documents.histories import Histories
from writer.app.documents.journals import Journals, OrphanedJournal
from writer.base.task_pool import TaskPool
from writer.documents.journal.journal import Journal
from writer.documents.journal.records import DocumentInfo, Edit, View
from writer.documents.text_file import (
    LOST,
    NEW_FILE,
    Candidate,
    FileState,
    FileVersion,
    LoadedText,
    file_state,
    read_candidates,
    read_document,
    version_if_equal,
    write_document,
)
from writer.documents.text_format import TextFormat
from writer.text.utf16 import utf16_bytes

if TYPE_CHECKING:
    from writer.documents.history.replaced_file import ReplacedFile

RESTART_SECONDS = 2.0
"""The least time between two journals of a document whose files get lost."""


class Document(QObject):
    """The path, format, journal and history of an open document; the text itself is the editor's."""

    renamed = Signal()
    """The path or the format changed."""

    saving = Signal()
    """The text of this moment is about to be saved."""

    saved = Signal()
    """It is saved: the file has that content now."""

    def __init__(self, pool: TaskPool, journals: Journals, histories: Histories) -> None:
        super().__init__()
        self._pool = pool
        self._journals = journals
        self._histories = histories
        self._journal: Journal | None = None
        self.path: Path | None = None
        self.proposed_path: Path | None = None
        """Where a text without a file may be saved, and its name until then."""
        self.form = TextFormat()
        self.id = uuid.uuid4().hex
        """Identifies the document for the engine's prefix cache."""
        self._version: FileVersion | None = None
        self._is_kept = False
        """Whether what the file holds is in its history."""
        self.file_missing = False
        """Whether the file is gone or empty, so that the window may have the only copy of the text."""
        self._restarted = -RESTART_SECONDS
        self.recovered_from: tuple[Path, int, int] | None = None
        """The folder of the journal that the text was recovered from, and its generation and size then."""

    @property
    def name(self) -> str:
        """The file's name without its folder, or the proposed one; "" where there is neither."""
        path = self.path or self.proposed_path
        return path.name if path else ""

    @property
    def is_new_file(self) -> bool:
        """Whether there is a path, but no file was read or written there yet."""
        return self._version == NEW_FILE

    @property
    def journal_name(self) -> str:
        """The name of the journal's folder, which the next start finds; "" where there is no journal."""
        return self._journal.folder.path.name if self._journal is not None else ""

    @property
    def journal_mark(self) -> tuple[str, int, int]:
        """The name of the journal, its generation, and the size of its log; "" where there is none."""
        journal = self._journal
        return (journal.folder.path.name, *journal.mark) if journal is not None else ("", 0, 0)

    @property
    def digest(self) -> str:
        """The SHA-256 of the file's content when it was last read or written here; "" where there is none."""
        return self._version.digest if self._version is not None and not self.is_new_file else ""

    @property
    def is_journaled(self) -> bool:
        """Whether the current text is in a journal."""
        return self._journal is not None and self._journal.is_written

    async def read(self, path: Path, encoding: str = "") -> LoadedText:
        """The content of the file at `path`, for `load`. Raises DocumentError."""
        return await self._pool.run(read_document, path, encoding)

    async def candidates(self, path: Path) -> tuple[Candidate, ...]:
        """The encodings in which the file at `path` can be read. Raises DocumentError."""
        return await self._pool.run(read_candidates, path)

    def propose(self, path: Path) -> None:
        """Have a name, and a path that is proposed for saving; the journal keeps it."""
        self.proposed_path = path
        if self._journal is not None:
            self._journal.update_info(self._info(saved=False))
        self.renamed.emit()

    def convert_to_utf_8(self) -> None:
        """Save in UTF-8 from now on."""
        self.change_format(self.form.in_utf_8())

    def change_format(self, form: TextFormat) -> None:
        """Save in another format from now on."""
        if form == self.form:
            return
        self.form = form
        if self._journal is not None:
            self._journal.update_info(self._info(saved=False))
        self.renamed.emit()

    def load(self, path: Path, loaded: LoadedText) -> None:
        """Become the document that was read from `path`, with a new journal."""
        self._reset(path, loaded.form, loaded.version)
        try:
            self._journal = self._journals.begin(self._info(), loaded.text)
        except OSError as error:
            self._journals.report_failure(error)

    def begin_file(self, path: Path) -> None:
        """Become the empty document of a file that is not there yet; saving makes it."""
        self._reset(path, TextFormat(), NEW_FILE)

    def recover(self, info: DocumentInfo, text: str) -> None:
        """Become a document recovered from a damaged journal, with a new journal."""
        self._reset_to(info)
        try:
            self._journal = self._journals.begin(self._info(saved=False), text)
        except OSError as error:
            self._journals.report_failure(error)

    def note_recovered(self, orphan: OrphanedJournal) -> None:
        """Note the journal that the text, or that it is the file's, was recovered from."""
        recovered = orphan.recovered
        self.recovered_from = orphan.folder.path, recovered.generation, recovered.size

    async def resume(self, orphan: OrphanedJournal) -> None:
        """Become the unsaved document of an orphaned journal, which is continued."""
        recovered = orphan.recovered
        self._reset_to(recovered.info)
        self.note_recovered(orphan)
        try:
            self._journal = await self._journals.resume(orphan)
        except OSError as error:
            self._journals.report_failure(error)

    async def save(self, text: Callable[[], str], path: Path | None = None, overwrite: bool = False) -> None:
        """Save to `path`, or to the document's own; `text` is called once, when earlier saves are done.

        Raises ChangedOutsideError where the document's own file changed and `overwrite` is false, and
        DocumentError; then neither the disk nor this document changed.
        """
        target = path or self.path
        assert target is not None
        known = None if overwrite or target != self.path else self._version
        journal = self._journal
        async with journal.lock if journal else contextlib.nullcontext():
            content, form = text(), self.form
            self.saving.emit()
            mark = journal.record_saving(str(target), form) if journal else 0
            was_new = self.is_new_file
            replaced = await self._replaced_file(target, known)
            self._version = await self._pool.run(write_document, target, content, form, known)
            self._histories.keep(target, content, form, replaced, self.path)
            self._is_kept = self._histories.enabled()
            self.file_missing = False
            if target != self.path or was_new:
                self.path = target
                self.renamed.emit()
            self.saved.emit()
            if journal is not None:
                await journal.start_generation(self._info(), content, mark)
            elif self._journal is not None:
                self._journal.update_info(self._info(saved=False))

    async def _replaced_file(self, target: Path, known: FileVersion | None) -> ReplacedFile | None:
        """What saving to `target` replaces, where it is not in the history."""
        if not self._histories.enabled() or (known is not None and self._is_kept):
            return None
        from writer.documents.history.replaced_file import read_replaced

        encoding = self.form.encoding if known is not None else ""
        return await self._pool.run(read_replaced, target, encoding)

    async def check_file(self) -> FileState:
        """The state of the file since it was read or written here; updates `file_missing`."""
        path, state = self.path, await self._file_state()
        if path == self.path and self.file_missing != (state in LOST):
            self.file_missing = state in LOST
            if self.file_missing and self._journal is not None:
                self._journal.update_info(self._info(saved=False))
            self.renamed.emit()
        return state

    async def is_in_file(self, text: str) -> bool:
        """Whether the file holds exactly `text`."""
        if self.path is None:
            return False
        return await self._pool.run(version_if_equal, self.path, text, self.form) is not None

    async def _file_state(self) -> FileState:
        if self.path is None or self._version is None:
            return "same"
        return await self._pool.run(file_state, self.path, self._version)

    async def accept_file(self) -> None:
        """Take the current version of the file as known, without loading its text."""
        if self.path is not None:
            self._version, self._is_kept = (await self.read(self.path)).version, False
            if self._journal is not None:
                self._journal.update_info(self._info(saved=False))

    def follow_file(self, path: Path) -> None:
        """Have another path, to which the file was moved."""
        self.path = path
        if self._journal is not None:
            self._journal.update_info(replace(self._journal.info, path=str(path)))
        self.renamed.emit()

    def detach_from_file(self) -> None:
        """Become a document without a file; the file belongs to another document."""
        self.path, self._version = None, None
        if self._journal is not None:
            self._journal.update_info(self._info(saved=False))
        self.renamed.emit()

    def edit(self, edit: Edit, text: Callable[[], str]) -> None:
        """Log an edit in the journal; without one, start a journal with the whole `text` after the edit."""
        if self._journal is not None:
            self._journal.edit(edit)
            self.replace_lost_journal(text)
        else:
            self._begin_journal(text)

    def replace_lost_journal(self, text: Callable[[], str]) -> None:
        """Start another journal with the whole text where the files of this one are lost."""
        journal = self._journal
        if journal is None or not journal.is_gone():
            return
        now = time.monotonic()
        if now - self._restarted < RESTART_SECONDS:
            return
        self._restarted = now
        self._begin_journal(text)
        if self._journal is not journal:
            self._pool.start(journal.discard())

    def _begin_journal(self, text: Callable[[], str]) -> None:
        """Start a journal whose first edit is the whole text; where that fails, the old one stays."""
        try:
            journal = self._journals.begin(self._info(saved=self.path is None, empty=True), "")
        except OSError as error:
            self._journals.report_failure(error)
        else:
            if self._journal is not None:
                journal.require_sync()
            self._journal = journal
            journal.edit(Edit(0, 0, utf16_bytes(text())))

    def view(self, view: View) -> None:
        """Log the cursor and scroll position in the journal."""
        if self._journal is not None:
            self._journal.view(view)

    def retry(self) -> None:
        """Write again what the disk did not accept before."""
        if self._journal is not None:
            self._journal.retry()

    async def close(self, changed: bool, view: View, text: Callable[[], str]) -> None:
        """Close the journal, which keeps unsaved or lost text and the file's path for the next start."""
        self.replace_lost_journal(text)
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
        """Delete the journal, because the text is saved or not wanted."""
        journal, self._journal = self._journal, None
        if journal is not None:
            await journal.discard()

    def _info(self, saved: bool = True, empty: bool = False) -> DocumentInfo:
        proposed = "" if self.path else str(self.proposed_path or "")
        return DocumentInfo(str(self.path or ""), self.form, self._version, saved, empty, proposed)

    def _reset_to(self, info: DocumentInfo) -> None:
        path, proposed = (Path(one) if one else None for one in (info.path, info.proposed))
        self._reset(path, info.form, info.stamp, proposed)

    def _reset(
        self,
        path: Path | None,
        form: TextFormat,
        version: FileVersion | None,
        proposed: Path | None = None,
    ) -> None:
        self.path, self.form, self._version, self._is_kept = path, form, version, False
        self.proposed_path = proposed
        self.file_missing = False
        self.recovered_from = None
        self.id = uuid.uuid4().hex
        self.renamed.emit()
