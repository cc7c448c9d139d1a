"""The journals of this process: new ones, and those taken over from processes that ended."""

from __future__ import annotations

import errno
import logging
import os
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from writer.base.errors import Sentence, os_reason
from writer.base.task_pool import TaskPool
from writer.documents.journal.journal import Journal, JournalStart
from writer.documents.journal.journal_folder import SET_ASIDE, JournalFolder, acquire, create
from writer.documents.journal.records import DocumentInfo
from writer.documents.journal.recovery import JournalError, RecoveredText, read_newest
from writer.documents.journal.sync_thread import SyncThread

log = logging.getLogger(__name__)

NAME = "journals"
"""The folder's name below the data folder."""


@dataclass(frozen=True, slots=True)
class OrphanedJournal:
    """A document that an earlier program left, and what was in it; the folder is ours now."""

    folder: JournalFolder
    kept: RecoveredText


class Journals(QObject):
    """The journals in `folder`. Files are read and written in `pool`, but for the edits themselves."""

    trouble = Signal(object)
    """A Sentence that says why the text is not protected; None when it is again."""

    def __init__(self, folder: Path, pool: TaskPool) -> None:
        super().__init__()
        self._folder = folder
        self._pool = pool
        self._syncer = SyncThread()
        self.unreadable: list[Path] = []
        """The folders of journals that could not be read; they are kept as they are."""

    def begin(self, info: DocumentInfo, base: str) -> Journal:
        """A journal for a document whose text is `base` now. OSError."""
        folder = create(self._folder / uuid.uuid4().hex)
        try:
            start = JournalStart(folder, info)
            start.write_log()
            journal = self._journal(start)
        except OSError:
            folder.release()
            raise
        journal.write_base(base)
        return journal

    async def left(self) -> list[OrphanedJournal]:
        """What programs that are gone left behind, in the order in which it was last written."""
        return await self._pool.run(self._take_all)

    async def resume(self, left: OrphanedJournal) -> Journal:
        """Go on with a journal that was left. OSError."""
        assert not left.kept.damaged  # of which nothing may be cut
        log_file = left.folder.log(left.kept.generation)
        await self._pool.run(os.truncate, log_file, left.kept.size)
        info = replace(left.kept.info, saved=False)
        journal = self._journal(JournalStart(left.folder, info, left.kept.generation, left.kept.view))
        journal.update_info(info)
        return journal

    async def set_aside(self, left: OrphanedJournal) -> Path:
        """Put a damaged journal out of the way, byte for byte; where it is then."""
        try:
            return await self._pool.run(left.folder.set_aside)
        except OSError as error:
            log.warning("a damaged journal stays where it is: %s", error)
            return left.folder.path

    def release(self, left: OrphanedJournal) -> None:
        """Let the next start have a journal that was left."""
        left.folder.release()

    async def forget(self, left: OrphanedJournal) -> None:
        """Delete a journal that was left."""
        await self._pool.run(_removed, left.folder)

    def refuse(self, error: OSError) -> None:
        """Tell that there is no journal."""
        self.trouble.emit(not_protected(error))

    def close(self) -> None:
        """Let everything reach the disk, and end."""
        self._syncer.close()

    def _journal(self, start: JournalStart) -> Journal:
        def on_error(error: OSError | None) -> None:
            self.trouble.emit(None if error is None else not_protected(error))

        return Journal(start, self._syncer, self._pool, on_error)

    def _take_all(self) -> list[OrphanedJournal]:
        paths = [path for path in self._folder.glob("*") if not path.name.startswith(SET_ASIDE)]
        found = (self._take(path) for path in sorted(paths))
        return sorted((left for left in found if left is not None), key=lambda left: left.kept.time)

    def _take(self, path: Path) -> OrphanedJournal | None:
        """What one journal holds; None where another program has it, or it cannot be read."""
        try:
            folder = acquire(path)
        except OSError as error:
            log.warning("a journal cannot be opened: %s", error)
            self.unreadable.append(path)
            return None
        if folder is None:
            return None
        try:
            return OrphanedJournal(folder, read_newest(folder))
        except JournalError as error:
            log.warning("a journal is set aside: %s", error)
            self._put_away(folder)
        except Exception:  # whatever it holds, the others come back
            log.exception("a journal cannot be read")
            folder.release()
            self.unreadable.append(folder.path)
        return None

    def _put_away(self, folder: JournalFolder) -> None:
        try:
            self.unreadable.append(folder.set_aside())
        except OSError as error:
            log.warning("a journal stays where it is: %s", error)
            self.unreadable.append(folder.path)


def clear(folder: Path) -> None:
    """Delete every journal that no program has open. OSError."""
    for path in folder.glob("*"):
        taken = acquire(path)
        if taken is not None:
            taken.remove()


def not_protected(error: OSError) -> Sentence:
    """What a person reads when edits cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Sentence(
            "The disk is full, so your text is not protected: save it on another disk, or make room."
        )
    return Sentence(
        "Your text is not protected ({reason}): save it now, and again while you write.",
        {"reason": os_reason(error)},
    )


def _removed(folder: JournalFolder) -> None:
    try:
        folder.remove()
    except OSError as error:
        log.warning("a journal is not deleted: %s", error.strerror)
