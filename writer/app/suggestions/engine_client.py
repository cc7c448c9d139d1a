"""The client of the engine's thread: sends requests, and receives tokens and results in the loop's thread.

The engine's thread puts events into a queue and wakes the loop once for all that wait there; it uses nothing
of Qt.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar, cast

from writer.engine.engine_state import EngineFailed, EngineLoading, EngineReady
from writer.engine.protocol import (
    Engine,
    EngineError,
    EngineEvent,
    EngineStats,
    EngineTask,
    Parameters,
    Request,
    RequestFinished,
    TaskResult,
    Token,
    TokenProduced,
)
from writer.engine.worker import Loader, Worker
from writer.suggestions.context import Context

EngineState = EngineLoading | EngineReady | EngineFailed

T = TypeVar("T")

EngineWork = Callable[[Engine, Callable[[], bool]], T]
"""A call in the engine's thread, with the engine and a function that returns True once it is cancelled."""


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """The tokens that arrived since the previous batch; `stats` is set on the last batch."""

    tokens: tuple[Token, ...]
    stats: EngineStats | None = None


class EngineClient:
    """The owner of the engine's worker thread. Used from the loop's thread only.

    `on_state` is called in the loop's thread with each state of the engine: loading, ready, failed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_state: Callable[[EngineState], None]) -> None:
        self._loop = loop
        self._on_state = on_state
        self._events: deque[EngineEvent] = deque()
        self._scheduled = False
        self._ids = count(1)
        self._last_id = 0
        self._tasks: dict[int, asyncio.Future[object]] = {}
        self._current: _EventQueue | None = None
        self._worker = Worker(self._post)

    def load(self, loader: Loader, name: str) -> None:
        """Replace the engine by what `loader` returns in the engine's thread; `name` is the model's."""
        self._worker.load(loader, name)

    def unload_after(self, seconds: float | None) -> None:
        """Unload the engine after so many seconds without a request; None keeps it loaded."""
        self._worker.unload_after(seconds)

    def prefetch(self, context: Context) -> None:
        """Fill the prefix cache for a request about `context` that is expected."""
        self._worker.prefetch(context)

    async def ask(self, context: Context, parameters: Parameters) -> AsyncGenerator[TokenBatch, None]:
        """The answer to one request, in batches. A newer request ends it without another batch.

        Raises EngineError with a sentence for the user. Closing the iterator cancels the request.
        """
        self._last_id = next(self._ids)
        request = Request(self._last_id, context, parameters)
        queue = self._current = _EventQueue(self._loop)
        self._worker.submit(request)
        done = False
        try:
            while not done:
                batch, done = _collect(await queue.get_all())
                yield batch
        finally:
            if self._current is queue:
                self._current = None
                if not done:
                    self._worker.cancel()

    async def run_in_engine(self, work: EngineWork[T], urgent: bool = True) -> T | None:
        """The result of `work` in the engine's thread; None where a more urgent request replaced it.

        Urgent work cancels the running request, as a newer request does; other work waits until the engine is
        idle. Raises EngineError with a sentence for the user.
        """
        task = EngineTask(next(self._ids), work)
        future = self._tasks[task.id] = self._loop.create_future()
        try:
            if urgent:
                self._current = None
                self._worker.submit(task)
            else:
                self._worker.submit_idle(task)
            return cast("T | None", await future)
        finally:
            del self._tasks[task.id]

    def announce(self, state: EngineReady) -> None:
        """Pass on that another engine answers from now on. Called in the engine's thread."""
        self._post(state)

    def close(self) -> None:
        """Stop the engine's thread."""
        self._worker.close()

    def _post(self, event: EngineEvent) -> None:
        """Queue an event for the loop's thread. Called in the engine's thread."""
        self._events.append(event)
        if not self._scheduled:
            self._scheduled = True
            with contextlib.suppress(RuntimeError):  # the loop was closed before the thread
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._scheduled = False
        while self._events:
            event = self._events.popleft()
            request = getattr(event, "request", 0)
            if isinstance(event, TaskResult) or request in self._tasks:
                self._resolve(event)
            elif isinstance(event, (EngineLoading, EngineReady)) or (
                isinstance(event, EngineFailed) and not request
            ):
                self._on_state(event)
            elif request == self._last_id and self._current is not None:
                self._current.put(event)

    def _resolve(self, event: EngineEvent) -> None:
        """Set the result or the EngineError of the future that waits for a task."""
        if isinstance(event, TaskResult):
            future, value = self._tasks.get(event.task), event.value
        else:
            assert isinstance(event, EngineFailed)
            future, value = self._tasks.get(event.request), EngineError(event.message)
        if future is None or future.done():
            return
        if isinstance(value, EngineError):
            future.set_exception(value)
        else:
            future.set_result(value)


class _EventQueue:
    """A queue of the events of one answer, for one consumer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[EngineEvent] = []
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: EngineEvent) -> None:
        """Add an event and wake the consumer."""
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get_all(self) -> list[EngineEvent]:
        """All queued events, at least one; waits for the first."""
        if not self._events:
            self._waiter = self._loop.create_future()
            await self._waiter
        events, self._events = self._events, []
        return events


def _collect(events: list[EngineEvent]) -> tuple[TokenBatch, bool]:
    """The events as a batch, and whether it is the last one. Raises EngineError where the engine failed."""
    tokens = tuple(event.token for event in events if isinstance(event, TokenProduced))
    for event in events:
        if isinstance(event, EngineFailed):
            raise EngineError(event.message)
        if isinstance(event, RequestFinished):
            return TokenBatch(tokens, event.stats), True
    return TokenBatch(tokens), False
