"""A service that offers a correction of the word just typed, in a pause: dictionary first, then the model.

It asks only where a word is suspect, with work that waits until the engine is idle and that the next request
for a suggestion cancels. Each place is asked about while words come behind it, as `is_due` says, and an offer
stays until it is cleared or declined.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from writer.app.suggestions.cursor_state import CursorState
from writer.app.suggestions.engine_client import EngineClient
from writer.base.task_pool import TaskPool
from writer.engine.protocol import Engine, EngineError, SupportsTextScores
from writer.suggestions.context import Context
from writer.suggestions.corrections.candidates import (
    MeantWord,
    candidates,
    needs_suggestions,
    words_to_look_up,
)
from writer.suggestions.corrections.choice import (
    BEHIND,
    ChosenCorrection,
    best_correction,
    is_due,
    is_sure,
    texts_to_compare,
)
from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.suggestions.corrections.suspects import Kind, Suspect, find_suspects

State = Callable[[], CursorState | None]
"""A function that returns the state at the cursor, None where nothing is to be corrected."""

log = logging.getLogger(__name__)

PAUSE = 0.35
"""Seconds without a key after which a correction is looked for; nine of ten keys come sooner."""

LOOKED_AT = 3
"""The number of words before the cursor that are looked at."""

MIN_NAME = 3
"""Letters; the document's own words are candidates where they have more."""

MAX_ANSWERS = 16
"""The number of suspects whose corrections are kept, since a slow writer pauses behind each key."""

_TAIL = 300
"""Characters before the cursor whose words are looked up in the dictionary."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


class Spelling(Protocol):
    """What the service asks a dictionary."""

    async def misspelled(self, words: list[str]) -> set[str] | None:
        """Those of `words` that are in no dictionary of the user's; None where that is not known."""
        ...

    async def suggestions(self, word: str) -> list[str]:
        """Corrections of a word, the likeliest first."""
        ...


class CorrectionService(QObject):
    """Looks for a correction when nothing was typed for `PAUSE`. Used from the loop's thread."""

    changed = Signal(object)
    """The ChosenCorrection that is offered, None where none is."""

    def __init__(
        self,
        client: EngineClient,
        spelling: Spelling,
        words: ConfusableWords,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._client = client
        self._spelling = spelling
        self._words = words
        self._loop = loop
        self._tasks = TaskPool(loop, "corrections")
        self._state: State = lambda: None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Future[None] | None = None
        self._answers: OrderedDict[Suspect, ChosenCorrection | None] = OrderedDict()
        self._declined: set[tuple[str, str, str]] = set()
        """The documents and their words with what was offered for them and is not offered again."""
        self._document = ""
        """The document of the offer."""
        self.offered: ChosenCorrection | None = None

    @property
    def busy(self) -> bool:
        """Whether a correction is looked for, or will be after the pause."""
        return self._timer is not None or self._tasks.busy

    def typed(self, state: State) -> None:
        """Handle that the user typed; `state` is asked after the pause. Called at every key."""
        self._stop_looking()
        self._state = state
        self._due = self._loop.time() + PAUSE
        if self._timer is None:  # else it waits again when it is over, which costs a key nothing
            self._timer = self._loop.call_later(PAUSE, self._end_pause)

    def clear(self) -> None:
        """Offer nothing, because the text changed in another way or the cursor left."""
        self._stop_looking()
        self._cancel_timer()
        self._offer(None)

    def decline(self) -> None:
        """Offer nothing, and this correction never again for that word in this document."""
        if self.offered is not None:
            self.note_declined(self.offered, self._document)
        self.clear()

    def note_declined(self, correction: ChosenCorrection, document: str) -> None:
        """Offer a correction never again for that word in a document, because it was taken back there."""
        self._declined.add((document, _word(correction.suspect), correction.text))

    def as_meant(self, context: Context) -> Context:
        """A context with what is offered in place of what was written; the same where nothing is."""
        if self.offered is None or context.document != self._document:
            return context
        suspect = self.offered.suspect
        written = suspect.before + suspect.written
        if not context.before.startswith(written):
            return context
        return replace(context, before=suspect.before + self.offered.text + context.before[len(written) :])

    async def close(self) -> None:
        """Offer nothing, cancel what is running and wait for its end."""
        self.clear()
        await self._tasks.close(cancel=True)

    def _end_pause(self) -> None:
        """Look for a correction, or wait again where a key came meanwhile."""
        self._timer = None
        if (left := self._due - self._loop.time()) > 0:
            self._timer = self._loop.call_later(left, self._end_pause)
            return
        cursor = self._state()
        if cursor is not None and not _is_ruled_out(cursor):
            self._task = self._tasks.start(self._look(cursor.context))

    async def _look(self, context: Context) -> None:
        """Offer the first sure correction of the last words, the last word first.

        Where the engine had more urgent work, it is looked for again after a pause.
        """
        tail = [found.group().replace("’", "'") for found in _WORD.finditer(context.before[-_TAIL:])]
        unknown = await self._spelling.misspelled(tail)
        if unknown is None:
            return
        asked = False
        for suspect in find_suspects(context.before, self._words, unknown.__contains__, LOOKED_AT):
            if self._is_offered(suspect):
                break
            if not is_due(suspect):
                continue
            if suspect not in self._answers:
                asked = True
                if not await self._ask(suspect, context):
                    self._task = None
                    self.typed(self._state)
                    return
            if (correction := self._correction(suspect, context.document)) is not None:
                self._document = context.document
                self._offer(correction)
                return
        if asked:  # the engine has gone back in the text, which the next key must not wait for
            self._client.prefetch(self.as_meant(context))

    def _is_offered(self, suspect: Suspect) -> bool:
        """Whether a correction is offered at a suspect's place, which grew older since."""
        offered = self.offered.suspect if self.offered is not None else None
        return offered is not None and replace(offered, after=suspect.after, words=suspect.words) == suspect

    def _correction(self, suspect: Suspect, document: str) -> ChosenCorrection | None:
        """The correction of a suspect if it is sure and was not declined."""
        best = self._answers.get(suspect)
        if best is None or not is_sure(best) or (document, _word(suspect), best.text) in self._declined:
            return None
        return best

    async def _ask(self, suspect: Suspect, context: Context) -> bool:
        """Keep the best correction of a suspect; whether the engine answered, if only by an error."""
        offered = await self._candidates(suspect)
        scores: list[float] | None = []
        if offered:
            place = Context(suspect.before, language=context.language, title=context.title)
            texts = texts_to_compare(suspect, offered)
            try:
                scores = await self._scores(place, texts, BEHIND[suspect.kind])
            except EngineError as error:
                log.info("no correction: %s", error)
                return True
        if scores is None:
            return False
        self._answers[suspect] = best_correction(suspect, offered, scores)
        if len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        return True

    async def _scores(self, place: Context, texts: list[str], behind: float) -> list[float] | None:
        """The scores of texts, once the engine is idle; None where a request came meanwhile."""
        over = threading.Event()

        def compare(engine: Engine, cancelled: Callable[[], bool]) -> list[float]:
            if over.is_set() or not isinstance(engine, SupportsTextScores):
                return []
            return engine.text_scores(place, texts, lambda: cancelled() or over.is_set(), behind)

        try:
            return await self._client.run_in_engine(compare, urgent=False)
        finally:
            over.set()

    async def _candidates(self, suspect: Suspect) -> list[MeantWord]:
        if suspect.kind != Kind.TYPO:
            return candidates(suspect, self._words)
        word = suspect.written.replace("’", "'")
        strings = words_to_look_up(word)
        own = Counter(found.group() for found in _WORD.finditer(suspect.before))
        often = [text for text, count in own.items() if count > 1 and len(text) > MIN_NAME]
        wrong = await self._spelling.misspelled([*strings, *often])
        if wrong is None:
            return []
        known = [string for string in strings if string not in wrong]
        suggested = await self._spelling.suggestions(word) if needs_suggestions(word, known) else []
        names = {text: own[text] for text in often if text in wrong}
        return candidates(suspect, self._words, suggested, known, names)

    def _offer(self, correction: ChosenCorrection | None) -> None:
        if correction != self.offered:
            self.offered = correction
            self.changed.emit(correction)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_looking(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None


def _word(suspect: Suspect) -> str:
    """What is told apart when a correction is declined: an article with the word behind it."""
    following = suspect.after.split()[:1] if suspect.kind == Kind.ARTICLE else []
    return " ".join((suspect.written, *following))


def _is_ruled_out(cursor: CursorState) -> bool:
    """Whether the state of the editor rules corrections out; they are made for English only."""
    context = cursor.context
    busy = cursor.composing or cursor.selection or cursor.read_only or cursor.suggestions_off
    return busy or context.language != "en" or not context.before.strip()
