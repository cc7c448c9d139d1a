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
CANNOT = "The model that runs now cannot compare words; choose another one in Settings."


@dataclass(frozen=True, slots=True)
class Offer:
    """Words for a gap, likeliest first; where there are none, `reason` is a sentence that says why."""

    gap: Gap
    words: tuple[Alternative, ...] = ()
    reason: Message = ""


class AlternativesService(QObject):
    """Asks the engine for words; `problem` says why there is none. Lives in the loop's thread."""

    offered = Signal(object)
    """The Offer for the gap that was asked about last."""

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
        """Whether an answer is on its way."""
        return self._task is not None and not self._task.done()

    def ask(self, gap: Gap) -> None:
        """Look for words for `gap`; an earlier question is forgotten."""
        self.cancel()
        if problem := self._problem():
            self.offered.emit(Offer(gap, reason=problem))
        else:
            self._task = self._loop.create_task(self._offer(gap))

    def cancel(self) -> None:
        """Offer nothing for what was asked last."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """Ask nothing any more."""
        task = self._task
        self.cancel()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _offer(self, gap: Gap) -> None:
        try:
            found = await self._client.run_in_engine(lambda engine, cancelled: _found(engine, gap, cancelled))
        except EngineError as error:
            log.info("no words: %s", error)
            self.offered.emit(Offer(gap, reason=error.sentence))
            return
        if found is not None:
            words = ranked(found, gap, lambda word: self._is_withheld(gap, word))
            self.offered.emit(Offer(gap, words, "" if words else NO_WORDS))

    def _is_withheld(self, gap: Gap, word: str) -> bool:
        safety = self._rules().safety
        return safety is not None and safety.rejection_reason(gap.before, word) == Reason.LISTED


def _found(engine: Engine, gap: Gap, cancelled: Callable[[], bool]) -> list[Alternative]:
    """Called in the engine's thread."""
    if not isinstance(engine, InfillModel):
        raise EngineError(CANNOT)
    return engine.alternatives(gap, TIME_BUDGET, cancelled)
