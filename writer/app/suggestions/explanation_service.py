"""A service that asks the engine how the suggestion at the cursor came about, at low priority.

A request waits until the engine has nothing else to do; a keystroke cancels it, and the next pause repeats
it.
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

DELAY = 0.2
"""Seconds without a change after which the engine is asked."""

TOKENS = 32
"""The number of tokens before the cursor whose surprisal is shown where there is no suggestion."""


UNSUPPORTED = "This model does not tell where it looks."


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the engine came to a suggestion, or how well it predicted the text before the cursor.

    `steps` are the tokens of the suggestion `shown`, or of the text before the cursor where none is shown.
    `base` is the id of the model that `model` was fine-tuned from, "" where it was not; `device` runs it.
    """

    shown: Suggestion
    steps: tuple[TokenStep, ...]
    provenance: SuggestionProvenance | None = None
    trace: GenerationTrace | None = None
    model: str = ""
    device: str = ""
    base: str = ""


class ExplanationService(QObject):
    """A service that explains the suggestion at the cursor. Used from the loop's thread."""

    explanation_ready = Signal(object)
    """The Explanation of the latest request."""

    failed = Signal(object)
    """A Message that says why there is no explanation."""

    attention_ready = Signal(object)
    """The Attention of the latest request; a Message where the model gives none."""

    def __init__(
        self, client: EngineClient, suggestions: SuggestionService, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__()
        self._client = client
        self._suggestions = suggestions
        self._loop = loop
        self.with_attention = False
        """Whether attention is computed, too."""
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def explain(self, context: Context) -> None:
        """Request an explanation for `context` after DELAY; cancels the request before it."""
        self.cancel()
        self._timer = self._loop.call_later(DELAY, self._start, context)

    def cancel(self) -> None:
        """Cancel the pending or running request."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._timer = self._task = None

    async def close(self) -> None:
        """Cancel the running request and wait for its end."""
        task = self._task
        self.cancel()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _start(self, context: Context) -> None:
        self._timer = None
        if self._suggestions.busy:
            self.explain(context)
        elif problem := self._suggestions.engine_problem:
            self.failed.emit(problem)
        else:
            self._task = self._loop.create_task(self._ask(context))

    async def _ask(self, context: Context) -> None:
        shown, provenance = self._suggestions.shown, self._suggestions.provenance
        if provenance is not None and provenance.context.before + provenance.typed != context.before:
            provenance = None  # of another position
        try:
            explanation = await self._client.run_in_engine(
                _explainer(context, shown, provenance), urgent=False
            )
        except EngineError as error:
            log.info("no explanation: %s", error)
            self.failed.emit(error.sentence)
            return
        if explanation is None:
            self.explain(context)
            return
        self.explanation_ready.emit(explanation)
        if self.with_attention:
            await self._explain_attention(context)

    async def _explain_attention(self, context: Context) -> None:
        try:
            found = await self._client.run_in_engine(
                lambda engine, cancelled: _attention(engine, context, cancelled), urgent=False
            )
        except EngineError as error:
            self.attention_ready.emit(error.sentence)
            return
        if found is not None:
            self.attention_ready.emit(found)
        else:
            self.explain(context)


def _explainer(
    context: Context, shown: Suggestion, provenance: SuggestionProvenance | None
) -> Callable[[Engine, Callable[[], bool]], Explanation | None]:
    """The task that makes the explanation in the engine's thread; it returns None once cancelled."""

    def explain(engine: Engine, cancelled: Callable[[], bool]) -> Explanation | None:
        steps: tuple[TokenStep, ...] | None = ()
        trace = None
        if isinstance(engine, SupportsIntrospection):
            if provenance is not None:
                trace = engine.explain(provenance.context, provenance.branch, cancelled)
            if shown.text and trace is not None and provenance is not None:
                steps = _shown_steps(trace, provenance.typed, shown.text)
            elif not shown.text:
                steps = engine.token_surprisal(context, TOKENS, cancelled)
        if steps is None or cancelled():
            return None
        return Explanation(shown, steps, provenance, trace, engine.name, engine.device, _base(engine.name))

    return explain


def _attention(engine: Engine, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
    """The attention at the cursor. Runs in the engine's thread; EngineError where the model gives none."""
    if not isinstance(engine, SupportsIntrospection):
        raise EngineError(UNSUPPORTED)
    return engine.attention(context, cancelled)


def _shown_steps(trace: GenerationTrace, typed: str, shown: str) -> tuple[TokenStep, ...]:
    """The steps of a trace that generated the text `shown`; `typed` is the part typed already."""
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
    """The id of the model that an installed model was fine-tuned from, "" where it was not."""
    from writer.models import manifest as manifests
    from writer.models.store import ModelError, installed_store

    try:
        manifest = manifests.read(installed_store().folder(model)) if "/" not in model else None
    except ModelError:
        return ""
    return manifest.base if manifest is not None else ""
