"""An asyncio loop for a thread that blocks: coroutines with a deadline that can be cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from writer.base.progress import CancelCheck, Cancelled

T = TypeVar("T")

CLOSING_SECONDS = 1.0
"""The seconds that a cancelled coroutine has to end, and the time limit of a closing one."""


class DeadlineError(Exception):
    """A coroutine was not done before its deadline."""


class BlockingLoop:
    """A loop that runs only while a call waits. Used from one thread, in which no other loop runs.

    `poll` is the time in seconds between two checks for cancelling. `close` it.
    """

    def __init__(self, poll: float = 0.01) -> None:
        self._loop = _ResolvingLoop()
        self._poll = poll

    def wait(self, work: Coroutine[Any, Any, T], deadline: float, cancelled: CancelCheck) -> T:
        """The result of `work`, or what it raises. The deadline is a time of `time.monotonic`.

        Raises DeadlineError after it, and Cancelled once `cancelled()`, which is called at least once.
        """
        task = self._loop.create_task(work)
        try:
            while True:
                if cancelled():
                    raise Cancelled
                if (left := deadline - time.monotonic()) <= 0:
                    raise DeadlineError
                done, _ = self._loop.run_until_complete(asyncio.wait({task}, timeout=min(self._poll, left)))
                if done:
                    return task.result()
        finally:
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(asyncio.wait({task}, timeout=CLOSING_SECONDS))
            if task.done() and not task.cancelled():
                task.exception()  # else the loop logs it

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a closing coroutine for at most CLOSING_SECONDS. Raises what it raises, but no TimeoutError."""
        with contextlib.suppress(TimeoutError):
            self._loop.run_until_complete(asyncio.wait_for(work, CLOSING_SECONDS))

    def close(self) -> None:
        """Close the loop; a second call changes nothing."""
        if not self._loop.is_closed():
            self.finish(self._loop.shutdown_asyncgens())
            self._loop.close()


class _ResolvingLoop(asyncio.SelectorEventLoop):
    """A loop that resolves host names in daemon threads, so that a process can end during a lookup."""

    async def getaddrinfo(self, host: Any, port: Any, **named: Any) -> Any:
        """See `asyncio.loop.getaddrinfo`."""
        found: asyncio.Future[Any] = self.create_future()

        def set_result(result: Any, error: BaseException | None) -> None:
            if not found.done():
                found.set_exception(error) if error else found.set_result(result)

        def look_up() -> None:
            result, problem = None, None
            try:
                result = socket.getaddrinfo(host, port, **named)
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited
                problem = error
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                self.call_soon_threadsafe(set_result, result, problem)

        threading.Thread(target=look_up, name="host-names", daemon=True).start()
        return await found
