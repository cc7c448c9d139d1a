"""The one engine thread: a mailbox of one, where the newest request wins.

A request that arrives while another runs cancels it; the engine looks at that before every token.
The listener is called from the engine thread with frozen values only. No QObject is made, held or
dropped here, because Python's collector may free what this thread touched while it runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from writer.base.thread_priority import lower_thread_priority
from writer.engine.protocol import (
    Engine,
    EngineError,
    EngineFailed,
    EngineLoading,
    EngineReady,
    EngineTask,
    Listener,
    Request,
    RequestFinished,
    TaskResult,
    TokenProduced,
)
from writer.suggestions.context import Context

log = logging.getLogger(__name__)

Loader = Callable[[], Engine]


@dataclass(frozen=True, slots=True)
class _Load:
    """Replace the engine by what `loader` brings."""

    loader: Loader
    name: str


@dataclass(frozen=True, slots=True)
class _Tend:
    """Let the engine use the moment; nobody waits."""


@dataclass(frozen=True, slots=True)
class _Warm:
    """Compute the cache for a place where no suggestion is wanted yet."""

    context: Context


@dataclass(frozen=True, slots=True)
class _Rest:
    """Nobody has asked for long: give the engine's memory back."""


_Job = _Load | _Warm | _Tend | _Rest | EngineTask | Request


class Worker:
    """Runs an engine in a thread of its own.

    All methods may be called from any thread and return at once. A worker starts without an engine;
    a request that comes before one is loaded waits (only the newest).
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._condition = threading.Condition()
        self._request: Request | EngineTask | None = None
        self._later: EngineTask | None = None
        self._warm: _Warm | None = None
        self._load: _Load | None = None
        self._loaded: _Load | None = None
        self._idle_limit: float | None = None
        self._untended = False
        self._closing = False
        self._cancel = threading.Event()
        self._engine: Engine | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def load(self, loader: Loader, name: str) -> None:
        """Load another engine, as soon as the running request has been cancelled."""
        with self._condition:
            self._load = _Load(loader, name)
            self._cancel.set()
            self._condition.notify()

    def submit(self, request: Request | EngineTask) -> None:
        """Ask, or do an errand now. A waiting request is replaced, the running one cancelled."""
        with self._condition:
            dropped, self._request = self._request, request
            self._warm = None
            self._cancel.set()
            self._condition.notify()
        self._tell_dropped(dropped)

    def prefetch(self, context: Context) -> None:
        """Prepare the cache for `context`, unless something more urgent comes."""
        with self._condition:
            self._warm = _Warm(context)
            self._condition.notify()

    def later(self, task: EngineTask) -> None:
        """Do an errand when nothing else is wanted; a newer one replaces it."""
        with self._condition:
            dropped, self._later = self._later, task
            self._condition.notify()
        self._tell_dropped(dropped)

    def cancel(self) -> None:
        """Forget the waiting request and stop the running one."""
        with self._condition:
            dropped, self._request = self._request, None
            self._warm = None
            self._cancel.set()
        self._tell_dropped(dropped)

    def rest_after(self, seconds: float | None) -> None:
        """Give the engine's memory back after so long without a request; the next one loads it again."""
        with self._condition:
            self._idle_limit = seconds
            self._condition.notify()

    def close(self, timeout: float = 5.0) -> None:
        """Stop the thread and give the engine's memory back."""
        with self._condition:
            self._closing = True
            self._cancel.set()
            self._condition.notify()
        self._thread.join(timeout)

    def _tell_dropped(self, job: Request | EngineTask | None) -> None:
        if isinstance(job, EngineTask):
            self._listener(TaskResult(job.id, None))

    def _next(self) -> _Job | None:
        """The most urgent job, waiting for one where there is none; None at the end."""
        with self._condition:
            while not self._closing:
                job = self._take()
                if job is not None:
                    self._cancel.clear()
                    return job
                limit = self._idle_limit if self._engine is not None else None
                if not self._condition.wait(limit) and not self._closing:
                    return _Rest()
            return None

    def _take(self) -> _Job | None:
        job: _Job | None = None
        if self._load is not None:
            job, self._load = self._load, None
        elif self._engine is None:
            return self._loaded if self._request is not None else None
        elif self._request is not None:
            job, self._request = self._request, None
        elif self._warm is not None:
            job, self._warm = self._warm, None
        elif self._later is not None:
            job, self._later = self._later, None
        elif self._untended:
            job, self._untended = _Tend(), False
        return job

    def _run(self) -> None:
        lower_thread_priority()
        while (job := self._next()) is not None:
            try:
                if isinstance(job, _Load):
                    self._replace_engine(job)
                elif isinstance(job, _Warm):
                    self._prepare(job)
                elif isinstance(job, _Tend):
                    self._tend()
                elif isinstance(job, _Rest):
                    self._drop_engine()
                elif isinstance(job, EngineTask):
                    self._do(job)
                else:
                    self._answer(job)
            except EngineError as error:
                self._fail(str(error), job)
            except MemoryError:
                self._fail(
                    "There is not enough memory for this model. Choose a smaller one in Settings.", job
                )
            except Exception:
                log.exception("the engine failed")
                self._fail("The engine stopped on an internal error. Details are in the log.", job)
        self._drop_engine()

    def _fail(self, message: str, job: object) -> None:
        self._listener(EngineFailed(message, job.id if isinstance(job, (Request, EngineTask)) else 0))

    def _drop_engine(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _replace_engine(self, job: _Load) -> None:
        self._listener(EngineLoading(job.name))
        self._drop_engine()
        self._loaded = None
        engine = job.loader()
        self._engine, self._loaded = engine, job
        self._listener(EngineReady(engine.name, engine.device, engine.why))

    def _prepare(self, job: _Warm) -> None:
        assert self._engine is not None
        self._engine.prefetch(job.context, self._cancel.is_set)

    def _tend(self) -> None:
        assert self._engine is not None
        self._engine.prepare_idle(self._cancel.is_set)

    def _do(self, task: EngineTask) -> None:
        assert self._engine is not None
        value = task.work(self._engine, self._cancel.is_set)
        self._listener(TaskResult(task.id, None if self._cancel.is_set() else value))

    def _answer(self, request: Request) -> None:
        assert self._engine is not None
        for token in self._engine.continue_text(request.context, request.parameters, self._cancel.is_set):
            if self._cancel.is_set():
                break
            self._listener(TokenProduced(request.id, token))
        self._listener(RequestFinished(request.id, self._engine.report, self._cancel.is_set()))
        self._untended = True
