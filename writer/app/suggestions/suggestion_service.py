"""The service from a keystroke to the ghost text: what is asked, what is shown, and why there is nothing.

Each keystroke cancels the coroutine of the one before, unless the writer types what the ghost says:
then the ghost only gets shorter. A suggestion always belongs to one revision of the document.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterable, Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from writer.app.suggestions.battery import BatteryMonitor
from writer.app.suggestions.cursor_state import CursorState
from writer.app.suggestions.engine_client import EngineClient, TokenBatch
from writer.app.suggestions.provenance import SuggestionProvenance
from writer.base.errors import Message
from writer.engine.protocol import EngineError, Parameters
from writer.settings.schema import ENGINE_BATTERY, SUGGESTIONS_DELAY, SUGGESTIONS_ENABLED, SUGGESTIONS_LENGTH
from writer.settings.store import SettingsStore
from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.reasons import Reason
from writer.suggestions.rejection_backoff import RejectionBackoff
from writer.suggestions.suggestion import Suggestion
from writer.suggestions.typing_pace import TypingPace

log = logging.getLogger(__name__)

BRANCHES = 3
"""How many alternatives Alt+] and Alt+[ cycle through."""

WARM_AFTER = 0.15
"""Seconds for which the cursor must rest before the engine prepares for that place."""


class SuggestionService(QObject):
    """Decides when to ask the engine and what to show. Lives in the loop's thread."""

    changed = Signal(object)
    """The Suggestion to show now; one without text takes the ghost away and says why."""

    taken = Signal(str)
    """What was accepted of the suggestion that shows."""

    asked = Signal(object)
    """The Context that the engine is about to be asked about."""

    def __init__(
        self,
        client: EngineClient,
        settings: SettingsStore,
        rules: Callable[[], BuilderRules],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._client = client
        self._settings = settings
        self._rules = rules
        self._loop = loop
        self._task: asyncio.Task[None] | None = None
        self._warming: asyncio.TimerHandle | None = None
        self._place: CursorState | None = None
        self._typed = ""
        self._silence = ""
        self._branch = 0
        self._known: dict[int, Suggestion] = {}
        self._provenances: dict[int, SuggestionProvenance] = {}
        self._backoff = RejectionBackoff()
        self._power = BatteryMonitor()
        self._pace = TypingPace()
        self._shown_at = self._key_at = 0.0
        self.shown = Suggestion()
        self.requests = 0
        """How many questions went to the engine."""
        self.engine_problem: Message = ""
        """A sentence that says why there is no engine, "" while there is one or it is being loaded."""
        self.silences: deque[Message] = deque(maxlen=50)
        """The reasons for the latest silences, newest last."""

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._task is not None and not self._task.done()

    @property
    def provenance(self) -> SuggestionProvenance | None:
        """Where what shows comes from, or the silence behind the latest question."""
        provenance = self._provenances.get(self._branch)
        return replace(provenance, typed=self._typed) if provenance is not None else None

    def typed(self, text: str, place: CursorState) -> None:
        """The writer typed `text`, and the cursor stands behind it."""
        self._known.clear()
        now = self._loop.time()
        self._backoff = self._backoff.after_typing(text, self.shown, now - self._shown_at)
        self._pace, self._key_at = self._pace.after_key(now - self._key_at), now
        if self._silence == Reason.DISMISSED and not _ends_word(text):
            self._hide(Reason.DISMISSED)
            return
        self._silence = ""
        if self._walk(text, place) and (self.shown.text or not self.shown.complete):
            return
        self._consider(place)

    def accepted(self, text: str, place: CursorState) -> None:
        """`text`, the beginning of what was shown, was put into the document."""
        self.taken.emit(text)
        self.typed(text, place)
        self._backoff = RejectionBackoff()

    def edited(self, reason: str = Reason.EDITED) -> None:
        """The text changed in another way than by typing: silent until the next typed character."""
        self._silence = reason
        self._hide(reason)

    def moved(self, place: CursorState) -> None:
        """The cursor went elsewhere."""
        self._hide(Reason.MOVED)
        self._place = place
        if not place.silent:
            self._warming = self._loop.call_later(WARM_AFTER, self._warm, place.context)

    def interrupted(self, reason: str) -> None:
        """Something else needs the place now, an input method for example."""
        self._hide(reason)

    def ask_now(self, place: CursorState) -> None:
        """The writer wants a suggestion here, whatever happened before."""
        self._silence = ""
        self._known.clear()
        self._consider(place, asked=True)

    def dismiss(self) -> None:
        """The writer does not want this suggestion, nor another one for this word."""
        self._silence = Reason.DISMISSED
        self._hide(Reason.DISMISSED)

    def alternative(self, step: int, place: CursorState) -> None:
        """Show the next (`step` 1) or previous (-1) of the different continuations of this place."""
        if not self.shown.text:
            self.ask_now(place)
            return
        self._known[self._branch] = self.shown
        branch = (self._branch + step) % BRANCHES
        if branch in self._known:
            self._cancel()
            self._branch = branch
            self._publish(self._known[branch])
        else:
            self._start(place, branch, asked=True)

    async def close(self) -> None:
        """Ask nothing any more."""
        task = self._task
        self._cancel()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _walk(self, text: str, place: CursorState) -> bool:
        """Whether `text` is what the ghost said; then the ghost is now the rest of it."""
        rest = self.shown.advance(text, place.context.revision)
        if rest is None:
            return False
        self._typed += text
        self._place = place
        self._publish(rest)
        return True

    def _consider(self, place: CursorState, asked: bool = False) -> None:
        enabled = asked or self._settings.get(SUGGESTIONS_ENABLED)
        reason = place.obstacle(asked) or self.engine_problem if enabled else Reason.OFF
        if reason:
            self._hide(reason)
        else:
            self._hide("")
            self._start(place, 0, asked)

    def _start(self, place: CursorState, branch: int, asked: bool) -> None:
        self._cancel()
        self._place = place
        self._typed = ""
        self.requests += 1
        self.asked.emit(place.context)
        rules = self._rules()
        # Asked for: what there is, however unsure.
        floor = 0.0 if asked else self._backoff.raised_floor(rules.gate.floor)
        if not branch:
            self._provenances.clear()
        raised = floor > rules.gate.floor
        self._provenances[branch] = SuggestionProvenance(place.context, branch, floor, raised, asked)
        rules = replace(rules, gate=ConfidenceGate(floor))
        self._task = self._loop.create_task(self._suggest(place, branch, rules))

    async def _suggest(self, place: CursorState, branch: int, rules: BuilderRules) -> None:
        """Ask about `place` and show the answer while it grows. Cancelled by the next keystroke."""
        length = self._settings.get(SUGGESTIONS_LENGTH)
        parameters = Parameters(
            max_tokens=length,
            branch=branch,
            by_words=True,
            floor=rules.gate.floor,
            allow_partial_context=True,
        )
        builder = SuggestionBuilder(place.context, place.context.revision, rules)
        try:
            async with contextlib.aclosing(self._client.ask(place.context, parameters)) as answer:
                final = await self._follow(answer, builder, branch, length)
        except EngineError as error:
            log.info("no suggestion: %s", error)
            self._hide(error.sentence, cancel=False)
        else:
            self._complete(final, branch)

    async def _follow(
        self, answer: AsyncIterable[TokenBatch], builder: SuggestionBuilder, branch: int, length: int
    ) -> Suggestion:
        """Show what grows out of an answer of at most `length` tokens; the suggestion that it ends as."""
        asked = self._loop.time()
        not_before = asked + max(self._settings.get(SUGGESTIONS_DELAY) / 1000, self._pace.delay())
        count = 0
        reason = ""
        async for batch in answer:
            if batch.tokens and not count:
                self._pace = self._pace.after_answer(self._loop.time() - asked)
            if (wait := not_before - self._loop.time()) > 0:
                await self._pause(wait)
            for token in batch.tokens:
                partial = builder.add(token.text, token.logprob, token.ends_word)
            count += len(batch.tokens)
            self._note_judged(branch, builder)
            if batch.stats is not None:
                reason = batch.stats.reason
            if batch.stats is not None or builder.finished:
                break
            if partial.text:
                self._grow(partial, branch)
        final = builder.end(reason, cut=count >= length)
        self._note_judged(branch, builder)
        return final

    def _note_judged(self, branch: int, builder: SuggestionBuilder) -> None:
        if branch in self._provenances:
            self._provenances[branch] = replace(self._provenances[branch], decisions=builder.decisions)

    async def _pause(self, seconds: float) -> None:
        """Wait, by the clock of the loop that this object was given."""
        over = self._loop.create_future()

        def end() -> None:
            if not over.done():  # cancelled in the same turn of the loop
                over.set_result(None)

        timer = self._loop.call_later(seconds, end)
        try:
            await over
        finally:
            timer.cancel()

    def _grow(self, partial: Suggestion, branch: int) -> None:
        """Show `partial`, less what was typed since the question; what does not fit any more is dropped."""
        assert self._place is not None
        self._branch = branch
        rest = partial
        if self._typed:
            advanced = partial.advance(self._typed, self._place.context.revision)
            if advanced is None:
                self._hide(Reason.STALE, cancel=False)
                return
            rest = advanced
        if (rest.text, rest.complete) != (self.shown.text, self.shown.complete):
            self._publish(rest)

    def _complete(self, final: Suggestion, branch: int) -> None:
        self._task = None
        if final.text:
            self._grow(final, branch)
            self._prepare_behind()
            if not self.shown.text and self._place is not None:  # typed to its end while it came
                self._consider(self._place)
        elif branch and self.shown.text:
            self._note(Reason.NO_OTHER)
        else:
            self._hide(final.reason, cancel=False)

    def _prepare_behind(self) -> None:
        """While the ghost stands, let the engine prepare the place behind it."""
        sparing = self._settings.get(ENGINE_BATTERY) and self._power.on_battery()
        if self.shown.text and self._place is not None and not sparing:
            context = self._place.context
            self._client.prefetch(replace(context, before=context.before + self.shown.text))

    def _warm(self, context: Context) -> None:
        self._warming = None
        if context.before and self._settings.get(SUGGESTIONS_ENABLED):
            self._client.prefetch(context)

    def _publish(self, suggestion: Suggestion) -> None:
        if not self.shown.text:
            self._shown_at = self._loop.time()
        self.shown = suggestion
        self.changed.emit(suggestion)

    def _hide(self, reason: Message, cancel: bool = True) -> None:
        """Take the ghost away; "" where the next answer is already being asked for."""
        if cancel:
            self._cancel()
        self._branch = 0
        self._typed = ""
        if reason:
            self._note(reason)
        self._publish(Suggestion(reason=reason, complete=True))

    def _note(self, reason: Message) -> None:
        self.silences.append(reason)

    def _cancel(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            self._warming = None
        if self._task is not None:
            self._task.cancel()
            self._task = None


def _ends_word(text: str) -> bool:
    return any(not c.isalnum() and c not in "'’-_" for c in text)
