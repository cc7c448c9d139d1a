"""The client of the engine's thread: requests go down, tokens and results come up through the loop.

Events arrive in the engine's thread. They are put into a queue there, and the loop is woken once for
as many as came meanwhile; nothing of Qt is touched by that thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar, cast

from writer.engine.protocol import (
    Engine,
    EngineError,
    EngineEvent,
    EngineFailed,
    EngineLoading,
    EngineReady,
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
"""What an errand does in the engine's thread, with the engine, as long as it is not cancelled."""


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """The tokens that came since the batch before; `stats` is there when they were the last."""

    tokens: tuple[Token, ...]
    stats: EngineStats | None = None


class EngineClient:
    """Owns the engine's thread. Used from the loop's thread only.

    `on_state` hears what becomes of the engine: loading, ready, failed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, on_state: Callable[[EngineState], None]) -> None:
        self._loop = loop
        self._on_state = on_state
        self._arrived: deque[EngineEvent] = deque()
        self._woken = False
        self._ids = count(1)
        self._last_id = 0
        self._tasks: dict[int, asyncio.Future[object]] = {}
        self._open: _Inbox | None = None
        self._worker = Worker(self._post)

    def load(self, loader: Loader, name: str) -> None:
        """Let the engine's thread replace its engine by what `loader` brings."""
        self._worker.load(loader, name)

    def unload_after(self, seconds: float | None) -> None:
        """Give the engine's memory back after so long without a question; None never does."""
        self._worker.unload_after(seconds)

    def prefetch(self, context: Context) -> None:
        """Prepare for a question about `context` that nobody has asked yet."""
        self._worker.prefetch(context)

    async def ask(self, context: Context, parameters: Parameters) -> AsyncGenerator[TokenBatch, None]:
        """Yield the answer as it comes. A newer question ends this one without another batch.

        Raises EngineError with a sentence for the user. Close the iterator to stop the engine.
        """
        self._last_id = next(self._ids)
        request = Request(self._last_id, context, parameters)
        inbox = self._open = _Inbox(self._loop)
        self._worker.submit(request)
        done = False
        try:
            while not done:
                batch, done = _collect(await inbox.take())
                yield batch
        finally:
            if self._open is inbox:
                self._open = None
                if not done:
                    self._worker.cancel()

    async def run_in_engine(self, work: EngineWork[T], urgent: bool = True) -> T | None:
        """What `work` finds with the engine; None where something more urgent came.

        Urgent work ends the running question, as a newer question would; other work waits until nothing
        else is wanted. Raises EngineError with a sentence for the user.
        """
        task = EngineTask(next(self._ids), work)
        future = self._tasks[task.id] = self._loop.create_future()
        try:
            if urgent:
                self._open = None
                self._worker.submit(task)
            else:
                self._worker.submit_idle(task)
            return cast("T | None", await future)
        finally:
            del self._tasks[task.id]

    def announce(self, state: EngineReady) -> None:
        """Another model answers from now on. Called in the engine's thread."""
        self._post(state)

    def close(self) -> None:
        """Stop the engine's thread."""
        self._worker.close()

    def _post(self, event: EngineEvent) -> None:
        """Called in the engine's thread."""
        self._arrived.append(event)
        if not self._woken:
            self._woken = True
            with contextlib.suppress(RuntimeError):  # the loop was closed before the thread
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        self._woken = False
        while self._arrived:
            event = self._arrived.popleft()
            request = getattr(event, "request", 0)
            if isinstance(event, TaskResult) or request in self._tasks:
                self._resolve(event)
            elif isinstance(event, (EngineLoading, EngineReady)) or (
                isinstance(event, EngineFailed) and not request
            ):
                self._on_state(event)
            elif request == self._last_id and self._open is not None:
                self._open.put(event)

    def _resolve(self, event: EngineEvent) -> None:
        """Give an errand's result to who waits for it."""
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


class _Inbox:
    """The events of one answer that were not taken yet."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[EngineEvent] = []
        self._waiter: asyncio.Future[None] | None = None

    def put(self, event: EngineEvent) -> None:
        """Add an event, and wake who waits for it."""
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def take(self) -> list[EngineEvent]:
        """All events that are there, at least one; waits for it."""
        if not self._events:
            self._waiter = self._loop.create_future()
            await self._waiter
        events, self._events = self._events, []
        return events


def _collect(events: list[EngineEvent]) -> tuple[TokenBatch, bool]:
    """The events as a batch, and whether it is the last. EngineError where the engine failed."""
    tokens = tuple(event.token for event in events if isinstance(event, TokenProduced))
    for event in events:
        if isinstance(event, EngineFailed):
            raise EngineError(event.message)
        if isinstance(event, RequestFinished):
            return TokenBatch(tokens, event.stats), True
    return TokenBatch(tokens), False
