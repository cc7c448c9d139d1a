"""Searches in a thread of its own: a new search takes the place of the one before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

from writer.text.search import Matches, Query, Replacement, find_all, replace_all, replacement_at

T = TypeVar("T")


class SearchService:
    """Finds and replaces in texts that it is given; the window goes on meanwhile."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pool: ThreadPoolExecutor | None = None
        self._newest = Event()

    async def find(self, query: Query, text: str) -> Matches:
        """The matches; none where another search began meanwhile. Raises FindError."""
        self._newest.set()
        mine = self._newest = Event()
        return await self._run(lambda: find_all(query, text, mine.is_set))

    async def replace_one(
        self, query: Query, text: str, start: int, end: int, replacement: str
    ) -> str | None:
        """What takes the place of the match from `start` to `end`. Raises FindError."""
        return await self._run(lambda: replacement_at(query, text, start, end, replacement))

    async def replace_all(self, query: Query, text: str, replacement: str, cursor: int) -> Replacement | None:
        """What to put where; None where nothing matches. Raises FindError."""
        return await self._run(lambda: replace_all(query, text, replacement, cursor))

    def close(self) -> None:
        """Stop; waits for a search that runs, as long as a search may take."""
        self._newest.set()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="find")
        return await asyncio.wrap_future(self._pool.submit(work), loop=self._loop)
