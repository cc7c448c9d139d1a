"""A service that offers a correction of the word just typed, in a pause: dictionary first, then the model.

It asks only where a word is suspect, with work that waits until the engine is idle and that the next request
for a suggestion cancels. Each place is asked about while words come behind it, as `is_due` says, and an offer
stays until its text changes, is accepted or declined.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Callable
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

log = logging.getLogger(__name__)

PAUSE = 0.35
"""Seconds without a key after which a correction is looked for; nine of ten keys come sooner."""

LOOKED_AT = 3
"""The number of words before the cursor that are looked at."""

MIN_NAME = 3
"""Letters; the document's own words are candidates where they have more."""

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
        is_enabled: Callable[[], bool],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__()
        self._client = client
        self._spelling = spelling
        self._words = words
        self._is_enabled = is_enabled
        self._loop = loop
        self._tasks = TaskPool(loop, "corrections")
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Future[None] | None = None
        self._declined: set[tuple[str, str]] = set()
        """The ends of the texts up to places, with what was offered there and is not offered again."""
        self.offered: ChosenCorrection | None = None

    @property
    def busy(self) -> bool:
        """Whether a correction is looked for, or will be after the pause."""
        return self._timer is not None or self._tasks.busy

    def typed(self, cursor: CursorState) -> None:
        """Handle that the user typed; `cursor` is the state behind it."""
        self._cancel()
        if self.offered is not None and not cursor.context.before.startswith(_text_up_to(self.offered)):
            self._offer(None)
        if self._is_enabled() and not _is_ruled_out(cursor):
            self._timer = self._loop.call_later(PAUSE, self._start, cursor.context)

    def clear(self) -> None:
        """Offer nothing, because the text changed in another way or the cursor left."""
        self._cancel()
        self._offer(None)

    def decline(self) -> None:
        """Offer nothing, and the same correction never again at this place: it was refused or accepted."""
        if self.offered is not None:
            self._declined.add(_key(self.offered))
        self.clear()

    async def close(self) -> None:
        """Cancel what is running and wait for its end."""
        self._cancel()
        await self._tasks.close(cancel=True)

    def _start(self, context: Context) -> None:
        self._timer = None
        self._task = self._tasks.start(self._look(context))

    async def _look(self, context: Context) -> None:
        """Offer the first sure correction of the last words, the last word first."""
        tail = [found.group().replace("’", "'") for found in _WORD.finditer(context.before[-_TAIL:])]
        unknown = await self._spelling.misspelled(tail)
        if unknown is None:
            return
        for suspect in find_suspects(context.before, self._words, unknown.__contains__, LOOKED_AT):
            if is_due(suspect) and (correction := await self._correction(suspect, context)) is not None:
                self._offer(correction)
                return

    async def _correction(self, suspect: Suspect, context: Context) -> ChosenCorrection | None:
        """The correction of a suspect if it is sure and was not declined."""
        offered = await self._candidates(suspect)
        if not offered:
            return None
        texts = texts_to_compare(suspect, offered)
        place = Context(suspect.before, language=context.language, title=context.title)
        behind = BEHIND[suspect.kind]

        def compare(engine: Engine, cancelled: Callable[[], bool]) -> list[float]:
            if not isinstance(engine, SupportsTextScores):
                return []
            return engine.text_scores(place, texts, cancelled, behind)

        try:
            scores = await self._client.run_in_engine(compare, urgent=False)
        except EngineError as error:
            log.info("no correction: %s", error)
            return None
        best = best_correction(suspect, offered, scores or ())
        if best is None or not is_sure(best) or _key(best) in self._declined:
            return None
        return best

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

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None


def _text_up_to(correction: ChosenCorrection) -> str:
    """The text before a correction's place and in it, which must not change while it is offered."""
    return correction.suspect.before + correction.suspect.written


def _key(correction: ChosenCorrection) -> tuple[str, str]:
    """What tells one correction at one place from others."""
    return _text_up_to(correction)[-80:], correction.text


def _is_ruled_out(cursor: CursorState) -> bool:
    """Whether the state of the editor rules corrections out; they are made for English only."""
    context = cursor.context
    busy = cursor.composing or cursor.selection or cursor.read_only or cursor.suggestions_off
    return busy or context.language != "en" or not context.before.strip()
