"""A search service with a thread of its own; a new search replaces the running one."""

from __future__ import annotations

import asyncio
from threading import Event

from writer.base.task_pool import TaskPool
from writer.text.search import Matches, Query, Replacement, find_all, replace_all, replacement_at


class SearchService:
    """Finds and replaces in texts that it is given; the window goes on meanwhile."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = TaskPool(loop, "search")
        self._newest = Event()

    async def find(self, query: Query, text: str) -> Matches:
        """The matches; none where another search began meanwhile. Raises SearchError."""
        self._newest.set()
        mine = self._newest = Event()
        return await self._pool.run(find_all, query, text, mine.is_set)

    async def replace_one(
        self, query: Query, text: str, start: int, end: int, replacement: str
    ) -> str | None:
        """What takes the place of the match from `start` to `end`. Raises SearchError."""
        return await self._pool.run(replacement_at, query, text, start, end, replacement)

    async def replace_all(self, query: Query, text: str, replacement: str, cursor: int) -> Replacement | None:
        """What to put where; None where nothing matches. Raises SearchError."""
        return await self._pool.run(replace_all, query, text, replacement, cursor)

    async def close(self) -> None:
        """Stop; waits for a search that runs, as long as a search may take."""
        self._newest.set()
        await self._pool.close()
