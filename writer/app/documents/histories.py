"""The histories of the saved texts: versions are kept in a thread of their own, behind the saves.

What writes and reads them is imported there, at the first use, so that no start waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from writer.base.errors import UserError
from writer.base.task_pool import TaskPool
from writer.base.typed_data import DamagedError
from writer.documents.text_format import TextFormat

if TYPE_CHECKING:
    from writer.documents.history.history_folder import History, HistoryFolder
    from writer.documents.history.replaced_file import ReplacedFile
    from writer.documents.history.version_file import SavedVersion, VersionText

log = logging.getLogger(__name__)

FOLDER_NAME = "histories"
"""The name of the folder below the data folder."""


class HistoryError(UserError):
    """A version cannot be read."""


class Histories:
    """The histories in `folder`. `enabled` returns whether versions are kept.

    What fails while a version is kept is logged, and nothing else: the text itself is saved.
    """

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop, enabled: Callable[[], bool]) -> None:
        self._folder = folder
        self._pool = TaskPool(loop, "histories")
        self._total: int | None = None
        """The bytes of all versions, None before they were counted."""
        self.enabled = enabled

    def keep(
        self, path: Path, text: str, form: TextFormat, replaced: ReplacedFile | None, source: Path | None
    ) -> None:
        """Keep a text that was saved to `path`, in the background.

        `replaced` is what the file held before, None where that is kept or there was none; `source` is the
        path that the text had before.
        """
        if self.enabled():
            self._pool.start(self._pool.run(self._keep, path, (text, form), _now(), replaced, source))

    def keep_replaced(self, path: Path, replaced: ReplacedFile) -> None:
        """Keep what a file held that was replaced without being open, in the background."""
        if self.enabled():
            self._pool.start(self._pool.run(self._keep, path, None, _now(), replaced, None))

    def move(self, source: Path, target: Path) -> None:
        """Let the histories of the files at or below a path follow them to another, in the background."""
        self._pool.start(self._pool.run(self._move, source, target))

    async def read(self, path: Path, content: VersionText | None) -> History:
        """The history of the file at `path`; empty where it cannot be read.

        `content` is the text in the file, by which its history is found after it was renamed elsewhere.
        """
        return await self._pool.run(self._read, path, content)

    async def text(self, version: SavedVersion) -> VersionText:
        """The text of a version. Raises HistoryError."""
        from writer.documents.history.version_file import read_text

        try:
            return await self._pool.run(read_text, version.path)
        except DamagedError as error:
            log.warning("a version cannot be read: %s", error)
            raise HistoryError("This version is damaged.") from error
        except OSError as error:
            log.warning("a version cannot be read: %s", error.strerror)
            raise HistoryError("This version is not there any more.") from error

    async def close(self) -> None:
        """Wait until all versions are kept."""
        await self._pool.close()

    # In the thread

    @cached_property
    def _histories(self) -> HistoryFolder:
        from writer.documents.history.history_folder import HistoryFolder

        return HistoryFolder(self._folder)

    def _keep(
        self,
        path: Path,
        saved: tuple[str, TextFormat] | None,
        now: int,
        replaced: ReplacedFile | None,
        source: Path | None,
    ) -> None:
        from writer.documents.history.thinning import MAX_TOTAL_BYTES
        from writer.documents.history.version_file import VersionText

        histories, added = self._histories, 0
        try:
            if source is not None and source != path:
                histories.share(source, path)
            before = replaced.decoded() if replaced is not None else None
            if before is not None and replaced is not None:
                histories.adopt(path, before)
                added += histories.keep(path, before, min(replaced.time, now - 1), again=False)
            if saved is not None:
                text, form = saved
                added += histories.keep(path, VersionText(text, form.stand_ins), now)
            histories.thin(path)
            if self._total is None or self._total + added > MAX_TOTAL_BYTES:
                self._total = histories.thin_all()
            else:
                self._total += added
        except OSError as error:
            log.warning("a version is not kept: %s", error.strerror)

    def _move(self, source: Path, target: Path) -> None:
        try:
            self._histories.move(source, target)
        except OSError as error:
            log.warning("a history does not follow its text: %s", error.strerror)

    def _read(self, path: Path, content: VersionText | None) -> History:
        from writer.documents.history.history_folder import History

        try:
            if content is not None:
                self._histories.adopt(path, content)
            return self._histories.read(path)
        except OSError as error:
            log.warning("a history cannot be read: %s", error.strerror)
            return History()


def _now() -> int:
    """The time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
