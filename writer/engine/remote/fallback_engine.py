"""A server's model as long as it answers, and this machine's own when it does not.

A server that failed is left alone for a while, longer each time; then it is greeted, without any text, before
one question tries it again. Whoever shows the state is told of every change, so that it is plain whether text
leaves the machine. The local model is made ready as soon as the server has answered once; it holds memory
only where it is wanted, or where loading it would take long (`engine.standby`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator

from writer.base.errors import Sentence
from writer.engine.introspection import Attention, GenerationTrace, SupportsIntrospection, TokenStep
from writer.engine.protocol import (
    Engine,
    EngineError,
    EngineReady,
    EngineStats,
    InfillModel,
    Parameters,
    Token,
)
from writer.engine.remote.completions_api import RemoteError
from writer.engine.remote.health_check import HealthCheck, SupportsHealthCheck
from writer.engine.remote.standby_engine import StandbyEngine
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap

log = logging.getLogger(__name__)

REST = 5.0
"""Seconds for which a server that failed is left alone; doubled each time."""

LONGEST_REST = 120.0

LATE = 0.7
"""Seconds of the server's silence after which the local model is loaded, for it may be needed."""

SLOW = 3.0
"""Seconds that one may wait for a server's first word, over all questions together that had no answer."""

GREETING = 0.25
"""Seconds for which a question waits for the greeting; one that takes longer is answered here."""

KEPT = 60.0
"""Seconds for which the local model stays loaded after it was wanted."""

OnSwitch = Callable[[EngineReady], None]


class FallbackEngine:
    """Implements `protocol.Engine` with two others.

    `say` is called in the engine's thread when another of the two begins to answer.
    """

    def __init__(
        self,
        load_remote: Callable[[], SupportsHealthCheck],
        load_local: Callable[[], Engine],
        say: OnSwitch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health_check = HealthCheck(load_remote)
        self._standby = StandbyEngine(load_local)
        self._say = say
        self._clock = clock
        self._remote: SupportsHealthCheck | None = None
        self._again, self._rest = 0.0, REST
        self._asked: float | None = None
        self._silent, self._kept_until = 0.0, 0.0
        self.stats = EngineStats()
        self._speaking: Engine | None = None
        try:
            self._remote = load_remote()
            self._use(self._remote, aloud=False)
        except RemoteError as error:
            self._use(self._own(), self._leave(error), aloud=False)

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`. What a server sent before it failed stays; the next answer is local."""
        remote = self._reachable()
        if remote is not None and (yield from self._by_server(remote, context, parameters, cancelled)):
            return
        own = self._own()
        yield from own.continue_text(context, parameters, cancelled)
        self.stats = own.stats

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `InfillModel.alternatives`: servers do not tell enough, so this machine's model does it."""
        own = self._own()
        return own.alternatives(gap, seconds, cancelled) if isinstance(own, InfillModel) else []

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """See `SupportsIntrospection.explain`: whoever answered tells."""
        now = self._now
        return now.explain(context, branch, cancelled) if isinstance(now, SupportsIntrospection) else None

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """See `SupportsIntrospection.token_surprisal`."""
        now = self._now
        return (
            now.token_surprisal(context, count, cancelled) if isinstance(now, SupportsIntrospection) else ()
        )

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """See `SupportsIntrospection.attention`."""
        now = self._now
        return now.attention(context, cancelled) if isinstance(now, SupportsIntrospection) else None

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prefetch`."""
        self._now.prefetch(context, cancelled)

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prepare_idle`."""
        self._now.prepare_idle(cancelled)

    def close(self) -> None:
        """See `Engine.close`."""
        self._health_check.close()
        self._standby.close()
        if self._remote is not None:
            self._remote.close()

    @property
    def _now(self) -> Engine:
        assert self._speaking is not None
        return self._speaking

    def _by_server(
        self,
        remote: SupportsHealthCheck,
        context: Context,
        parameters: Parameters,
        cancelled: Callable[[], bool],
    ) -> Generator[Token, None, bool]:
        """The server's answer; whether there was one, or nobody waits for any."""
        begun, self._asked = False, self._clock()
        try:
            for token in remote.continue_text(context, parameters, self._watching(cancelled)):
                begun, self._asked, self._silent = True, None, 0.0
                yield token
        except RemoteError as error:
            self._use(self._own(), self._leave(error))
            if begun:
                self.stats = remote.stats
            return begun
        self.stats = remote.stats
        if begun or not cancelled():
            self._silent, self._rest = 0.0, REST
            if self._clock() >= self._kept_until:
                self._standby.rest()
        elif self._asked is not None:
            self._silent += self._clock() - self._asked
        return True

    def _reachable(self) -> SupportsHealthCheck | None:
        """The server where it answers, or has been greeted just now; then it is told that text goes there."""
        if self._speaking is self._remote:
            return self._remote
        found = self._health_check.result(GREETING) if self._clock() >= self._again else None
        if isinstance(found, RemoteError):
            self._use(self._own(), self._leave(found))
        elif found is not None:
            if self._remote is not None:
                self._remote.close()
            self._remote = found
            self._use(found)
            return found
        return None

    def _watching(self, cancelled: Callable[[], bool]) -> Callable[[], bool]:
        """`cancelled`, which minds as well how long the server says nothing, though each key asks anew."""

        def look() -> bool:
            if self._asked is not None:
                now = self._clock()
                silent = self._silent + now - self._asked
                if now - self._asked > LATE or silent > SLOW / 2:
                    self._want_own()
                if silent > SLOW:
                    raise RemoteError("The server is too slow; the model of this machine takes over.")
            return cancelled()

        return look

    def _own(self) -> Engine:
        self._want_own()
        return self._standby.engine()

    def _want_own(self) -> None:
        self._kept_until = self._clock() + KEPT
        self._standby.begin()

    def _leave(self, error: EngineError) -> Sentence:
        """Let the server rest for a while."""
        log.info("the server is left alone for %.0f s: %s", self._rest, error)
        self._again = self._clock() + self._rest
        self._rest = min(self._rest * 2, LONGEST_REST)
        self._silent = 0.0
        return error.sentence

    def _use(self, engine: Engine, trouble: Sentence | None = None, aloud: bool = True) -> None:
        self.name, self.device = engine.name, engine.device
        self.why = engine.why
        if trouble is not None:
            self.why = Sentence("{trouble} Nothing is sent meanwhile.", {"trouble": trouble})
        if engine is not self._speaking:
            self._speaking = engine
            if aloud:
                self._say(EngineReady(engine.name, engine.device, self.why))
