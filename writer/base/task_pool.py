"""A few threads for what waits on the disk, awaited on the window's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class TaskPool:
    """`threads` threads that end with `close`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, threads: int = 2) -> None:
        self._loop = loop
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pool")

    async def run(self, work: Callable[P, T], *values: P.args, **named: P.kwargs) -> T:
        """What `work` gives, or raises."""
        return await asyncio.wrap_future(self._threads.submit(work, *values, **named), loop=self._loop)

    def do(self, work: Callable[P, object], *values: P.args, **named: P.kwargs) -> None:
        """Let `work` be done, which tells by itself what fails."""
        self._threads.submit(work, *values, **named)

    def start(self, flow: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Let a coroutine run on the loop."""
        return self._loop.create_task(flow)

    def close(self) -> None:
        """Wait for what is being done."""
        self._threads.shutdown()
