"""A service that asks the engine how the suggestion at the cursor came about, at low priority.

Nothing of this is done while a key is being answered: the question waits until the engine has nothing else to
do, a new key cancels it, and the next silence asks again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from writer.app.suggestions.engine_client import EngineClient
from writer.app.suggestions.provenance import SuggestionProvenance
from writer.app.suggestions.suggestion_service import SuggestionService
from writer.engine.introspection import Attention, GenerationTrace, SupportsIntrospection, TokenStep
from writer.engine.protocol import Engine, EngineError
from writer.suggestions.context import Context
from writer.suggestions.suggestion import Suggestion

log = logging.getLogger(__name__)

QUIET = 0.2
"""Seconds without a change after which the engine is asked."""

WORDS = 32
"""Tokens before the cursor that are told where no suggestion shows."""


CANNOT = "This model does not tell where it looks."


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a person can see of the model's choices at one place.

    `steps` are the tokens of the suggestion `shown`, or of the last words before the cursor where none shows.
    `model` runs on `device`; `base` is what it was personalised from, "" where it was not.
    """

    shown: Suggestion
    steps: tuple[TokenStep, ...]
    provenance: SuggestionProvenance | None = None
    trace: GenerationTrace | None = None
    model: str = ""
    device: str = ""
    base: str = ""


class ExplanationService(QObject):
    """Follows the cursor while somebody looks. Lives in the loop's thread."""

    told = Signal(object)
    """The Story of the place where the cursor rests."""

    failed = Signal(object)
    """A Message that says why there is none."""

    attended = Signal(object)
    """The Attention at that place, if it was asked for; a Message where it cannot be told."""

    def __init__(
        self, client: EngineClient, suggestions: SuggestionService, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self._client = client
        self._suggestions = suggestions
        self._loop = loop
        self.attends = False
        """Whether somebody wants to see where the model looks."""
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def look(self, context: Context) -> None:
        """Tell about this place, once nothing has happened for a moment; an earlier question is forgotten."""
        self.cancel()
        self._timer = self._loop.call_later(QUIET, self._begin, context)

    def cancel(self) -> None:
        """Tell nothing about what was looked at last."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._timer = self._task = None

    async def close(self) -> None:
        """Ask nothing any more."""
        task = self._task
        self.cancel()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _begin(self, context: Context) -> None:
        self._timer = None
        if self._suggestions.busy:
            self.look(context)
        elif problem := self._suggestions.engine_problem:
            self.failed.emit(problem)
        else:
            self._task = self._loop.create_task(self._ask(context))

    async def _ask(self, context: Context) -> None:
        shown, provenance = self._suggestions.shown, self._suggestions.provenance
        if provenance is not None and provenance.context.before + provenance.typed != context.before:
            provenance = None  # about another place
        try:
            explanation = await self._client.run_in_engine(_teller(context, shown, provenance), urgent=False)
        except EngineError as error:
            log.info("no insight: %s", error)
            self.failed.emit(error.sentence)
            return
        if explanation is None:
            self.look(context)
            return
        self.told.emit(explanation)
        if self.attends:
            await self._attend(context)

    async def _attend(self, context: Context) -> None:
        try:
            found = await self._client.run_in_engine(
                lambda engine, cancelled: _attention(engine, context, cancelled), urgent=False
            )
        except EngineError as error:
            self.attended.emit(error.sentence)
            return
        if found is not None:
            self.attended.emit(found)
        else:
            self.look(context)


def _teller(
    context: Context, shown: Suggestion, provenance: SuggestionProvenance | None
) -> Callable[[Engine, Callable[[], bool]], Explanation | None]:
    """What finds the story with the engine, in its thread; None once cancelled."""

    def tell(engine: Engine, cancelled: Callable[[], bool]) -> Explanation | None:
        steps: tuple[TokenStep, ...] | None = ()
        trace = None
        if isinstance(engine, SupportsIntrospection):
            if provenance is not None:
                trace = engine.explain(provenance.context, provenance.branch, cancelled)
            if shown.text and trace is not None and provenance is not None:
                steps = _of_what_shows(trace, provenance.typed, shown.text)
            elif not shown.text:
                steps = engine.token_surprisal(context, WORDS, cancelled)
        if steps is None or cancelled():
            return None
        return Explanation(shown, steps, provenance, trace, engine.name, engine.device, _base(engine.name))

    return tell


def _attention(engine: Engine, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
    """Called in the engine's thread."""
    if not isinstance(engine, SupportsIntrospection):
        raise EngineError(CANNOT)
    return engine.attention(context, cancelled)


def _of_what_shows(trace: GenerationTrace, typed: str, shown: str) -> tuple[TokenStep, ...]:
    """The steps that made `shown`, of an answer of which `typed` was written already."""
    answer = b"".join(step.text for step in trace.steps)
    wanted = shown.strip().encode()
    start = answer.find(wanted, max(0, len(typed.encode()) - 1))
    end, at, found = start + len(wanted), 0, []
    for step in trace.steps:
        if at < end and at + len(step.text) > start:
            found.append(step)
        at += len(step.text)
    return tuple(found)


def _base(model: str) -> str:
    """What an installed model was personalised from."""
    from writer.models import manifest as manifests
    from writer.models.store import ModelError, installed_store

    try:
        manifest = manifests.read(installed_store().folder(model)) if "/" not in model else None
    except ModelError:
        return ""
    return manifest.base if manifest is not None else ""
