"""The language of a text, told by its most frequent words.

Function words make up a quarter to a half of a text in any language, whatever it is about; the method is that
of Grefenstette (1995), "Comparing two language identification schemes".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from writer.text.language import is_cjk

_WORD = re.compile(r"[^\W\d_]+")

_ENOUGH = 20
"""The number of words from which on a text in a known language has enough function words."""

_LEAST_LEAD = 2
"""The function words that a shorter text must have more than in any other language."""

_LEAST_SHARE = 0.08
"""The share of function words among all words that a text must have."""

_MAX_CHARACTERS = 20_000

_FIRST_CJK = "\u3000"
"""No character before it is of Chinese or Japanese (`is_cjk`)."""


class LanguageIdentifier:
    """Tells languages by `words`: for the code of each language its function words, in lower case."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._languages: dict[str, list[str]] = {}
        for language, text in words.items():
            for word in set(text.split()):
                self._languages.setdefault(word, []).append(language)

    def identify(self, text: str) -> str | None:
        """The code of the text's language, "" where it is none of those known, None where nothing tells it.

        Only the first 20,000 characters count, and no Chinese or Japanese ones.
        """
        return self.judge(*self.count(text))

    def judge(self, hits: Counter[str], words: int) -> str | None:
        """The language of a text of which `count` gave these numbers, as `identify` tells it."""
        ranked = hits.most_common(2)
        best, most = ranked[0] if ranked else ("", 0)
        second = ranked[1][1] if len(ranked) > 1 else 0
        if words < _ENOUGH:
            return best if most >= second + _LEAST_LEAD else None
        return best if most >= _LEAST_SHARE * words else ""

    def differs(self, text: str, language: str) -> bool:
        """Whether a paragraph is clearly in another language than `language`."""
        hits, words = self.count(text)
        best, most = max(hits.items(), key=lambda item: item[1], default=("", 0))
        return best != language and most >= max(4, words // 5) and most > 2 * hits[language]

    def count(self, text: str) -> tuple[Counter[str], int]:
        """The numbers of function words by language, and of all words."""
        hits: Counter[str] = Counter()
        words = 0
        lower = unicodedata.normalize("NFC", text[:_MAX_CHARACTERS]).lower()
        for word, times in Counter(_WORD.findall(lower)).items():
            if word[0] < _FIRST_CJK or not is_cjk(word[0]):
                words += times
                for language in self._languages.get(word, ()):
                    hits[language] += times
        return hits, words
