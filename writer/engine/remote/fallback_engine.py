"""An engine that uses a server and falls back to the local engine when the server fails.

A server that failed is not used for a back-off time, which doubles each time, is as long as the server asks
and at its longest where asking again would change nothing; then a health check without any of the user's text
decides whether it is used again. One that is silent after a pause may have to load its model: it is checked
at once, with patience. Every switch is reported, so that the window shows whether text leaves
the machine. The local engine is a standby engine: it is prepared once the server has answered, and stays in
memory only where loading it would take long or it was needed recently.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator

from writer.base.errors import Message, Sentence
from writer.engine.engine_state import EngineReady
from writer.engine.introspection import Attention, GenerationTrace, SupportsIntrospection, TokenStep
from writer.engine.protocol import Engine, EngineStats, InfillModel, Parameters, Token
from writer.engine.remote.health_check import HealthCheck, SupportsHealthCheck
from writer.engine.remote.refusals import NoAnswerError, RemoteError
from writer.engine.remote.standby_engine import StandbyEngine
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap

log = logging.getLogger(__name__)

BACKOFF_SECONDS = 5.0
"""Seconds for which a server that failed is not used; doubled at each failure."""

MAX_BACKOFF_SECONDS = 120.0

STANDBY_AFTER_SECONDS = 0.7
"""Seconds without a token after which the local model is loaded in advance."""

MAX_SILENCE_SECONDS = 3.0
"""Seconds without a token, summed over successive requests, after which the server counts as failed.

After half of them it is checked, and used on if only the keys come faster than its answers. A slow server is
given twice as long as it may take to one answer."""

HEALTH_CHECK_SECONDS = 0.25
"""Seconds for which a request waits for a health check that it starts; then the local engine answers."""

KEEP_LOADED_SECONDS = 60.0
"""Seconds for which the local model stays loaded after it was needed."""

PAUSE_SECONDS = 60.0
"""Seconds without an answer after which a server such as Ollama may have unloaded its model."""

OnSwitch = Callable[[EngineReady], None]


class _SilenceError(NoAnswerError):
    """Nothing came from the server over successive requests."""


class FallbackEngine:
    """Implements `protocol.Engine` with a remote and a local engine. Used from the engine's thread.

    `on_switch` is called in that thread when the other engine becomes active, or the trouble is another one.
    """

    def __init__(
        self,
        load_remote: Callable[[], SupportsHealthCheck],
        load_local: Callable[[], Engine],
        on_switch: OnSwitch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._health_check = HealthCheck(load_remote)
        self._standby = StandbyEngine(load_local)
        self._on_switch = on_switch
        self._clock = clock
        self._remote: SupportsHealthCheck | None = None
        self._retry_at, self._backoff = 0.0, BACKOFF_SECONDS
        self._waiting_since: float | None = None
        self._silence, self._keep_until = 0.0, 0.0
        self._answered_at: float | None = None
        self._may_load = True
        """Whether the question that the server owes an answer came first after a pause."""
        self.stats = EngineStats()
        self._active: Engine | None = None
        self.trouble: Message = ""
        try:
            self._remote = load_remote()
            self._answered_at = self._clock() if self._remote.has_answered else None
            self._switch_to(self._remote, announce=False)
        except RemoteError as error:
            self._switch_to(self._local_engine(), self._back_off(error), announce=False)

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """See `Engine.continue_text`. Where the server fails within an answer, the answer ends there."""
        remote = self._available_remote()
        if remote is not None and (yield from self._remote_tokens(remote, context, parameters, cancelled)):
            return
        local = self._local_engine()
        yield from local.continue_text(context, parameters, cancelled)
        self.stats = local.stats

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """See `InfillModel.alternatives`: by the local engine, since the completions API has no infilling."""
        local = self._local_engine()
        return local.alternatives(gap, seconds, cancelled) if isinstance(local, InfillModel) else []

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """See `SupportsIntrospection.explain`: by the active engine."""
        now = self._active_engine
        return now.explain(context, branch, cancelled) if isinstance(now, SupportsIntrospection) else None

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """See `SupportsIntrospection.token_surprisal`."""
        now = self._active_engine
        return (
            now.token_surprisal(context, count, cancelled) if isinstance(now, SupportsIntrospection) else ()
        )

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """See `SupportsIntrospection.attention`."""
        now = self._active_engine
        return now.attention(context, cancelled) if isinstance(now, SupportsIntrospection) else None

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prefetch`."""
        self._active_engine.prefetch(context, cancelled)

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """See `Engine.prepare_idle`."""
        self._active_engine.prepare_idle(cancelled)

    def close(self) -> None:
        """See `Engine.close`."""
        self._health_check.close()
        self._standby.close()
        if self._remote is not None:
            self._remote.close()

    @property
    def _active_engine(self) -> Engine:
        assert self._active is not None
        return self._active

    def _remote_tokens(
        self,
        remote: SupportsHealthCheck,
        context: Context,
        parameters: Parameters,
        cancelled: Callable[[], bool],
    ) -> Generator[Token, None, bool]:
        """Yield the server's answer; returns False where it failed before the first token."""
        started, self._waiting_since = False, self._clock()
        if not self._silence:
            last = self._answered_at
            self._may_load = last is None or self._clock() - last > PAUSE_SECONDS
        try:
            for token in remote.continue_text(
                context, parameters, self._with_silence_limit(remote, cancelled)
            ):
                started, self._waiting_since, self._silence = True, None, 0.0
                self._answered_at = self._clock()
                yield token
        except RemoteError as error:
            silent = isinstance(error, _SilenceError) or (isinstance(error, NoAnswerError) and error.slow)
            trouble = self._await_model(remote) if silent and self._may_load else self._back_off(error)
            self._switch_to(self._local_engine(), trouble)
            if started:
                self.stats = remote.stats
            return started
        self.stats = remote.stats
        if started or not cancelled():
            self._silence, self._backoff = 0.0, BACKOFF_SECONDS
            if self._clock() >= self._keep_until:
                self._standby.release()
        elif self._waiting_since is not None:
            self._silence += self._clock() - self._waiting_since
        return True

    def _available_remote(self) -> SupportsHealthCheck | None:
        """The remote engine if it is active, or if a health check succeeds now, which switches to it."""
        if self._active is self._remote:
            return self._remote
        found = self._health_check.result(HEALTH_CHECK_SECONDS) if self._clock() >= self._retry_at else None
        if isinstance(found, RemoteError):
            self._switch_to(self._local_engine(), self._back_off(found))
        elif found is not None:
            if self._remote is not None:
                self._remote.close()
            self._remote, self._answered_at = found, self._clock()
            self._switch_to(found)
            return found
        return None

    def _with_silence_limit(
        self, remote: SupportsHealthCheck, cancelled: Callable[[], bool]
    ) -> Callable[[], bool]:
        """`cancelled` with a limit on the server's silence, which goes on over cancelled requests.

        The function raises RemoteError after that; see MAX_SILENCE_SECONDS.
        """
        longest = remote.longest_wait
        most = max(MAX_SILENCE_SECONDS, 2 * longest)

        def check() -> bool:
            if self._waiting_since is not None:
                now = self._clock()
                waited = now - self._waiting_since
                silence = self._silence + waited
                if waited > max(STANDBY_AFTER_SECONDS, longest / 2) or silence > most / 2:
                    self._load_local()
                if silence > (STANDBY_AFTER_SECONDS if self._may_load else most / 2):
                    self._verify(silence > most)
            return cancelled()

        return check

    def _verify(self, over: bool) -> None:
        """Check beside the requests whether the server lives.

        Raises RemoteError where it does not, and where that is not known when its time is `over`.
        """
        found = self._health_check.result(0.0)
        if isinstance(found, RemoteError):
            raise found
        if found is not None:
            found.close()
            self._silence, self._waiting_since = 0.0, self._clock()
            self._answered_at, self._may_load = self._clock(), False
        elif over:
            raise _SilenceError("The server is too slow; the model of this machine takes over.")

    def _local_engine(self) -> Engine:
        self._load_local()
        return self._standby.engine()

    def _load_local(self) -> None:
        self._keep_until = self._clock() + KEEP_LOADED_SECONDS
        self._standby.start_loading()

    def _await_model(self, remote: Engine) -> Sentence:
        """Have the server checked at once, which lets it load its model; returns the sentence."""
        log.info("the server may have to load its model")
        self._retry_at, self._silence = self._clock(), 0.0
        self._health_check.start()
        return Sentence(
            "{name} does not answer yet; after a pause it may have to load its model. "
            "The model of this machine takes over until then.",
            {"name": remote.name},
        )

    def _back_off(self, error: RemoteError) -> Sentence:
        """Start the back-off after `error`; returns its sentence."""
        seconds = max(MAX_BACKOFF_SECONDS if error.lasting else self._backoff, error.wait)
        log.info("the server is not used for %.0f s: %s", seconds, type(error).__name__)
        self._retry_at = self._clock() + seconds
        self._backoff = min(self._backoff * 2, MAX_BACKOFF_SECONDS)
        self._silence = 0.0
        return error.sentence

    def _switch_to(self, engine: Engine, trouble: Sentence | None = None, announce: bool = True) -> None:
        before = (self._active, self.trouble)
        self.name, self.device = engine.name, engine.device
        self.why, self.slow, self.trouble = engine.why, engine.slow, ""
        if trouble is not None:
            self.why = self.trouble = Sentence("{trouble} Nothing is sent meanwhile.", {"trouble": trouble})
        self._active = engine
        if announce and before != (engine, self.trouble):
            self._on_switch(EngineReady(engine.name, engine.device, self.why, self.slow, self.trouble))
