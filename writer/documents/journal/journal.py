"""The journal of one open document: takes every edit at once, and begins anew when the text was saved."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from writer.base.atomic_file import sync_folder
from writer.base.task_pool import TaskPool
from writer.documents.journal.base_file import write_base
from writer.documents.journal.journal_folder import JournalFolder
from writer.documents.journal.records import BEGUN, DocumentInfo, Edit, Record, Saving, View, encode
from writer.documents.journal.recovery import read_generation
from writer.documents.journal.sync_thread import SyncThread
from writer.documents.text_format import TextFormat

log = logging.getLogger(__name__)

SYNC_SECONDS = 0.2
"""How long an edit may be in the system's memory only."""

FIRST = 1
"""The number of the first generation."""

LONG = 1 << 20
"""Bytes of log from which on the journal begins anew."""

_PIECE = 1 << 20
_OWNER_ONLY = 0o600


class Journal:
    """Used on the window's thread. `tell` hears the error when writing fails, and None when it goes again;
    it may be called from any thread.
    """

    def __init__(
        self,
        folder: JournalFolder,
        generation: int,
        title: DocumentInfo,
        view: View,
        syncer: SyncThread,
        pool: TaskPool,
        tell: Callable[[OSError | None], None],
    ) -> None:
        self.folder = folder
        self.title = title
        self.turn = asyncio.Lock()
        """Held by who saves the text or begins a new generation."""
        self._generation = generation
        self._syncer = syncer
        self._pool = pool
        self._tell = tell
        self._view = view
        self.lost = False
        """Whether its files are gone, or the disk may not hold what was written: it must be begun anew."""
        self._failed = False
        self._unwritten = bytearray()
        self._guard = threading.Lock()
        self._descriptor = _open_log(folder.log(generation))
        self._size = os.fstat(self._descriptor).st_size
        self._task: asyncio.Future[None] | None = None

    @property
    def safe(self) -> bool:
        """Whether everything is written."""
        return not self._unwritten and not self._failed and not self.lost

    def doubt(self) -> None:
        """Take nothing for protected before a sync has succeeded, which is told then."""
        self._failed = True

    def is_gone(self) -> bool:
        """Whether somebody deleted its files. Quick."""
        if self._descriptor >= 0 and not os.fstat(self._descriptor).st_nlink:
            self.lost = True
        return self.lost

    def edit(self, edit: Edit) -> None:
        """Take an edit of the text. What is more than a key is synced at once."""
        place = edit.position + len(edit.added) // 2
        self._view = View(place, place, self._view.scroll)
        self._write(edit, 0.0 if len(edit.added) > 2 else SYNC_SECONDS)
        if self._size > LONG and self.safe and self._task is None and not self.turn.locked():
            self._task = self._pool.start(self._shorten())

    def view(self, view: View) -> None:
        """Take where the writer is in the text."""
        self._view = view
        self._write(view, SYNC_SECONDS)

    def rename(self, title: DocumentInfo) -> None:
        """Take what the document is now, while its text stays."""
        self.title = title
        self._write(title, 0.0)

    def write_base(self, base: str) -> None:
        """Begin to put the text of the first generation into its place."""
        self._task = self._pool.start(self._write_base(base))

    def saving(self, path: str, form: TextFormat) -> int:
        """Take that the text as it is now is about to be saved; the place in the log behind that."""
        self._write(Saving(path, form), 0.0)
        return self._size + len(self._unwritten)

    async def begin_anew(self, title: DocumentInfo, base: str, mark: int) -> None:
        """Let the edits behind `mark` apply to `base`, which is `title` now. Needs the turn.

        Does nothing but tell where the disk refuses; then the old generation goes on.
        """
        self.title = title
        try:
            end = max(mark, self._size)
            new = await self._pool.run(self._prepare, title, base, mark, end)
            old = self._switch(new, end)
            if old is not None:
                await self._pool.run(self._retire, old)
        except OSError as error:
            self._report(error)

    async def close(self) -> None:
        """End, and leave everything to the next start."""
        await self._finished()
        async with self.turn:
            self._flush()
            await self._pool.run(self._end)

    async def close_saved(self, title: DocumentInfo, view: View) -> None:
        """End, and leave to the next start which file was open, but no text: all of it is in the file."""
        await self._finished()
        async with self.turn:
            await self._pool.run(self._end_saved, title, view)

    async def discard(self) -> None:
        """End, and delete everything."""
        await self._finished()
        async with self.turn:
            await self._pool.run(self._remove)

    # On the window's thread

    def _write(self, record: Record, seconds: float) -> None:
        self._unwritten += encode(record)
        if self._flush():
            self._syncer.due(self.sync, seconds)

    def _flush(self) -> bool:
        """Write what waits; an unfinished record is gone on with the next time."""
        try:
            while self._unwritten:
                count = os.write(self._descriptor, self._unwritten)
                self._size += count
                del self._unwritten[:count]
        except OSError as error:
            self._report(error)
            return False
        return True

    def retry(self) -> None:
        """Write what could not be written before."""
        if self._flush():
            self._syncer.due(self.sync, 0.0)

    def _switch(self, new: int, end: int) -> int | None:
        """Go on in the log that was prepared; the descriptor of the old one, None where the disk refuses."""
        rest = b""
        if self._flush():
            with self.folder.log(self._generation).open("rb") as file:
                file.seek(end)
                rest = file.read() + encode(BEGUN)
            if os.write(new, rest) == len(rest):
                old, self._descriptor = self._descriptor, new
                self._generation += 1
                self._size = os.fstat(new).st_size
                return old
        os.close(new)
        return None

    async def _finished(self) -> None:
        """Return when what was begun on the journal's own account is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _write_base(self, base: str) -> None:
        async with self.turn:
            try:
                if self._generation == FIRST:
                    await self._pool.run(self._finish_start, base)
            except OSError as error:
                log.warning("no base for a journal: %s", error.strerror)
                self._report(error)
        self._task = None

    async def _shorten(self) -> None:
        """Put the edits of a long log into the base."""
        async with self.turn:
            mark = self._size
            try:
                text = await self._pool.run(self._text_until, mark)
            except OSError as error:
                self._report(error)
            else:
                await self.begin_anew(replace(self.title, saved=False, empty=False), text, mark)
        self._task = None

    # In the pool and in the syncing thread

    def sync(self) -> None:
        """Let what is written reach the disk."""
        with self._guard:
            if self._descriptor < 0:
                return
            try:
                os.fsync(self._descriptor)
                if not os.fstat(self._descriptor).st_nlink:
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            except OSError as error:
                # After a failed sync the system may take lost pages for written: nothing tells what is there.
                self.lost = True
                self._report(error)
                return
        if not self._unwritten:
            self._report(None)

    def _finish_start(self, base: str) -> None:
        if not self.title.empty:
            write_base(self.folder, FIRST, base)
        self.sync()
        sync_folder(self.folder.path)
        sync_folder(self.folder.path.parent)

    def _text_until(self, mark: int) -> str:
        return read_generation(self.folder, self._generation, mark)

    def _prepare(self, title: DocumentInfo, base: str, mark: int, end: int) -> int:
        """Write the next generation but for its beginning; the descriptor of its log."""
        generation = self._generation + 1
        write_base(self.folder, generation, base)
        descriptor = _open_log(self.folder.log(generation), fresh=True)
        try:
            _write_all(descriptor, encode(title) + encode(self._view))
            with self.folder.log(self._generation).open("rb") as file:
                file.seek(mark)
                while file.tell() < end and (piece := file.read(min(_PIECE, end - file.tell()))):
                    _write_all(descriptor, piece)
            os.fsync(descriptor)
            sync_folder(self.folder.path)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _retire(self, old: int) -> None:
        self.sync()
        with self._guard:
            os.close(old)
        self.folder.keep_only(self._generation)

    def _end(self) -> None:
        self.sync()
        self._shut()
        self.folder.leave()

    def _end_saved(self, title: DocumentInfo, view: View) -> None:
        self._shut()
        try:
            start(self.folder, title, self._generation + 1, view)
            self.folder.keep_only(self._generation + 1)
        except OSError as error:
            log.warning("a journal keeps its text: %s", error.strerror)
        self.folder.leave()

    def _remove(self) -> None:
        self._shut()
        try:
            self.folder.remove()
        except OSError as error:
            log.warning("a journal is not deleted: %s", error.strerror)

    def _shut(self) -> None:
        with self._guard:
            os.close(self._descriptor)
            self._descriptor = -1

    def _report(self, error: OSError | None) -> None:
        if error is not None or self._failed:
            self._failed = error is not None
            self._tell(error)


def start(
    folder: JournalFolder, title: DocumentInfo, generation: int = FIRST, view: View | None = None
) -> None:
    """Write the log of a generation that begins at once. OSError."""
    descriptor = _open_log(folder.log(generation), fresh=True)
    try:
        _write_all(descriptor, encode(title) + encode(view or View()) + encode(BEGUN))
    finally:
        os.close(descriptor)


def _open_log(path: Path, fresh: bool = False) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.open(path, flags | (os.O_TRUNC if fresh else 0), _OWNER_ONLY)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
