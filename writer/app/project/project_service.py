"""A service for a folder of texts, with threads of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from threading import Event
from typing import ParamSpec, TypeVar

from writer.app.project.listing import Listing, list_texts
from writer.base.errors import UserError
from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.documents.project.text_headings import TextHeading, read_headings
from writer.documents.project.text_replacement import replace_in_file
from writer.documents.project.text_search import SkippedText, TextHits, file_id, search_texts
from writer.documents.project.text_words import FolderWords, count_words
from writer.documents.text_file import ChangedOutsideError, FileVersion
from writer.text.search import Query

P = ParamSpec("P")
T = TypeVar("T")

BATCH_SECONDS = 0.05
"""The time for which matches are collected before they are shown."""

Found = tuple[TextHits | SkippedText, ...]


class ProjectService:
    """Lists, reads and searches the texts of a folder; a new list or search replaces the running one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pool = TaskPool(loop, "project", threads=3)
        self._stop_listing = Event()
        self._newest_list: asyncio.Task[Listing] | None = None
        self._searching = Event()
        self._counting = Event()
        self._words = FolderWords()

    async def list(self, folder: Path) -> Listing:
        """The texts in a folder; where a newer list is asked for meanwhile, that one.

        Raises CorpusError, and Cancelled when the service is closed.
        """
        self._stop_listing.set()
        stop = self._stop_listing = Event()
        task = self._newest_list = self._loop.create_task(self._pool.run(list_texts, folder, stop.is_set))
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # taken, if nobody waits
        while True:
            try:
                return await asyncio.shield(task)
            except Cancelled:
                if task is self._newest_list:
                    raise
                task = self._newest_list

    async def headings(self, path: Path) -> tuple[TextHeading, ...]:
        """The headings of a text. Raises OSError."""
        return await self._pool.run(read_headings, path)

    async def search(
        self, query: Query, listing: Listing, open_texts: Mapping[Path, str]
    ) -> AsyncIterator[Found]:
        """What is found in the texts of a list, as it is found; see `search_texts`.

        Raises SearchError. A search that another one replaces ends early.
        """
        self.stop_search()
        mine = self._searching = Event()
        results: asyncio.Queue[Found | UserError | None] = asyncio.Queue()

        def send(result: Found | UserError | None) -> None:
            self._loop.call_soon_threadsafe(results.put_nowait, result)

        def work() -> None:
            batch: list[TextHits | SkippedText] = []
            sent = time.monotonic()
            names = (name for name in listing.names if name in listing.readable)
            try:
                for found in search_texts(query, listing.folder, names, open_texts, mine.is_set):
                    batch.append(found)
                    if time.monotonic() - sent > BATCH_SECONDS:
                        send(tuple(batch))
                        batch, sent = [], time.monotonic()
                send(tuple(batch))
            except UserError as error:
                send(error)
            except Cancelled:
                pass
            finally:
                send(None)

        call = asyncio.ensure_future(self._pool.run(work))
        try:
            while (result := await results.get()) is not None:
                if isinstance(result, UserError):
                    raise result
                yield result
            await call
        finally:
            mine.set()

    def stop_search(self) -> None:
        """End the running search."""
        self._searching.set()

    async def words(self, listing: Listing, open_texts: Mapping[Path, str]) -> int:
        """The words of all texts of a list. Raises Cancelled where a newer count is asked for."""
        self._counting.set()
        mine = self._counting = Event()
        names = [name for name in listing.names if name in listing.readable]
        self._words = await self._pool.run(
            count_words, listing.folder, names, open_texts, self._words, mine.is_set
        )
        return self._words.words

    async def replace(
        self, path: Path, query: Query, replacement: str, known: FileVersion, open_paths: frozenset[Path]
    ) -> int:
        """Replace what a search found in a file; see `replace_in_file`.

        Raises ChangedOutsideError, too, where the file is one of `open_paths` now.
        """

        def work() -> int:
            if file_id(path) in {file_id(opened) for opened in open_paths}:
                raise ChangedOutsideError("{path} was opened meanwhile; nothing was replaced.", path=path)
            return replace_in_file(path, query, replacement, known)

        return await self._pool.run(work)

    async def run(self, work: Callable[P, T], *values: P.args, **named: P.kwargs) -> T:
        """The result of a change of files, in a thread."""
        return await self._pool.run(work, *values, **named)

    async def close(self) -> None:
        """Cancel what is running, and wait for its end."""
        self._stop_listing.set()
        self._counting.set()
        self.stop_search()
        await self._pool.close(cancel=True)
