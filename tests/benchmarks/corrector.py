"""The corrections of the window, without the window: the dictionary in this process, the model at once."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection
from functools import cache, cached_property
from pathlib import Path

from tests.benchmarks.models import find
from writer.app.suggestions.correction_service import MIN_NAME
from writer.base.word_lists import confusable_words
from writer.documents.dictionaries import shipped_folder
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.suggestions.context import Context, window_start
from writer.suggestions.corrections.candidates import candidates, needs_suggestions, words_to_look_up
from writer.suggestions.corrections.choice import (
    BEHIND,
    ChosenCorrection,
    best_correction,
    is_due,
    texts_to_compare,
)
from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.suggestions.corrections.suspects import Kind, Suspect, find_suspects

CONTEXT = 500
"""The least characters before a suspect that the model reads, twice as many at most; the window
gives more."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


class Corrector:
    """Corrections by the model in `folder`, the starter by default, and the dictionary en_US.

    `kept` is a file with the answers of earlier runs, to which those of this one are added; it must not be
    used with another model, other candidates or other costs.
    """

    def __init__(
        self,
        folder: Path | None = None,
        threads: int = 0,
        kept: Path | None = None,
        kinds: Collection[Kind] = tuple(Kind),
    ) -> None:
        from hunspell import Hunspell

        hunspell = Hunspell("en_US", hunspell_data_dir=str(shipped_folder()), system_encoding="utf-8")
        self._spell = cache(hunspell.spell)
        self._suggest = cache(hunspell.suggest)
        self._folder, self._threads = folder, threads
        self._known = cache(self._look_up)
        self._answers: dict[str, tuple[str, float, float] | None] = {}
        self._kept = kept
        self._kinds = kinds
        if kept is not None and kept.is_file():
            rows = (json.loads(line) for line in kept.read_text("utf-8").splitlines())
            self._answers = {key: tuple(answer) if answer else None for key, answer in rows}
        self.words = ConfusableWords(confusable_words())
        self.asked = 0
        """The number of questions to the model."""

    @cached_property
    def _engine(self) -> LocalEngine:
        """The model, loaded where an answer is not kept."""
        return loading.load(self._folder or find("starter").folder, "cpu", threads=self._threads)

    def is_unknown(self, word: str) -> bool:
        """Whether the dictionary does not have a word."""
        return not self._spell(word)

    def suspects(self, before: str, most: int) -> list[Suspect]:
        """See `find_suspects`; only those that are due."""
        found = find_suspects(before, self.words, self.is_unknown, most)
        return [suspect for suspect in found if suspect.kind in self._kinds and is_due(suspect)]

    def best(self, suspect: Suspect) -> ChosenCorrection | None:
        """The best correction of a suspect, however sure."""
        place = "\0".join((suspect.kind, suspect.before[-200:], suspect.written, suspect.after))
        key = hashlib.sha256(place.encode()).hexdigest()[:24]
        if key not in self._answers:
            best = self._ask(suspect)
            self._answers[key] = answer = (best.text, best.better, best.lead) if best else None
            if self._kept is not None:
                with self._kept.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps((key, answer)) + "\n")
        known = self._answers[key]
        return ChosenCorrection(suspect, *known) if known is not None else None

    def last_word(self, before: str) -> tuple[int, int]:
        """The start and end of the last word of a text."""
        begin = max(0, len(before) - 60)
        spans = [found.span() for found in _WORD.finditer(before, begin)]
        return spans[-1] if spans else (0, 0)

    def word_ends(self, text: str) -> list[int]:
        """The positions behind the character that follows each word."""
        return [found.end() + 1 for found in _WORD.finditer(text) if found.end() < len(text)]

    def _ask(self, suspect: Suspect) -> ChosenCorrection | None:
        if suspect.kind == Kind.TYPO:
            known, suggested = self._known(suspect.written.replace("’", "'"))
            own = Counter(found.group() for found in _WORD.finditer(suspect.before))
            often = {word: count for word, count in own.items() if count > 1 and len(word) > MIN_NAME}
            names = {word: count for word, count in often.items() if self.is_unknown(word)}
            offered = candidates(suspect, self.words, suggested, known, names)
        else:
            offered = candidates(suspect, self.words)
        if not offered:
            return None
        self.asked += 1
        texts = texts_to_compare(suspect, offered)
        before = suspect.before[window_start(len(suspect.before), CONTEXT, CONTEXT) :]
        scores = self._engine.text_scores(Context(before), texts, lambda: False, BEHIND[suspect.kind])
        return best_correction(suspect, offered, scores)

    def _look_up(self, word: str) -> tuple[list[str], list[str]]:
        known = [text for text in words_to_look_up(word) if self._spell(text)]
        return known, self._suggest(word) if needs_suggestions(word, known) else []
