"""A spelling service: asks a child process, caches its answers, and keeps the user's own words."""

from __future__ import annotations

import asyncio
import logging
import math
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from writer.base import atomic_file, paths
from writer.base.child_process import ChildError, LimitError, Limits
from writer.base.errors import UserError, os_reason
from writer.base.json_lines_child import JsonLinesChild
from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.store import SettingsStore
from writer.text.spell_words import MAX_WORD_LENGTH

log = logging.getLogger(__name__)

FILE_NAME = "dictionary.txt"
OFF = "off"
_BATCH = 400
"""Words asked about at once; their answer takes a few milliseconds."""

_START_MS, _GATHER_MS = 600, 30
"""How long words wait: for the first time, when the window itself is just starting, and later."""

_LIMITS = Limits(seconds=30.0, memory=math.inf, output=1 << 20)
"""What an answer may take; the time has to do for starting the child as well."""

_TRIES = 3
"""A child that fails so often is not started again."""


class SpellingService(QObject):
    """`file` holds the writer's own words, one a line."""

    changed = Signal()
    """More is known, or other words are right now."""

    def __init__(self, settings: SettingsStore, loop: asyncio.AbstractEventLoop, file: Path) -> None:
        super().__init__()
        self._settings = settings
        self._file = file
        self._dictionary = settings.get(EDITOR_SPELLING)
        """The one that the child has."""
        self._child = JsonLinesChild(_command(self._dictionary), _LIMITS)
        self._failures = 0
        self._pool = TaskPool(loop, "spelling")
        self._wrong: dict[str, bool] = {}
        self._waiting: dict[str, None] = {}
        self._asking: asyncio.Future[None] | None = None
        self._closed = False
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._begin)
        self._ignored: set[str] = set()
        self._own: set[str] | None = None
        self._unsubscribe = settings.subscribe(EDITOR_SPELLING.key, lambda _key: self._start_anew())

    @property
    def enabled(self) -> bool:
        """Whether the settings want words checked."""
        return self._settings.get(EDITOR_SPELLING) != OFF

    def is_wrong(self, word: str) -> bool:
        """Whether a word is known to be wrong. A word not asked about yet is asked about."""
        wrong = self._wrong.get(word)
        if wrong is None:
            self._waiting[word] = None
            if self._asking is None and not self._pause.isActive() and not self._closed:
                self._pause.start(_GATHER_MS if self._wrong else _START_MS)
            return False
        return wrong and not self._is_own(word)

    async def first_wrong(self, words: list[str]) -> int | None:
        """The index of the first wrong word."""
        unknown = [word for word in dict.fromkeys(words) if word not in self._wrong]
        for start in range(0, len(unknown), _BATCH):
            await self._check(unknown[start : start + _BATCH])
        return next((i for i, word in enumerate(words) if self.is_wrong(word)), None)

    async def suggestions(self, word: str) -> list[str]:
        """What may be meant, the likeliest first."""
        return await self._ask_child({"suggest": word[:MAX_WORD_LENGTH]}, "words")

    def learn(self, word: str) -> None:
        """Keep a word as one of the writer's own. Raises UserError where it cannot be kept."""
        own = {*self._own_words(), word}
        try:
            atomic_file.replace(self._file, "".join(f"{w}\n" for w in sorted(own, key=str.casefold)).encode())
        except OSError as error:
            raise UserError(
                "The word could not be kept in {file} ({reason}); check who may write there.",
                file=self._file,
                reason=os_reason(error),
            ) from error
        self._own = own
        self.changed.emit()

    def forget(self) -> None:
        """Follow that the file of the writer's own words has been deleted."""
        self._own = None
        self.changed.emit()

    def ignore(self, word: str) -> None:
        """Take a word as right until the program ends."""
        self._ignored.add(word)
        self.changed.emit()

    async def close(self) -> None:
        """Stop the child and the thread that talks with it."""
        self._unsubscribe()
        self._closed = True
        self._pause.stop()
        await self._pool.run_daemon(self._child.close)  # the pool's own thread may be asking the child
        await self._pool.close(cancel=True)

    def _begin(self) -> None:
        self._asking = self._pool.start(self._ask())

    async def _ask(self) -> None:
        try:
            while self._waiting and self.enabled:
                words = list(self._waiting)[:_BATCH]
                for word in words:
                    del self._waiting[word]
                await self._check(words)
                self.changed.emit()
        finally:
            self._waiting.clear()
            self._asking = None

    async def _check(self, words: list[str]) -> None:
        wrong = set(await self._ask_child({"check": words}, "wrong"))
        self._wrong.update((word, word in wrong) for word in words)

    async def _ask_child(self, question: dict[str, object], key: str) -> list[str]:
        """The words that the child's answer has under `key`; none where there is no answer."""
        return await self._pool.run(self._answer, self._settings.get(EDITOR_SPELLING), question, key)

    def _answer(self, language: str, question: dict[str, object], key: str) -> list[str]:
        """In the pool's thread, the only one that asks the child."""
        if language == OFF or self._failures >= _TRIES:
            return []
        if language != self._dictionary:
            self._child.restart(_command(language))
            self._dictionary = language
        try:
            words = self._child.ask(question).get(key)
        except Cancelled:
            return []
        except (OSError, ChildError, LimitError) as error:
            self._failures += 1
            log.warning("the spelling child failed: %s", type(error).__name__)
            return []
        return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []

    def _start_anew(self) -> None:
        """Another dictionary: nothing is known any more."""
        self._wrong.clear()
        self.changed.emit()

    def _is_own(self, word: str) -> bool:
        own = self._own_words()
        plain = word.removesuffix("'s")
        return any(w in own or w in self._ignored for w in (word, plain, word.lower(), plain.lower()))

    def _own_words(self) -> set[str]:
        if self._own is None:
            try:
                self._own = set(self._file.read_text("utf-8", "replace").split("\n")) - {""}
            except FileNotFoundError:
                self._own = set()
            except OSError as error:
                log.warning("%s not read: %s", FILE_NAME, error.strerror)
                self._own = set()
        return self._own


def _command(language: str) -> list[str]:
    return [*paths.program(), "spell", language]
