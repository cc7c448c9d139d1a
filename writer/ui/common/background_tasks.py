"""What a part of the window does beside typing: flows on the loop and work in a thread, given up together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class BackgroundTasks:
    """The flows and the thread of one part of the window; `name` is the thread's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str = "") -> None:
        self._loop = loop
        self._name = name
        self._pool: ThreadPoolExecutor | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def __bool__(self) -> bool:
        """Whether a flow is under way."""
        return bool(self._tasks)

    def start(self, flow: Coroutine[object, object, None]) -> None:
        """Let a flow run."""
        task = self._loop.create_task(flow)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives, in the one thread that is made for it."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        return await asyncio.wrap_future(self._pool.submit(work), loop=self._loop)

    async def close(self) -> None:
        """Give up everything, and wait until it is."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
