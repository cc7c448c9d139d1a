"""A server's model as long as it answers, and this machine's own when it does not.

A server that failed is left alone for a while, longer each time; then one question tries it again. The local
model is loaded beside it as soon as the server has answered once, so that it can take over at once. Whoever
shows the state is told of every change, so that it is plain whether text leaves the machine.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

from writer.engine.completions import RemoteError
from writer.engine.insight import Account, Attention, Insightful, Step
from writer.engine.priority import lower_thread_priority
from writer.engine.protocol import Chooser, Engine, EngineError, Parameters, Ready, Report, Token
from writer.text.context import Context
from writer.text.gap import Alternative, Gap

log = logging.getLogger(__name__)

REST = 5.0
"""Seconds for which a server that failed is left alone; doubled each time."""

LONGEST_REST = 120.0

Say = Callable[[Ready], None]


class FallbackEngine:
    """Implements `protocol.Engine` with two others.

    `say` is called in the engine's thread when another of the two begins to answer.
    """

    def __init__(
        self,
        load_remote: Callable[[], Engine],
        load_local: Callable[[], Engine],
        say: Say,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load_remote = load_remote
        self._standby = Standby(load_local)
        self._say = say
        self._clock = clock
        self._remote: Engine | None = None
        self._again, self._rest = 0.0, REST
        self.report = Report()
        self._speaking: Engine | None = None
        trouble = self._try_remote()
        self._use(self._remote or self._standby.engine(), trouble, aloud=False)

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`. What a server sent before it failed stays; the next answer is local."""
        if self._clock() >= self._again:
            trouble = self._try_remote()
            if self._remote is not None:
                begun = False
                try:
                    for token in self._remote.continue_text(context, parameters, cancelled):
                        begun = True
                        yield token
                    self.report = self._remote.report
                    self._rest = REST
                    self._use(self._remote)
                    self._standby.begin()
                    return
                except RemoteError as error:
                    trouble = self._leave(error)
                self._use(self._standby.engine(), trouble)
                if begun:
                    self.report = self._remote.report
                    return
            else:
                self._use(self._standby.engine(), trouble)
        own = self._standby.engine()
        yield from own.continue_text(context, parameters, cancelled)
        self.report = own.report

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `Chooser.alternatives`: servers do not tell enough, so this machine's model does it."""
        own = self._standby.engine()
        return own.alternatives(gap, seconds, cancelled) if isinstance(own, Chooser) else []

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> Account | None:
        """See `Insightful.explain`: whoever answered tells."""
        now = self._now
        return now.explain(context, branch, cancelled) if isinstance(now, Insightful) else None

    def surprise(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[Step, ...] | None:
        """See `Insightful.surprise`."""
        now = self._now
        return now.surprise(context, count, cancelled) if isinstance(now, Insightful) else ()

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """See `Insightful.attention`."""
        now = self._now
        return now.attention(context, cancelled) if isinstance(now, Insightful) else None

    def warm(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.warm`."""
        self._now.warm(context, cancelled)

    def tend(self, cancelled: Callable[[], bool]) -> None:
        """See `Engine.tend`."""
        self._now.tend(cancelled)

    def close(self) -> None:
        """See `Engine.close`."""
        self._standby.close()
        if self._remote is not None:
            self._remote.close()

    @property
    def _now(self) -> Engine:
        assert self._speaking is not None
        return self._speaking

    def _try_remote(self) -> str:
        """Reach the server where that has not been done; what is wrong with it."""
        if self._remote is None:
            try:
                self._remote = self._load_remote()
            except RemoteError as error:
                return self._leave(error)
        return ""

    def _leave(self, error: EngineError) -> str:
        """Let the server rest for a while."""
        log.info("the server is left alone for %.0f s: %s", self._rest, error)
        self._again = self._clock() + self._rest
        self._rest = min(self._rest * 2, LONGEST_REST)
        return str(error)

    def _use(self, engine: Engine, trouble: str = "", aloud: bool = True) -> None:
        self.name, self.device = engine.name, engine.device
        self.why = f"{trouble} Nothing is sent meanwhile." if trouble else engine.why
        if engine is not self._speaking:
            self._speaking = engine
            if aloud:
                self._say(Ready(engine.name, engine.device, self.why))


class Standby:
    """An engine that is loaded in a thread of its own, and used only in the thread that asks for it."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load
        self._thread: threading.Thread | None = None
        self._engine: Engine | None = None
        self._error: EngineError | None = None

    def begin(self) -> None:
        """Start loading, if that has not been done."""
        if self._thread is None and self._engine is None:
            self._thread = threading.Thread(target=self._run, name="standby", daemon=True)
            self._thread.start()

    def engine(self) -> Engine:
        """The engine, once it is loaded. Raises EngineError where that failed; the next call tries anew."""
        self.begin()
        self._join()
        if self._engine is None:
            raise self._error or EngineError("The model of this machine could not be loaded; see the log.")
        return self._engine

    def close(self) -> None:
        """Give back memory, after a loading that runs."""
        self._join()
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        lower_thread_priority()
        self._error = None
        try:
            self._engine = self._load()
        except EngineError as error:
            self._error = error
        except Exception:
            log.exception("the model of this machine could not be loaded")
