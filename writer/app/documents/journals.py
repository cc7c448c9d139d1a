"""The journals of this process: new ones, and those acquired over from processes that ended."""

from __future__ import annotations

import errno
import logging
import os
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from writer.base.atomic_file import drop_leftover
from writer.base.errors import Sentence, os_reason
from writer.base.task_pool import TaskPool
from writer.base.user_files.overwriting import roll_back_all
from writer.documents.journal.journal import Journal, JournalStart
from writer.documents.journal.journal_folder import SET_ASIDE, JournalFolder, acquire, create
from writer.documents.journal.records import DocumentInfo
from writer.documents.journal.recovery import JournalError, RecoveredText, read_info, read_newest
from writer.documents.journal.sync_thread import SyncThread

log = logging.getLogger(__name__)

FOLDER_NAME = "journals"
"""The name of the folder below the data folder."""


@dataclass(frozen=True, slots=True)
class OrphanedJournal:
    """The journal of a process that ended, and the text recovered from it; locked by this process."""

    folder: JournalFolder
    recovered: RecoveredText


class Journals(QObject):
    """The journals in `folder`. Files are read and written in `pool`, except the logs of edits."""

    protection_changed = Signal(object)
    """A Sentence why edits cannot be journaled; None when they can be again."""

    def __init__(self, folder: Path, pool: TaskPool) -> None:
        super().__init__()
        self.folder = folder
        self._pool = pool
        self._sync_thread = SyncThread()
        self.unreadable: list[Path] = []
        """The folders of journals that could not be read, unchanged."""

    def begin(self, info: DocumentInfo, base: str) -> Journal:
        """A journal for a document whose text is `base`. Raises OSError."""
        folder = create(self.folder / uuid.uuid4().hex)
        try:
            start = JournalStart(folder, info)
            start.write_log()
            journal = self._journal(start)
        except OSError:
            folder.release()
            raise
        journal.write_base(base)
        return journal

    async def orphans(self) -> list[OrphanedJournal]:
        """The journals of processes that ended, locked, in the order of their last write."""
        return await self._pool.run(self._acquire_all)

    async def is_open_elsewhere(self, path: Path, own: Collection[str]) -> bool:
        """Whether another process has the file at `path` open. `own`: the names of this one's journals."""
        return await self._pool.run(self._is_open_elsewhere, path, own)

    async def resume(self, orphan: OrphanedJournal) -> Journal:
        """Continue an orphaned journal that is not damaged. Raises OSError."""
        assert not orphan.recovered.damaged  # a damaged log must not be truncated
        log_file = orphan.folder.log(orphan.recovered.generation)
        await self._pool.run(os.truncate, log_file, orphan.recovered.size)
        info = replace(orphan.recovered.info, saved=False)
        journal = self._journal(
            JournalStart(orphan.folder, info, orphan.recovered.generation, orphan.recovered.view)
        )
        journal.update_info(info)
        return journal

    async def set_aside(self, orphan: OrphanedJournal) -> Path:
        """Move a damaged journal aside, unchanged; returns its folder afterwards."""
        try:
            return await self._pool.run(orphan.folder.set_aside)
        except OSError as error:
            log.warning("a damaged journal stays where it is: %s", error)
            return orphan.folder.path

    def release(self, orphan: OrphanedJournal) -> None:
        """Unlock an orphaned journal for the next start."""
        orphan.folder.release()

    async def delete(self, orphan: OrphanedJournal) -> None:
        """Delete an orphaned journal."""
        await self._pool.run(_remove, orphan.folder)

    def sync_later(self, sync: Callable[[], None], seconds: float) -> None:
        """Call `sync` in the thread that syncs the journals, within `seconds`, once for several calls."""
        self._sync_thread.schedule(sync, seconds)

    def report_failure(self, error: OSError) -> None:
        """Emit that a journal could not be started."""
        self.protection_changed.emit(not_protected(error))

    def close(self) -> None:
        """Sync all journals and end the thread."""
        self._sync_thread.close()

    def _journal(self, start: JournalStart) -> Journal:
        def on_error(error: OSError | None) -> None:
            self.protection_changed.emit(None if error is None else not_protected(error))

        return Journal(start, self._sync_thread, self._pool, on_error)

    def _is_open_elsewhere(self, path: Path, own: Collection[str]) -> bool:
        for folder in self.folder.glob("*"):
            if folder.name in own or folder.name.startswith(SET_ASIDE):
                continue
            try:
                info = read_info(folder)
                if info is None or not info.path or os.path.realpath(info.path) != os.path.realpath(path):
                    continue
                acquired = acquire(folder)  # of these few only: meanwhile no start finds them
            except OSError as error:
                log.warning("a journal cannot be looked at: %s", error.strerror)
                continue
            if acquired is None:
                return True
            acquired.release()
        return False

    def _acquire_all(self) -> list[OrphanedJournal]:
        roll_back_all()  # first: what a journal's file holds is compared
        paths = [path for path in self.folder.glob("*") if not path.name.startswith(SET_ASIDE)]
        found = (self._acquire(path) for path in sorted(paths))
        return sorted(
            (orphan for orphan in found if orphan is not None), key=lambda orphan: orphan.recovered.time
        )

    def _acquire(self, path: Path) -> OrphanedJournal | None:
        """The journal in a folder; None where another process has it, or it cannot be read."""
        try:
            folder = acquire(path)
        except OSError as error:
            log.warning("a journal cannot be opened: %s", error)
            self.unreadable.append(path)
            return None
        if folder is None:
            return None
        try:
            recovered = read_newest(folder)
            if recovered.info.path:
                drop_leftover(Path(recovered.info.path))
            return OrphanedJournal(folder, recovered)
        except JournalError as error:
            log.warning("a journal is set aside: %s", error)
            self._set_aside(folder)
        except Exception:  # the other journals are recovered all the same
            log.exception("a journal cannot be read")
            folder.release()
            self.unreadable.append(folder.path)
        return None

    def _set_aside(self, folder: JournalFolder) -> None:
        try:
            self.unreadable.append(folder.set_aside())
        except OSError as error:
            log.warning("a journal stays where it is: %s", error)
            self.unreadable.append(folder.path)


def clear(folder: Path) -> None:
    """Delete every journal that no process has open. Raises OSError."""
    for path in folder.glob("*"):
        acquired = acquire(path)
        if acquired is not None:
            acquired.remove()


def not_protected(error: OSError) -> Sentence:
    """The sentence for the user when edits cannot be journaled."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Sentence(
            "The disk is full, so your text is not protected: save it on another disk, or make room."
        )
    return Sentence(
        "Your text is not protected ({reason}): save it now, and again while you write.",
        {"reason": os_reason(error)},
    )


def _remove(folder: JournalFolder) -> None:
    try:
        folder.remove()
    except OSError as error:
        log.warning("a journal is not deleted: %s", error.strerror)
