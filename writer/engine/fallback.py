"""A server's model as long as it answers, and this machine's own when it does not.

A server that failed is left alone for a while, longer each time; then one question tries it again. Whoever
shows the state is told of every change, so that it is plain whether text leaves the machine.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from writer.engine.completions import RemoteError
from writer.engine.protocol import Engine, EngineError, Parameters, Ready, Report, Token
from writer.text.context import Context

log = logging.getLogger(__name__)

REST = 5.0
"""Seconds for which a server that failed is left alone; doubled each time."""

LONGEST_REST = 120.0

Say = Callable[[Ready], None]


class FallbackEngine:
    """Implements `protocol.Engine` with two others, each loaded when it is first needed.

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
        self._load_local = load_local
        self._say = say
        self._clock = clock
        self._remote: Engine | None = None
        self._local: Engine | None = None
        self._again, self._rest = 0.0, REST
        self.report = Report()
        self._speaking: Engine | None = None
        trouble = self._try_remote()
        self._use(self._remote or self._own(), trouble, aloud=False)

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
                    return
                except RemoteError as error:
                    trouble = self._leave(error)
                self._use(self._own(), trouble)
                if begun:
                    self.report = self._remote.report
                    return
            else:
                self._use(self._own(), trouble)
        own = self._own()
        yield from own.continue_text(context, parameters, cancelled)
        self.report = own.report

    def warm(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.warm`."""
        self._now.warm(context, cancelled)

    def tend(self, cancelled: Callable[[], bool]) -> None:
        """See `Engine.tend`."""
        self._now.tend(cancelled)

    def close(self) -> None:
        """See `Engine.close`."""
        for engine in (self._remote, self._local):
            if engine is not None:
                engine.close()

    @property
    def _now(self) -> Engine:
        assert self._speaking is not None
        return self._speaking

    def _own(self) -> Engine:
        if self._local is None:
            self._local = self._load_local()
        return self._local

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
