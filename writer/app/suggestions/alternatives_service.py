"""A service that asks the engine for words that fit a gap in the text, on request only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from writer.app.suggestions.engine_client import EngineClient
from writer.base.errors import Message
from writer.engine.protocol import Engine, EngineError, InfillModel
from writer.suggestions.alternatives import ranked
from writer.suggestions.builder import BuilderRules
from writer.suggestions.gap import TIME_BUDGET, Alternative, Gap
from writer.suggestions.reasons import Reason

log = logging.getLogger(__name__)

NO_WORDS = "The model knows no other word for this place."
UNSUPPORTED = "The model that runs now cannot compare words; choose another one in Settings."


@dataclass(frozen=True, slots=True)
class AlternativesResult:
    """The alternatives for `gap`, likeliest first, or the sentence `reason` why there are none."""

    gap: Gap
    words: tuple[Alternative, ...] = ()
    reason: Message = ""


class AlternativesService(QObject):
    """A service for alternatives of a word, one request at a time. Used from the loop's thread.

    `rules` returns the builder's rules; `problem` returns the sentence why there is no engine, "" where there
    is one.
    """

    alternatives_ready = Signal(object)
    """The AlternativesResult of the latest request."""

    def __init__(
        self,
        client: EngineClient,
        rules: Callable[[], BuilderRules],
        problem: Callable[[], Message],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._client = client
        self._rules = rules
        self._problem = problem
        self._loop = loop
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a request is running."""
        return self._task is not None and not self._task.done()

    def ask(self, gap: Gap) -> None:
        """Request alternatives for `gap`; cancels the request before it."""
        self.cancel()
        if problem := self._problem():
            self.alternatives_ready.emit(AlternativesResult(gap, reason=problem))
        else:
            self._task = self._loop.create_task(self._run(gap))

    def cancel(self) -> None:
        """Cancel the running request; no result is emitted."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """Cancel the running request and wait for its end."""
        task = self._task
        self.cancel()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self, gap: Gap) -> None:
        try:
            found = await self._client.run_in_engine(lambda engine, cancelled: _find(engine, gap, cancelled))
        except EngineError as error:
            log.info("no words: %s", error)
            self.alternatives_ready.emit(AlternativesResult(gap, reason=error.sentence))
            return
        if found is not None:
            words = ranked(found, gap, lambda word: self._is_withheld(gap, word))
            self.alternatives_ready.emit(AlternativesResult(gap, words, "" if words else NO_WORDS))

    def _is_withheld(self, gap: Gap, word: str) -> bool:
        safety = self._rules().safety
        return safety is not None and safety.rejection_reason(gap.before, word) == Reason.LISTED


def _find(engine: Engine, gap: Gap, cancelled: Callable[[], bool]) -> list[Alternative]:
    """The alternatives from the engine, unranked. Runs in the engine's thread; EngineError."""
    if not isinstance(engine, InfillModel):
        raise EngineError(UNSUPPORTED)
    return engine.alternatives(gap, TIME_BUDGET, cancelled)
