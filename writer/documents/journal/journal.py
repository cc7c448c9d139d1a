"""The journal of one open document: logs each edit at once, and starts a new generation after saving."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
"""The longest time that an edit is only in the system's memory, in seconds."""

FIRST_GENERATION = 1
"""The number of the first generation."""

COMPACT_BYTES = 1 << 20
"""The size of the log in bytes from which its edits are merged into the base of a new generation."""

_PIECE = 1 << 20
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class JournalStart:
    """What a journal starts with: a generation in `folder`, the document's metadata, and its last view."""

    folder: JournalFolder
    info: DocumentInfo
    generation: int = FIRST_GENERATION
    view: View = field(default_factory=View)

    def write_log(self) -> None:
        """Write the log of the generation, which is valid at once. Raises OSError."""
        descriptor = _open_log(self.folder.log(self.generation), fresh=True)
        try:
            _write_all(descriptor, encode(self.info) + encode(self.view) + encode(BEGUN))
        finally:
            os.close(descriptor)


class Journal:
    """The journal of one document. Used on the window's thread; files are synced and copied in other threads.

    `on_error` is called with the error when writing fails, and with None when it succeeds again; from any
    thread.
    """

    def __init__(
        self,
        start: JournalStart,
        syncer: SyncThread,
        pool: TaskPool,
        on_error: Callable[[OSError | None], None],
    ) -> None:
        self.folder = start.folder
        self.info = start.info
        self.lock = asyncio.Lock()
        """Held while the text is saved or a new generation is started."""
        self._generation = start.generation
        self._syncer = syncer
        self._pool = pool
        self._on_error = on_error
        self._view = start.view
        self.lost = False
        """Whether its files are deleted, or the disk may not hold what was written: a new one is needed."""
        self._failed = False
        self._unwritten = bytearray()
        self._descriptor_lock = threading.Lock()
        self._descriptor = _open_log(self.folder.log(start.generation))
        self._size = os.fstat(self._descriptor).st_size
        self._task: asyncio.Future[None] | None = None

    @property
    def is_written(self) -> bool:
        """Whether all edits are written, and no error was reported since."""
        return not self._unwritten and not self._failed and not self.lost

    @property
    def mark(self) -> tuple[int, int]:
        """The generation, and the size of its log with what is not written yet."""
        return self._generation, self._size + len(self._unwritten)

    def require_sync(self) -> None:
        """Count as unwritten until the next successful sync, which calls `on_error(None)`."""
        self._failed = True

    def is_gone(self) -> bool:
        """Whether its files were deleted, or `lost` was set. Takes microseconds."""
        if self._descriptor >= 0 and not os.fstat(self._descriptor).st_nlink:
            self.lost = True
        return self.lost

    def edit(self, edit: Edit) -> None:
        """Log an edit; one of more than one UTF-16 unit is synced at once, others within SYNC_SECONDS."""
        place = edit.position + len(edit.added) // 2
        self._view = View(place, place, self._view.scroll)
        self._write(edit, 0.0 if len(edit.added) > 2 else SYNC_SECONDS)
        if self._size > COMPACT_BYTES and self.is_written and self._task is None and not self.lock.locked():
            self._task = self._pool.start(self._compact())

    def view(self, view: View) -> None:
        """Log cursor and scroll position."""
        self._view = view
        self._write(view, SYNC_SECONDS)

    def update_info(self, info: DocumentInfo) -> None:
        """Log new metadata of the document, whose text stays the same."""
        self.info = info
        self._write(info, 0.0)

    def write_base(self, base: str) -> None:
        """Start a task that writes the base of the first generation."""
        self._task = self._pool.start(self._write_base(base))

    def record_saving(self, path: str, form: TextFormat) -> int:
        """Log that the text is about to be saved to `path`; returns the log's size with this record."""
        self._write(Saving(path, form), 0.0)
        return self._size + len(self._unwritten)

    async def start_generation(self, info: DocumentInfo, base: str, mark: int) -> None:
        """Start a generation with the text `base` and the edits behind the position `mark` of the log.

        `lock` must be held. Where the disk cannot be written, reports it and continues the old generation.
        """
        self.info = info
        try:
            end = max(mark, self._size)
            new = await self._pool.run(self._prepare, info, base, mark, end)
            old = self._switch(new, end)
            if old is not None:
                await self._pool.run(self._retire, old)
        except OSError as error:
            self._report(error)

    async def close(self) -> None:
        """Close the journal; its text is recovered at the next start."""
        await self._wait_for_task()
        async with self.lock:
            self._flush()
            await self._pool.run(self._end)

    async def close_saved(self, info: DocumentInfo, view: View) -> None:
        """Close the journal of a saved document: the next start finds its file and view, without the text."""
        await self._wait_for_task()
        async with self.lock:
            await self._pool.run(self._end_saved, info, view)

    async def discard(self) -> None:
        """Close the journal and delete it."""
        await self._wait_for_task()
        async with self.lock:
            await self._pool.run(self._remove)

    # On the window's thread

    def _write(self, record: Record, seconds: float) -> None:
        self._unwritten += encode(record)
        if self._flush():
            self._syncer.schedule(self.sync, seconds)

    def _flush(self) -> bool:
        """Write the pending bytes; returns whether all are written. Continues a record that was cut."""
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
        """Write the pending bytes after an error."""
        if self._flush():
            self._syncer.schedule(self.sync, 0.0)

    def _switch(self, new: int, end: int) -> int | None:
        """Switch to the prepared log; the descriptor of the old one, None where writing fails."""
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

    async def _wait_for_task(self) -> None:
        """Return when the journal's own task is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _write_base(self, base: str) -> None:
        async with self.lock:
            try:
                if self._generation == FIRST_GENERATION:
                    await self._pool.run(self._finish_start, base)
            except OSError as error:
                log.warning("no base for a journal: %s", error.strerror)
                self._report(error)
        self._task = None

    async def _compact(self) -> None:
        """Merge the edits of a long log into the base of a new generation."""
        async with self.lock:
            mark = self._size
            try:
                text = await self._pool.run(self._text_until, mark)
            except OSError as error:
                self._report(error)
            else:
                await self.start_generation(replace(self.info, saved=False, empty=False), text, mark)
        self._task = None

    # In the pool and in the syncing thread

    def sync(self) -> None:
        """Sync the log to the disk. For the sync thread and the pool."""
        with self._descriptor_lock:
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
        if not self.info.empty:
            write_base(self.folder, FIRST_GENERATION, base)
        self.sync()
        for folder in (self.folder.path, *self.folder.path.parents[:2]):
            sync_folder(folder)

    def _text_until(self, mark: int) -> str:
        return read_generation(self.folder, self._generation, mark)

    def _prepare(self, info: DocumentInfo, base: str, mark: int, end: int) -> int:
        """Write the next generation but for its record BEGUN; the descriptor of its log. Raises OSError."""
        generation = self._generation + 1
        write_base(self.folder, generation, base)
        descriptor = _open_log(self.folder.log(generation), fresh=True)
        try:
            _write_all(descriptor, encode(info) + encode(self._view))
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
        with self._descriptor_lock:
            os.close(old)
        self.folder.keep_only(self._generation)

    def _end(self) -> None:
        self.sync()
        self._close_log()
        self.folder.release()

    def _end_saved(self, info: DocumentInfo, view: View) -> None:
        self._close_log()
        try:
            JournalStart(self.folder, info, self._generation + 1, view).write_log()
            self.folder.keep_only(self._generation + 1)
        except OSError as error:
            log.warning("a journal keeps its text: %s", error.strerror)
        self.folder.release()

    def _remove(self) -> None:
        self._close_log()
        try:
            self.folder.remove()
        except OSError as error:
            log.warning("a journal is not deleted: %s", error.strerror)

    def _close_log(self) -> None:
        with self._descriptor_lock:
            os.close(self._descriptor)
            self._descriptor = -1

    def _report(self, error: OSError | None) -> None:
        if error is not None or self._failed:
            self._failed = error is not None
            self._on_error(error)


def _open_log(path: Path, fresh: bool = False) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    return os.open(path, flags | (os.O_TRUNC if fresh else 0), _OWNER_ONLY)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
