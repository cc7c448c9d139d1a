"""A pool of threads for blocking calls, and of coroutines on the loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from writer.base.progress import Cancelled

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class TaskPool:
    """A pool of up to `threads` threads and of the coroutines that use them. Used from the thread of `loop`.

    Threads start at the first call and end with `close`. `name` is that of the threads, and is logged with
    failures that nobody awaits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, name: str, threads: int = 1) -> None:
        self._loop = loop
        self._name = name
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._calls: set[Future[Any]] = set()
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a started coroutine is running."""
        return bool(self._tasks)

    async def run(self, work: Callable[P, T], *values: P.args, **named: P.kwargs) -> T:
        """The result of the blocking call `work(…)` in one of the threads, or its exception.

        Where the awaiting task is cancelled, a call that has not begun is dropped; one that has begun goes
        on, and its failure is logged. Raises RuntimeError after `close`.
        """
        call = self._threads.submit(work, *values, **named)
        self._calls = {known for known in self._calls if not known.done()} | {call}
        return await self._result(call)

    async def run_daemon(self, work: Callable[P, T], *values: P.args, **named: P.kwargs) -> T:
        """As `run`, but in a daemon thread: neither `close` nor the end of the process waits for the call."""
        call: Future[T] = Future()
        call.set_running_or_notify_cancel()

        def attempt() -> None:
            try:
                call.set_result(work(*values, **named))
            except BaseException as error:  # noqa: BLE001 - raised where it is awaited, or logged
                call.set_exception(error)

        threading.Thread(target=attempt, name=self._name, daemon=True).start()
        return await self._result(call)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run a coroutine on the loop; its failure is logged. After `close` it is cancelled at once.

        A blocking call that nobody awaits is `start(run(…))`.
        """
        if self._closed:
            coroutine.close()
            cancelled: asyncio.Future[T] = self._loop.create_future()
            cancelled.cancel()
            return cancelled
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, *, cancel: bool = False) -> None:
        """Wait until all started work is done, and end the threads; the loop keeps running.

        With `cancel` the coroutines are cancelled, and only blocking calls that have begun are awaited.
        Idempotent.
        """
        self._closed = True
        tasks = tuple(self._tasks)
        if cancel:
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        calls = [asyncio.wrap_future(call, loop=self._loop) for call in self._calls]
        await asyncio.gather(*calls, return_exceptions=True)
        self._threads.shutdown()

    async def _result(self, call: Future[T]) -> T:
        try:
            return await asyncio.wrap_future(call, loop=self._loop)
        except asyncio.CancelledError:
            call.add_done_callback(self._log_abandoned)
            raise

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task of %s failed", self._name, exc_info=error)

    def _log_abandoned(self, call: Future[Any]) -> None:
        """Log the failure of a call that is no longer awaited."""
        error = None if call.cancelled() else call.exception()
        if error is not None and not isinstance(error, Cancelled):
            log.warning("an abandoned call of %s failed", self._name, exc_info=error)
