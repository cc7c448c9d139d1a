"""A search service with a thread of its own; a new search replaces the running one."""

from __future__ import annotations

import asyncio
from threading import Event

from writer.base.task_pool import TaskPool
from writer.text.search import Matches, Query, Replacement, find_all, replace_all, replacement_at


class SearchService:
    """Search and replacement in a thread; texts are passed in, and the window stays responsive."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = TaskPool(loop, "search")
        self._newest = Event()

    async def find(self, query: Query, text: str) -> Matches:
        """The matches; none where a newer search cancelled this one. Raises SearchError."""
        self._newest.set()
        mine = self._newest = Event()
        return await self._pool.run(find_all, query, text, mine.is_set)

    async def replace_one(
        self, query: Query, text: str, start: int, end: int, replacement: str
    ) -> str | None:
        """The replacement of the match from `start` to `end`, None where it is none. Raises SearchError."""
        return await self._pool.run(replacement_at, query, text, start, end, replacement)

    async def replace_all(self, query: Query, text: str, replacement: str, cursor: int) -> Replacement | None:
        """The replacement of all matches; None where there are none. Raises SearchError."""
        return await self._pool.run(replace_all, query, text, replacement, cursor)

    async def close(self) -> None:
        """Cancel the running search and wait for its end."""
        self._newest.set()
        await self._pool.close()
