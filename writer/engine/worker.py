"""The worker thread that runs the engine, with a mailbox of one request: the newest replaces the others.

A new request cancels the running one; the engine checks that before every token. The listener is called from
the worker's thread with frozen values only. No QObject is created, held or released here, because Python's
garbage collector could free it in this thread.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from writer.base.errors import Message
from writer.base.thread_priority import lower_thread_priority
from writer.engine.engine_state import EngineFailed, EngineLoading, EngineReady
from writer.engine.memory_errors import is_out_of_memory
from writer.engine.protocol import (
    Engine,
    EngineError,
    EngineTask,
    Listener,
    ReplacesServer,
    Request,
    RequestFinished,
    TaskResult,
    TokenProduced,
)
from writer.suggestions.context import Context

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.3
"""Seconds without a job before the engine prepares itself: reading ahead would keep the next key waiting."""

Loader = Callable[[], Engine]


@dataclass(frozen=True, slots=True)
class _Load:
    """Replace the engine by the one that `loader` returns."""

    loader: Loader
    name: str


@dataclass(frozen=True, slots=True)
class _PrepareIdle:
    """Let the engine prepare for coming requests."""


@dataclass(frozen=True, slots=True)
class _Prefetch:
    """Fill the prefix cache for an expected request."""

    context: Context


@dataclass(frozen=True, slots=True)
class _Unload:
    """Free the engine's memory after the idle limit."""


_Job = _Load | _Prefetch | _PrepareIdle | _Unload | EngineTask | Request


class Worker:
    """Runs an engine in its own thread.

    All methods can be called from any thread; all but `close` return at once. A worker starts without an
    engine; the newest request waits until one is loaded.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._condition = threading.Condition()
        self._request: Request | EngineTask | None = None
        self._idle_task: EngineTask | None = None
        self._prefetch: _Prefetch | None = None
        self._load: _Load | None = None
        self._loaded: _Load | None = None
        self._idle_limit: float | None = None
        self._needs_preparation = False
        self._closing = False
        self._cancel = threading.Event()
        self._engine: Engine | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def load(self, loader: Loader, name: str) -> None:
        """Load another engine; the running request is cancelled."""
        with self._condition:
            self._load = _Load(loader, name)
            self._cancel.set()
            self._condition.notify()

    def submit(self, request: Request | EngineTask) -> None:
        """Run a request or a task now. A waiting one is replaced, the running one is cancelled."""
        with self._condition:
            dropped, self._request = self._request, request
            self._prefetch = None
            self._cancel.set()
            self._condition.notify()
        self._report_dropped(dropped)

    def prefetch(self, context: Context) -> None:
        """Fill the prefix cache for `context` when no request waits; a newer prefetch replaces it."""
        with self._condition:
            self._prefetch = _Prefetch(context)
            self._condition.notify()

    def submit_idle(self, task: EngineTask) -> None:
        """Run a task when nothing else waits; a newer one replaces it."""
        with self._condition:
            dropped, self._idle_task = self._idle_task, task
            self._condition.notify()
        self._report_dropped(dropped)

    def cancel(self) -> None:
        """Drop the waiting request and cancel the running one."""
        with self._condition:
            dropped, self._request = self._request, None
            self._prefetch = None
            self._cancel.set()
        self._report_dropped(dropped)

    def unload_after(self, seconds: float | None) -> None:
        """Free the engine's memory after `seconds` without a request; the next one loads it again.

        None never does.
        """
        with self._condition:
            self._idle_limit = seconds
            self._condition.notify()

    def close(self, timeout: float = 5.0) -> None:
        """Stop the thread and free the engine's memory; waits up to `timeout` seconds."""
        with self._condition:
            self._closing = True
            self._cancel.set()
            self._condition.notify()
        self._thread.join(timeout)

    def _report_dropped(self, job: Request | EngineTask | None) -> None:
        if isinstance(job, EngineTask):
            self._listener(TaskResult(job.id, None))

    def _next_job(self) -> _Job | None:
        """The most urgent job; waits for one where there is none. None once the worker is closing."""
        quiet = False
        with self._condition:
            while not self._closing:
                job = self._take_job(quiet)
                if job is not None:
                    self._cancel.clear()
                    return job
                limit = self._idle_limit if self._engine is not None else None
                quiet = not self._condition.wait(PAUSE_SECONDS if self._needs_preparation else limit)
            return None

    def _take_job(self, quiet: bool) -> _Job | None:
        """The most urgent job; what can wait for a pause only where it was `quiet` for some time."""
        job: _Job | None = None
        if self._load is not None:
            job, self._load = self._load, None
        elif self._engine is None:
            return self._loaded if self._request is not None else None
        elif self._request is not None:
            job, self._request = self._request, None
        elif self._prefetch is not None:
            job, self._prefetch = self._prefetch, None
        elif self._idle_task is not None:
            job, self._idle_task = self._idle_task, None
        elif quiet and self._needs_preparation:
            job, self._needs_preparation = _PrepareIdle(), False
        elif quiet:
            job = _Unload()
        return job

    def _run(self) -> None:
        lower_thread_priority()
        while (job := self._next_job()) is not None:
            try:
                if isinstance(job, _Load):
                    self._replace_engine(job)
                elif isinstance(job, _Prefetch):
                    self._run_prefetch(job)
                elif isinstance(job, _PrepareIdle):
                    self._prepare_idle()
                elif isinstance(job, _Unload):
                    self._drop_engine()
                elif isinstance(job, EngineTask):
                    self._run_task(job)
                else:
                    self._answer(job)
            except BaseException as error:  # noqa: BLE001 - panics of Rust libraries, too: the thread lives on
                self._fail(error, job)
        self._drop_engine()

    def _fail(self, error: BaseException, job: _Job) -> None:
        """Tell a failure; one while the engine prepares itself is left to the request that meets it, too."""
        message = _failure_sentence(error)
        if isinstance(job, (_Prefetch, _PrepareIdle)):
            log.info("the engine prepared nothing: %s", type(error).__name__)
        else:
            self._listener(EngineFailed(message, job.id if isinstance(job, (Request, EngineTask)) else 0))

    def _drop_engine(self) -> None:
        self._needs_preparation = False
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _replace_engine(self, job: _Load) -> None:
        self._listener(EngineLoading(job.name))
        self._drop_engine()
        self._loaded = None
        engine = job.loader()
        self._engine, self._loaded = engine, job
        trouble = engine.trouble if isinstance(engine, ReplacesServer) else ""
        self._listener(EngineReady(engine.name, engine.device, engine.why, engine.slow, trouble))

    def _run_prefetch(self, job: _Prefetch) -> None:
        assert self._engine is not None
        self._engine.prefetch(job.context, self._cancel.is_set)

    def _prepare_idle(self) -> None:
        assert self._engine is not None
        self._engine.prepare_idle(self._cancel.is_set)

    def _run_task(self, task: EngineTask) -> None:
        assert self._engine is not None
        value = task.work(self._engine, self._cancel.is_set)
        self._listener(TaskResult(task.id, None if self._cancel.is_set() else value))

    def _answer(self, request: Request) -> None:
        assert self._engine is not None
        for token in self._engine.continue_text(request.context, request.parameters, self._cancel.is_set):
            if self._cancel.is_set():
                break
            self._listener(TokenProduced(request.id, token))
        self._listener(RequestFinished(request.id, self._engine.stats, self._cancel.is_set()))
        self._needs_preparation = True


def _failure_sentence(error: BaseException) -> Message:
    """The sentence for an error of the engine; what nobody expected is logged."""
    if isinstance(error, EngineError):
        return error.sentence
    if is_out_of_memory(error):
        return "There is not enough memory for this model. Choose a smaller one in Settings."
    _log_failure(error)
    return "The engine stopped on an internal error. Details are in the log."


def _log_failure(error: BaseException) -> None:
    """Log an error with its place, and its message unless it is a panic, which may quote the text."""
    if isinstance(error, Exception):
        log.error("the engine failed", exc_info=error)
    else:
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("the engine failed: %s\n%s", type(error).__name__, frames)
