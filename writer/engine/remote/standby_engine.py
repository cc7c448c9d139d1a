"""The engine behind another one: at hand when it is needed, and holding memory only as long as it must."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from writer.base.thread_priority import lower_thread_priority
from writer.engine.protocol import Engine, EngineError

log = logging.getLogger(__name__)

QUICK = 0.6
"""Seconds: an engine that is loaded within them is given back between two times of need."""


class StandbyEngine:
    """An engine that is loaded in a thread of its own, and used only in the thread that asks for it."""

    def __init__(self, load: Callable[[], Engine], quick: float = QUICK) -> None:
        self._load = load
        self._quick = quick
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None
        self._error: EngineError | None = None
        self._seconds: float | None = None
        """How long loading takes once everything is prepared; None while that is unknown."""
        self._closing = False

    def begin(self) -> None:
        """Start loading, where the engine is not here."""
        if not self._at_work() and self._engine is None:
            self._start(self._bring)

    def engine(self) -> Engine:
        """The engine, once it is loaded. Raises EngineError where that failed; the next call tries anew."""
        self.begin()
        self._join()
        if self._engine is None:  # given back meanwhile
            self._bring()
        if self._engine is None:
            raise self._error or EngineError("The model of this machine could not be loaded; see the log.")
        return self._engine

    def rest(self) -> None:
        """Hold no memory, where the engine is quickly loaded again. The first time finds out how quickly."""
        if self._at_work():
            return
        if self._seconds is None:
            self._start(self._practise)
        elif self._seconds <= self._quick:
            self._drop()

    def close(self) -> None:
        """Give back memory, after a loading that runs."""
        self._closing = True
        self._join()
        self._drop()

    def _at_work(self) -> bool:
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

    def _practise(self) -> None:
        """Prepare what is made from the model, and measure how long loading takes from then on."""
        for _ in range(2):  # the first time may build the graph
            self._drop()
            began = time.perf_counter()
            self._bring()
            self._seconds = time.perf_counter() - began
            if self._seconds <= self._quick or self._closing:
                break
        log.info("the model of this machine is loaded in %.2f s", self._seconds or 0.0)
        if self._engine is not None and (self._seconds or 0.0) <= self._quick:
            self._drop()

    def _bring(self) -> None:
        self._error = None
        try:
            self._engine = self._load()
        except EngineError as error:
            self._error = error
        except Exception:
            log.exception("the model of this machine could not be loaded")

    def _drop(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None
