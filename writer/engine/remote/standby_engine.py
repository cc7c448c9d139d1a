"""A standby engine: loaded in the background when it may be needed, and unloaded when it loads quickly."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from writer.base.thread_priority import lower_thread_priority
from writer.engine.protocol import Engine, EngineError

log = logging.getLogger(__name__)

QUICK_LOAD_SECONDS = 0.6
"""Seconds within which an engine must load to be unloaded while it is not needed."""


class StandbyEngine:
    """An engine that is loaded in a thread of its own and used in the thread that calls `engine`.

    `quick_load` is in seconds.
    """

    def __init__(self, load: Callable[[], Engine], quick_load: float = QUICK_LOAD_SECONDS) -> None:
        self._load = load
        self._quick_load = quick_load
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None
        self._error: EngineError | None = None
        self._load_seconds: float | None = None
        """Seconds that loading takes once the graph is built; None while that is not measured."""
        self._closing = False

    def start_loading(self) -> None:
        """Start loading the engine in the background where it is not loaded."""
        if not self._is_loading() and self._engine is None:
            self._start(self._load_engine)

    def engine(self) -> Engine:
        """The engine; waits until it is loaded.

        Raises EngineError where loading failed; the next call tries again.
        """
        self.start_loading()
        self._join()
        if self._engine is None:  # unloaded meanwhile
            self._load_engine()
        if self._engine is None:
            raise self._error or EngineError("The model of this machine could not be loaded; see the log.")
        return self._engine

    def release(self) -> None:
        """Unload the engine if loading it is quick. The first call measures that in the background."""
        if self._is_loading():
            return
        if self._load_seconds is None:
            self._start(self._measure_load_time)
        elif self._load_seconds <= self._quick_load:
            self._close_engine()

    def close(self) -> None:
        """Wait for a running load and free the memory."""
        self._closing = True
        self._join()
        self._close_engine()

    def _is_loading(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            lower_thread_priority()
            work()

        self._thread = threading.Thread(target=run, name="standby", daemon=True)
        self._thread.start()

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _measure_load_time(self) -> None:
        """Load the engine, which may build its graph, and measure how long loading takes from then on."""
        for _ in range(2):  # the first time may build the graph
            self._close_engine()
            began = time.perf_counter()
            self._load_engine()
            self._load_seconds = time.perf_counter() - began
            if self._load_seconds <= self._quick_load or self._closing:
                break
        log.info("the model of this machine is loaded in %.2f s", self._load_seconds or 0.0)
        if self._engine is not None and (self._load_seconds or 0.0) <= self._quick_load:
            self._close_engine()

    def _load_engine(self) -> None:
        self._error = None
        try:
            self._engine = self._load()
        except EngineError as error:
            self._error = error
        except Exception:
            log.exception("the model of this machine could not be loaded")

    def _close_engine(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
