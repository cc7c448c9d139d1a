"""A service for a folder of texts, with threads of its own; a new list replaces one that is being made."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event

from writer.app.project.listing import Listing, list_texts
from writer.base.task_pool import TaskPool
from writer.documents.project.text_headings import TextHeading, read_headings


class ProjectService:
    """Lists and reads the texts of a folder in threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pool = TaskPool(loop, "project", threads=2)
        self._newest = Event()

    async def list(self, folder: Path) -> Listing:
        """The texts in a folder. Raises CorpusError, and Cancelled where a newer list is asked for."""
        self._newest.set()
        mine = self._newest = Event()
        return await self._pool.run(list_texts, folder, mine.is_set)

    async def headings(self, path: Path) -> tuple[TextHeading, ...]:
        """The headings of a text. Raises OSError."""
        return await self._pool.run(read_headings, path)

    async def close(self) -> None:
        """Cancel what is running, and wait for its end."""
        self._newest.set()
        await self._pool.close(cancel=True)
