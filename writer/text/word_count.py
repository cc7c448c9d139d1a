"""Counts what was written the way writers expect: a Latin word is one, and so is every Chinese character."""

from __future__ import annotations

import re
from dataclasses import dataclass

from writer.text.characters import HAN

_HANS = re.compile(f"[{HAN}]")
_WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’\-.][^\W_{HAN}]+)*")

WORDS_A_MINUTE = 238
"""Silent reading of English prose (Brysbaert, 2019)."""

HAN_A_MINUTE = 390
"""Silent reading of Chinese, in characters (Wang and others, 2019, rounded)."""


@dataclass(frozen=True, slots=True)
class TextCounts:
    """What a text comes to. `words` holds `han`, the Chinese characters; `characters` are code points."""

    words: int = 0
    han: int = 0
    characters: int = 0

    def __add__(self, other: TextCounts) -> TextCounts:
        return TextCounts(self.words + other.words, self.han + other.han, self.characters + other.characters)

    def __sub__(self, other: TextCounts) -> TextCounts:
        return TextCounts(self.words - other.words, self.han - other.han, self.characters - other.characters)

    @property
    def minutes(self) -> int:
        """How long it takes to read, in whole minutes; at least one where there is anything."""
        exact = (self.words - self.han) / WORDS_A_MINUTE + self.han / HAN_A_MINUTE
        return max(1, round(exact)) if self.words else 0


NOTHING = TextCounts()


def count(text: str) -> TextCounts:
    """The counts of `text`, without its line ends; punctuation counts as characters only."""
    han = 0 if text.isascii() else len(_HANS.findall(text))
    return TextCounts(count_words(text), han, len(text) - text.count("\n"))


def count_words(text: str) -> int:
    """The number of words in `text`; punctuation counts nothing."""
    return sum(1 for _ in _WORD.finditer(text))
