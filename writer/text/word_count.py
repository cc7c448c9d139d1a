"""Word counts and reading time; a Latin word and a Chinese character each count as one word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from writer.text.characters import HAN
from writer.text.unicode_words import count_words

_HAN_CHARACTER = re.compile(f"[{HAN}]")

WORDS_PER_MINUTE = 238
"""Silent reading speed for English prose (Brysbaert, 2019)."""

HAN_PER_MINUTE = 390
"""Silent reading speed for Chinese, in characters (Wang and others, 2019, rounded)."""


@dataclass(frozen=True, slots=True)
class TextCounts:
    """The counts of a text. `words` includes `han`, the Chinese characters; `characters` are code points."""

    words: int = 0
    han: int = 0
    characters: int = 0

    def __add__(self, other: TextCounts) -> TextCounts:
        return TextCounts(self.words + other.words, self.han + other.han, self.characters + other.characters)

    def __sub__(self, other: TextCounts) -> TextCounts:
        return TextCounts(self.words - other.words, self.han - other.han, self.characters - other.characters)

    @property
    def reading_minutes(self) -> int:
        """The reading time in whole minutes; at least one where there are words."""
        exact = (self.words - self.han) / WORDS_PER_MINUTE + self.han / HAN_PER_MINUTE
        return max(1, round(exact)) if self.words else 0


NO_COUNTS = TextCounts()


def count_text(text: str) -> TextCounts:
    """The counts of `text`; line ends are not counted, punctuation counts as characters only."""
    han = 0 if text.isascii() else len(_HAN_CHARACTER.findall(text))
    return TextCounts(count_words(text), han, len(text) - text.count("\n"))
