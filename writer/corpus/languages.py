"""The languages of the documents of a corpus, told by their scripts and their most frequent words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from writer.base.progress import CancelCheck, Cancelled, never
from writer.base.word_lists import function_words
from writer.corpus.document import SourceDocument
from writer.text.characters import HAN
from writer.text.languages.identification import LanguageIdentifier

_PARTS = 4
_PART = 600
"""Characters of each of the parts that are looked at, evenly spaced; a whole book tells no more."""

_HAN = re.compile(f"[{HAN}]+")
_KANA = re.compile("[\u3041-\u30ff]+")
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7a3]+")
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\U0010ffff]")
"""What a text without Han, kana and Hangul has none of, but for signs of full width and the like."""

_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")

_EAST_ASIAN_SHARE = 0.3
"""The share of Han, kana and Hangul among all letters from which a text counts as East Asian."""

_LEAST_SHARE = 0.05
"""That share in a text whose other words are no prose, as of code in a Chinese text about it."""

_KANA_SHARE = 0.15
"""The share of kana among Han and kana from which a text is Japanese; prose has half."""

_CLEAR_LEAD = 1.25
"""How many times the function words of the folder's usual language a text in another one has."""

_MANY_WORDS = 60
"""The words from which on a text without function words is in a language that is not known."""


def tell_languages(
    documents: Sequence[SourceDocument], cancelled: CancelCheck = never
) -> list[SourceDocument]:
    """The documents with their languages, "" for one that is not known. Raises Cancelled.

    A text that nothing tells, or that may as well be in the language of most words of the folder in the same
    script, counts as in that one.
    """
    identifier = LanguageIdentifier(function_words())
    looks = []
    for document in documents:
        if cancelled():
            raise Cancelled
        looks.append(_look(_sample(document.text), identifier))
    usual = {is_latin: _usual_language(documents, looks, is_latin) for is_latin in (True, False)}
    return [
        replace(document, language=look.language(usual[look.is_latin]))
        for document, look in zip(documents, looks, strict=True)
    ]


def main_language(documents: Iterable[SourceDocument]) -> str | None:
    """The language of most words; None where there are no documents."""
    words = Counter[str]()
    for document in documents:
        words[document.language] += document.words
    return max(words, key=lambda language: words[language], default=None)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is seen of a text: its most probable language, None where nothing tells it, and its script.

    `hits` counts the function words by language.
    """

    seen: str | None
    is_latin: bool = False
    hits: Counter[str] = field(default_factory=Counter)

    def language(self, usual: str) -> str:
        """The language, in a folder whose usual one in this script is `usual`."""
        if self.seen is None or self.hits[usual] * _CLEAR_LEAD >= self.hits[self.seen] > 0:
            return usual
        return self.seen


def _usual_language(documents: Sequence[SourceDocument], looks: Sequence[_Look], is_latin: bool) -> str:
    told = (
        replace(document, language=look.seen)
        for document, look in zip(documents, looks, strict=True)
        if look.seen is not None and look.is_latin is is_latin and look.hits
    )
    usual = main_language(told)
    return usual if usual is not None else "en" if is_latin else ""


def _sample(text: str) -> str:
    """The parts of a text that are looked at."""
    if len(text) <= _PARTS * _PART:
        return text
    starts = (round((len(text) - _PART) * part / (_PARTS - 1)) for part in range(_PARTS))
    return "\n".join(text[start : start + _PART] for start in starts)


def _look(text: str, identifier: LanguageIdentifier) -> _Look:
    letters, han, kana, hangul = _count(_LETTERS, text), 0, 0, 0
    if _EAST_ASIAN.search(text):
        han, kana, hangul = (_count(pattern, text) for pattern in (_HAN, _KANA, _HANGUL))
    hits, words = identifier.count(text)
    seen = identifier.judge(hits, words)
    if han + kana + hangul > (_EAST_ASIAN_SHARE if seen else _LEAST_SHARE) * letters:
        if hangul > han + kana:
            return _Look("ko")
        return _Look("ja" if kana > _KANA_SHARE * (han + kana) else "zh")
    return _Look(
        None if seen == "" and words < _MANY_WORDS else seen,
        is_latin=2 * _count(_LATIN, text) >= letters,
        hits=hits,
    )


def _count(characters: re.Pattern[str], text: str) -> int:
    """The number of characters in the runs that a pattern matches."""
    return sum(map(len, characters.findall(text)))
