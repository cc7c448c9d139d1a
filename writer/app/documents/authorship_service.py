"""The records of authorship on the disk, for the window: read and written in a pool's threads.

What fails is logged, and nothing else: it costs the record, never the text.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from writer.app.documents.document import Document
from writer.app.documents.journals import Journals
from writer.base.task_pool import TaskPool
from writer.documents.authorship.batches import Outcome
from writer.documents.authorship.edit_log import EditLog, Mark
from writer.documents.authorship.record_folder import RecordFolder, RecoveredPlace
from writer.documents.authorship.tracked_text import Authorship, imported
from writer.documents.authorship.unit_text import UnitText, units

log = logging.getLogger(__name__)

FOLDER_NAME = "authorship"
"""The name of the folder below the data folder."""

SYNC_SECONDS = 1.0
"""The longest time that an origin is only in the system's memory, in seconds."""


class AuthorshipService(QObject):
    """The records in `folder`; `journals` are those of the open texts. `clock` gives seconds since 1970."""

    judged = Signal(object)
    """An Outcome: how much of what was taken from suggestions is still there."""

    def __init__(
        self,
        folder: Path,
        journals: Journals,
        pool: TaskPool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._folder = RecordFolder(folder)
        self._journals = journals
        self._pool = pool
        self.clock = clock

    async def load(
        self, document: Document, text: str, growth: int, was_in_file: bool
    ) -> tuple[Authorship, UnitText]:
        """The origins of the text that a document had when it was opened, and the present text in units.

        `growth` is the length in UTF-16 units that it has gained since; `was_in_file` tells whether it was
        the text of its file.
        """
        place = document.recovered_from
        recovered = RecoveredPlace(place[0], Mark(*place[1:])) if place is not None else None
        digest = document.digest if was_in_file else ""
        return await self._pool.run(self._load, digest, recovered, text, growth)

    def begin_log(self, name: str, authorship: Authorship, mark: Mark) -> EditLog | None:
        """A log for the journal with this name; None where it cannot be written."""
        try:
            return EditLog(self._folder.log_path(name), name, authorship, mark)
        except (OSError, ValueError) as error:
            log.warning("no log of authorship: %s", error)
            return None

    def sync_later(self, edit_log: EditLog) -> None:
        """Sync a log to the disk, soon and once for several calls."""
        self._journals.sync_later(edit_log.sync_quietly, SYNC_SECONDS)

    def end_log(self, edit_log: EditLog, delete: bool) -> None:
        """Close a log. It is deleted at once, as the next one may have the same name."""
        edit_log.close()
        if delete:
            self._delete_log(edit_log.name)

    def write(self, digest: str, authorship: Authorship, outdated: str = "") -> None:
        """Write the record of a file with this content, in place of the one with `outdated` content."""
        self._pool.start(self._pool.run(self._write, digest, authorship, outdated))

    def report(self, outcomes: list[Outcome]) -> None:
        """Emit what became of what was taken."""
        for outcome in outcomes:
            self.judged.emit(outcome)

    def prune(self) -> None:
        """Delete what belongs to no text any more, in the background."""
        self._pool.start(self._pool.run(self._prune))

    def _delete_log(self, name: str) -> None:
        try:
            self._folder.log_path(name).unlink(missing_ok=True)
        except OSError as error:
            log.warning("a log of authorship is not deleted: %s", error.strerror)

    # In the pool

    def _load(
        self, digest: str, recovered: RecoveredPlace | None, text: str, growth: int
    ) -> tuple[Authorship, UnitText]:
        content = units(text)
        length = len(content) - growth
        try:
            found = self._folder.read(digest, length, recovered)
        except (OSError, ValueError) as error:
            log.warning("a record of authorship cannot be read: %s", error)
            found = None
        return found or imported(length), UnitText(content)

    def _write(self, digest: str, authorship: Authorship, outdated: str) -> None:
        try:
            self._folder.write(digest, authorship)
            if outdated and outdated != digest:
                self._folder.delete(outdated)
        except (OSError, ValueError) as error:
            log.warning("a record of authorship is not written: %s", error)

    def _prune(self) -> None:
        try:
            self._folder.prune(self._journals.folder)
        except OSError as error:
            log.warning("records of authorship are not pruned: %s", error.strerror)
