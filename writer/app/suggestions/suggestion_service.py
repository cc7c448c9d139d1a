"""The service of suggestions: when the engine is asked, what is shown, and why nothing is.

Each keystroke cancels the request of the one before, unless the user types the start of the shown suggestion:
then only its rest is shown. A suggestion belongs to one revision of the document.
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
"""The number of alternative continuations that Alt+] and Alt+[ cycle through."""

PREFETCH_DELAY = 0.15
"""Seconds for which the cursor must rest before the engine prefetches its context."""


class SuggestionService(QObject):
    """A service that requests suggestions and publishes what to show. Used from the loop's thread."""

    changed = Signal(object)
    """The Suggestion to show; one without text hides the ghost text, with the reason."""

    inserted = Signal(str)
    """The accepted text of the suggestion."""

    problem_changed = Signal(object)
    """The Message why the engine could not answer, "" once it answers again."""

    about_to_ask = Signal(object)
    """The Context of the request that follows."""

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
        self._as_meant: Callable[[Context], Context] = lambda context: context
        self._task: asyncio.Task[None] | None = None
        self._prefetch_timer: asyncio.TimerHandle | None = None
        self._cursor: CursorState | None = None
        self._typed = ""
        self._suppressed = ""
        self._branch = 0
        self._branches: dict[int, Suggestion] = {}
        self._provenances: dict[int, SuggestionProvenance] = {}
        self._backoff = RejectionBackoff()
        self._battery = BatteryMonitor()
        self._pace = TypingPace()
        self._shown_at = self._key_at = 0.0
        self.shown = Suggestion()
        self.requests = 0
        """The number of requests to the engine so far."""
        self.engine_problem: Message = ""
        """The sentence why there is no engine; "" while there is one or it is loading."""
        self._answer_problem: Message = ""
        self.reasons: deque[Message] = deque(maxlen=50)
        """The latest reasons why no suggestion was shown, newest last."""

    @property
    def busy(self) -> bool:
        """Whether a request is running."""
        return self._task is not None and not self._task.done()

    @property
    def key_interval(self) -> float:
        """Seconds between two keys, on average."""
        return self._pace.interval

    @property
    def provenance(self) -> SuggestionProvenance | None:
        """The provenance of the shown suggestion, or of the latest request where none is shown."""
        provenance = self._provenances.get(self._branch)
        return replace(provenance, typed=self._typed) if provenance is not None else None

    def set_meaning(self, as_meant: Callable[[Context], Context]) -> None:
        """Set the function that puts into a context what was meant where something else was written."""
        self._as_meant = as_meant

    def typed(self, text: str, cursor: CursorState) -> None:
        """Handle that the user typed `text`; `cursor` is the state behind it."""
        cursor = self._meant(cursor)
        self._branches.clear()
        now = self._loop.time()
        self._backoff = self._backoff.after_typing(text, self.shown, now - self._shown_at)
        self._pace, self._key_at = self._pace.after_key(now - self._key_at), now
        if self._suppressed == Reason.DISMISSED and not _ends_word(text):
            self._hide(Reason.DISMISSED)
            return
        self._suppressed = ""
        if self._advance(text, cursor) and (self.shown.text or not self.shown.complete):
            return
        self._request(cursor)

    def accepted(self, text: str, cursor: CursorState) -> None:
        """Handle that `text`, a prefix of the shown suggestion, was inserted."""
        self.inserted.emit(text)
        self.typed(text, cursor)
        self._backoff = RejectionBackoff()

    def edited(self, reason: str = Reason.EDITED) -> None:
        """Handle a change other than typing: no suggestion until the next typed character."""
        self._suppressed = reason
        self._hide(reason)

    def moved(self, cursor: CursorState) -> None:
        """Handle that the cursor moved; its context is prefetched after PREFETCH_DELAY."""
        self._hide(Reason.MOVED)
        self._cursor = cursor
        if not cursor.suggestions_off:
            self._prefetch_timer = self._loop.call_later(PREFETCH_DELAY, self._prefetch, cursor.context)

    def corrected(self, cursor: CursorState) -> None:
        """Handle that the text before the cursor was corrected, or that its meaning was found."""
        cursor = self._meant(cursor)
        if self._suppressed:
            return
        if self.shown.text and self.shown.revision == cursor.context.revision:
            self._client.prefetch(cursor.context)  # for the next key; what is shown stays
        else:
            self._request(cursor)

    def interrupted(self, reason: str) -> None:
        """Hide the suggestion for `reason`, such as an input method."""
        self._hide(reason)

    def ask_now(self, cursor: CursorState) -> None:
        """Request a suggestion explicitly, whatever suppressed it before."""
        self._suppressed = ""
        self._branches.clear()
        self._request(self._meant(cursor), explicit=True)

    def dismiss(self) -> None:
        """Hide the suggestion, and show none until the current word ends."""
        self._suppressed = Reason.DISMISSED
        self._hide(Reason.DISMISSED)

    def alternative(self, step: int, cursor: CursorState) -> None:
        """Show the next (`step` 1) or previous (-1) alternative continuation at the cursor."""
        if not self.shown.text:
            self.ask_now(cursor)
            return
        self._branches[self._branch] = self.shown
        branch = (self._branch + step) % BRANCHES
        if branch in self._branches:
            self._cancel()
            self._branch = branch
            self._publish(self._branches[branch])
        else:
            self._start(self._meant(cursor), branch, explicit=True)

    async def close(self) -> None:
        """Cancel the running request and wait for its end."""
        task = self._task
        self._cancel()
        if task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _meant(self, cursor: CursorState) -> CursorState:
        """The state with the text before the cursor as it was meant."""
        context = self._as_meant(cursor.context)
        return cursor if context is cursor.context else replace(cursor, context=context)

    def _advance(self, text: str, cursor: CursorState) -> bool:
        """Drop `text` from the start of the shown suggestion; False where it does not start with it."""
        rest = self.shown.advance(text, cursor.context.revision)
        if rest is None:
            return False
        self._typed += text
        self._cursor = cursor
        self._publish(rest)
        return True

    def _request(self, cursor: CursorState, explicit: bool = False) -> None:
        enabled = explicit or self._settings.get(SUGGESTIONS_ENABLED)
        reason = cursor.rejection_reason(explicit) or self.engine_problem if enabled else Reason.OFF
        if reason:
            self._hide(reason)
        else:
            self._hide("")
            self._start(cursor, 0, explicit)

    def _start(self, cursor: CursorState, branch: int, explicit: bool) -> None:
        self._cancel()
        self._cursor = cursor
        self._typed = ""
        self.requests += 1
        self.about_to_ask.emit(cursor.context)
        rules = self._rules()
        # an explicit request shows even an improbable answer
        paced = rules.gate.at_pace(self._pace.interval)
        gate = ConfidenceGate() if explicit else self._backoff.applied(paced)
        if not branch:
            self._provenances.clear()
        raised = self._backoff.steps > 0 and not explicit
        self._provenances[branch] = SuggestionProvenance(cursor.context, branch, gate.least, raised, explicit)
        rules = replace(rules, gate=gate)
        self._task = self._loop.create_task(self._suggest(cursor, branch, rules))

    async def _suggest(self, cursor: CursorState, branch: int, rules: BuilderRules) -> None:
        """Request a suggestion and show it while it grows. Cancelled by the next keystroke."""
        length = self._settings.get(SUGGESTIONS_LENGTH)
        parameters = Parameters(
            max_tokens=length,
            branch=branch,
            by_words=True,
            floor=rules.floor(cursor.context),
            next_floors=rules.gate.next_floors,
            least_extended=rules.gate.least_extended,
            allow_partial_context=True,
        )
        builder = SuggestionBuilder(cursor.context, cursor.context.revision, rules)
        try:
            async with contextlib.aclosing(self._client.ask(cursor.context, parameters)) as answer:
                final = await self._follow(answer, builder, branch, length)
        except EngineError as error:
            log.info("no suggestion: %s", error)
            self._set_problem(error.sentence)
            self._hide(error.sentence, cancel=False)
        else:
            self._set_problem("")
            self._complete(final, branch)

    def _set_problem(self, message: Message) -> None:
        if message != self._answer_problem:
            self._answer_problem = message
            self.problem_changed.emit(message)

    async def _follow(
        self, answer: AsyncIterable[TokenBatch], builder: SuggestionBuilder, branch: int, length: int
    ) -> Suggestion:
        """Show the partial suggestions of an answer of at most `length` tokens; returns the final one."""
        asked = self._loop.time()
        not_before = asked + max(self._settings.get(SUGGESTIONS_DELAY) / 1000, self._pace.delay())
        count = 0
        reason = ""
        async for batch in answer:
            if batch.tokens and not count:
                self._pace = self._pace.after_answer(self._loop.time() - asked)
            if (wait := not_before - self._loop.time()) > 0:
                await self._sleep(wait)
            for token in batch.tokens:
                partial = builder.add(token.text, token.logprob, token.ends_word)
            count += len(batch.tokens)
            self._record_decisions(branch, builder)
            if batch.stats is not None:
                reason = batch.stats.reason
            if batch.stats is not None or builder.finished:
                break
            if partial.text:
                self._show_partial(partial, branch)
        final = builder.end(reason, cut=count >= length)
        self._record_decisions(branch, builder)
        return final

    def _record_decisions(self, branch: int, builder: SuggestionBuilder) -> None:
        if branch in self._provenances:
            self._provenances[branch] = replace(self._provenances[branch], decisions=builder.decisions)

    async def _sleep(self, seconds: float) -> None:
        """Wait on the clock of the loop that the service was given."""
        over = self._loop.create_future()

        def end() -> None:
            if not over.done():  # cancelled in the same turn of the loop
                over.set_result(None)

        timer = self._loop.call_later(seconds, end)
        try:
            await over
        finally:
            timer.cancel()

    def _show_partial(self, partial: Suggestion, branch: int) -> None:
        """Show `partial` without what was typed since the request; hide it where that differs."""
        assert self._cursor is not None
        self._branch = branch
        rest = partial
        if self._typed:
            advanced = partial.advance(self._typed, self._cursor.context.revision)
            if advanced is None:
                self._hide(Reason.STALE, cancel=False)
                return
            rest = advanced
        if (rest.text, rest.complete) != (self.shown.text, self.shown.complete):
            self._publish(rest)

    def _complete(self, final: Suggestion, branch: int) -> None:
        self._task = None
        if final.text:
            self._show_partial(final, branch)
            self._prefetch_next()
            if not self.shown.text and self._cursor is not None:  # typed to its end meanwhile
                self._request(self._cursor)
        elif branch and self.shown.text:
            self._record_reason(Reason.NO_OTHER)
        else:
            self._hide(final.reason, cancel=False)

    def _prefetch_next(self) -> None:
        """Prefetch the context behind the shown suggestion, except on battery where settings say so."""
        sparing = self._settings.get(ENGINE_BATTERY) and self._battery.on_battery()
        if self.shown.text and self._cursor is not None and not sparing:
            context = self._cursor.context
            self._client.prefetch(replace(context, before=context.before + self.shown.text))

    def _prefetch(self, context: Context) -> None:
        self._prefetch_timer = None
        if context.before and self._settings.get(SUGGESTIONS_ENABLED):
            self._client.prefetch(context)

    def _publish(self, suggestion: Suggestion) -> None:
        if not self.shown.text:
            self._shown_at = self._loop.time()
        self.shown = suggestion
        self.changed.emit(suggestion)

    def _hide(self, reason: Message, cancel: bool = True) -> None:
        """Hide the suggestion for `reason`; "" where the next request follows at once."""
        if cancel:
            self._cancel()
        self._branch = 0
        self._typed = ""
        if reason:
            self._record_reason(reason)
        self._publish(Suggestion(reason=reason, complete=True))

    def _record_reason(self, reason: Message) -> None:
        self.reasons.append(reason)

    def _cancel(self) -> None:
        if self._prefetch_timer is not None:
            self._prefetch_timer.cancel()
            self._prefetch_timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None


def _ends_word(text: str) -> bool:
    """Whether `text` has a character that ends a word."""
    return any(not c.isalnum() and c not in "'’-_" for c in text)
