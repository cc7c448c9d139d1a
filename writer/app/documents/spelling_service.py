"""A spelling service: asks a child process, caches its answers, and keeps a personal dictionary.

It checks with one dictionary at a time; the answers of the last few are kept, so that going from a text in
one language to one in another asks nothing again.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import Counter
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from writer.base import atomic_file, paths
from writer.base.child_process import ChildError, LimitError, Limits
from writer.base.errors import Sentence, UserError, os_reason
from writer.base.json_lines_child import JsonLinesChild
from writer.base.progress import Cancelled
from writer.base.regular_file import read_regular
from writer.base.task_pool import TaskPool
from writer.documents.dictionaries import Dictionary, shipped_dictionary
from writer.settings.editor_schema import EDITOR_SPELLING
from writer.settings.store import SettingsStore
from writer.text.spell_words import MAX_WORD_LENGTH

log = logging.getLogger(__name__)

FILE_NAME = "dictionary.txt"
OFF = "off"
_LIMIT = 16 << 20
"""The size limit of the file in bytes."""

_BATCH = 400
"""Words per request; the answer takes a few milliseconds."""

_MAX_WORDS = 100_000
"""The most words whose spelling is kept; each takes about 120 bytes."""

_START_MS, _GATHER_MS = 600, 30
"""The delays before the first request, while the window is starting, and before later ones."""

_LIMITS = Limits(seconds=30.0, memory=math.inf, output=1 << 20)
"""The limits of a request, with the time that the child takes to start."""

_FOREIGN_LIMITS = Limits(seconds=30.0, memory=1 << 30, output=1 << 20)
"""The limits of a request to a dictionary that did not come with the program."""

_MAX_FAILURES = 3
"""The number of failures after which a dictionary's child is not started again."""

_MAX_CACHES = 4
"""The number of dictionaries whose answers are kept."""


class SpellingService(QObject):
    """Checks words against a dictionary and the personal dictionary `file`, one word a line."""

    changed = Signal()
    """More words are checked, or a word became right."""

    def __init__(self, settings: SettingsStore, loop: asyncio.AbstractEventLoop, file: Path) -> None:
        super().__init__()
        self._settings = settings
        self._file = file
        self._dictionary = shipped_dictionary(settings.get(EDITOR_SPELLING))
        """The dictionary in use; None where nothing is checked."""
        self._asked = self._dictionary
        """The dictionary that the child has loaded."""
        self._child = JsonLinesChild(_command(self._dictionary), _LIMITS)
        self._failures: Counter[Dictionary] = Counter()
        self._pool = TaskPool(loop, "spelling")
        self._misspelled: dict[str, bool] = {}
        """The answers of the dictionary in use."""
        self._caches: dict[Dictionary | None, dict[str, bool]] = {self._dictionary: self._misspelled}
        self._waiting: dict[str, None] = {}
        self._checking: asyncio.Future[None] | None = None
        self._closed = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._start_checking)
        self._ignored: set[str] = set()
        self._own_words_cache: set[str] | None = None
        self._is_damaged = False
        """Whether the file holds what cannot be read, and would be lost with the next word."""
        self._unsubscribe = settings.subscribe(EDITOR_SPELLING.key, lambda _key: self._use_default())

    @property
    def enabled(self) -> bool:
        """Whether words are checked."""
        return self._dictionary is not None

    @property
    def dictionary(self) -> Dictionary | None:
        """The dictionary in use; None where nothing is checked."""
        return self._dictionary

    def use(self, dictionary: Dictionary | None) -> None:
        """Check with another dictionary; with None, nothing."""
        if dictionary == self._dictionary:
            return
        self._dictionary = dictionary
        self._misspelled = self._caches.pop(dictionary, {})
        self._caches[dictionary] = self._misspelled
        for old in list(self._caches)[:-_MAX_CACHES]:
            del self._caches[old]
        self._waiting.clear()
        self.changed.emit()

    def is_misspelled(self, word: str) -> bool:
        """Whether a word is known to be misspelled; an unknown one is False and gets checked."""
        wrong = self._misspelled.get(word)
        if wrong is None:
            self._waiting[word] = None
            if self._checking is None and not self._timer.isActive() and not self._closed:
                self._timer.start(_GATHER_MS if self._misspelled else _START_MS)
            return False
        return wrong and not self._is_own(word)

    async def first_misspelled(self, words: list[str]) -> int | None:
        """The index of the first misspelled word, None where there is none; waits for the answer."""
        unknown = [word for word in dict.fromkeys(words) if word not in self._misspelled]
        for word in set(words) & self._misspelled.keys():  # not to be dropped for the others
            self._misspelled[word] = self._misspelled.pop(word)
        for start in range(0, len(unknown), _BATCH):
            await self._check(unknown[start : start + _BATCH])
        return next((i for i, word in enumerate(words) if self.is_misspelled(word)), None)

    async def misspelled(self, words: list[str]) -> set[str] | None:
        """Those of `words` that neither the dictionary has nor the user; None where there is no answer.

        Answers are not kept: these may be many strings that stand in no text.
        """
        wrong: set[str] = set()
        for start in range(0, len(words), _BATCH):
            request: dict[str, object] = {"check": words[start : start + _BATCH]}
            answer = await self._pool.run(self._answer, self._dictionary, request, "wrong")
            if answer is None:
                return None
            wrong.update(answer)
        return {word for word in wrong if not self._is_own(word)}

    async def suggestions(self, word: str) -> list[str]:
        """Corrections of a word, the likeliest first."""
        return await self._request({"suggest": word[:MAX_WORD_LENGTH]}, "words")

    def add_word(self, word: str) -> Sentence | None:
        """Add a word to the personal dictionary. Raises UserError where it cannot be saved.

        A damaged file is set aside first; the sentence returned says where.
        """
        own = {*self._own_words(), word}
        notice = None
        try:
            if self._is_damaged:
                aside = atomic_file.set_aside(self._file)
                self._is_damaged = False
                notice = Sentence(
                    "The list of your own words was damaged. It is kept as {aside}.", {"aside": aside}
                )
            atomic_file.replace(self._file, "".join(f"{w}\n" for w in sorted(own, key=str.casefold)).encode())
        except OSError as error:
            raise UserError(
                "The word could not be kept in {file} ({reason}); check who may write there.",
                file=self._file,
                reason=os_reason(error),
            ) from error
        self._own_words_cache = own
        self.changed.emit()
        return notice

    def reload_own_words(self) -> None:
        """Read the personal dictionary again, because its file was deleted."""
        self._own_words_cache = None
        self.changed.emit()

    def ignore(self, word: str) -> None:
        """Accept a word until the program ends."""
        self._ignored.add(word)
        self.changed.emit()

    async def close(self) -> None:
        """Stop the child and the thread."""
        self._unsubscribe()
        self._closed = True
        self._timer.stop()
        await self._pool.run_daemon(self._child.close)  # the pool's own thread may be asking the child
        await self._pool.close(cancel=True)

    def _start_checking(self) -> None:
        self._checking = self._pool.start(self._check_waiting())

    async def _check_waiting(self) -> None:
        try:
            while self._waiting and self.enabled:
                words = list(self._waiting)[:_BATCH]
                for word in words:
                    del self._waiting[word]
                await self._check(words)
                self.changed.emit()
        finally:
            self._waiting.clear()
            self._checking = None

    async def _check(self, words: list[str]) -> None:
        known = self._misspelled  # another dictionary may be in use when the answer comes
        wrong = set(await self._request({"check": words}, "wrong"))
        known.update((word, word in wrong) for word in words)
        for word in list(islice(known, max(0, len(known) - _MAX_WORDS))):
            del known[word]

    async def _request(self, request: dict[str, object], key: str) -> list[str]:
        """The list of words under `key` in the child's answer; empty where there is none."""
        return await self._pool.run(self._answer, self._dictionary, request, key) or []

    def _answer(
        self, dictionary: Dictionary | None, request: dict[str, object], key: str
    ) -> list[str] | None:
        """The list of words in the answer, None where there is no answer.

        Runs in the pool's thread, the only one that asks the child.
        """
        if dictionary is None or self._failures[dictionary] >= _MAX_FAILURES:
            return None
        if dictionary != self._asked:
            self._child.restart(_command(dictionary), _LIMITS if dictionary.shipped else _FOREIGN_LIMITS)
            self._asked = dictionary
        try:
            words = self._child.ask(request).get(key)
        except Cancelled:
            return None
        except (OSError, ChildError, LimitError) as error:
            self._failures[dictionary] += 1
            log.warning("the spelling child failed: %s", type(error).__name__)
            return None
        return [word for word in words if isinstance(word, str)] if isinstance(words, list) else None

    def _use_default(self) -> None:
        """Use the dictionary of the settings, until the text asks for another."""
        self.use(shipped_dictionary(self._settings.get(EDITOR_SPELLING)))

    def _is_own(self, word: str) -> bool:
        own = self._own_words()
        plain = word.removesuffix("'s")
        return any(w in own or w in self._ignored for w in (word, plain, word.lower(), plain.lower()))

    def _own_words(self) -> set[str]:
        if self._own_words_cache is None:
            text = ""
            self._is_damaged = False
            try:
                text = read_regular(self._file, _LIMIT)[0].decode("utf-8", "replace")
            except FileNotFoundError:
                pass
            except OSError as error:
                log.warning("%s not read: %s", FILE_NAME, error.strerror)
                self._is_damaged = True
            self._is_damaged |= "\ufffd" in text
            self._own_words_cache = {word for word in text.split("\n") if word and "\ufffd" not in word}
        return self._own_words_cache


def _command(dictionary: Dictionary | None) -> list[str]:
    command = [*paths.program(), "spell", dictionary.name if dictionary else OFF]
    if dictionary is None or dictionary.shipped:
        return command
    return [*command, "--folder", str(dictionary.folder)]
