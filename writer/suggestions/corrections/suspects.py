"""The suspects among the words just typed: spans that may be wrong, told by their form and a dictionary.

Code, addresses and paths are no words (`checkable_words`); names, foreign passages and words that stand in
the text twice are spared. Whether a suspect is wrong is told by a model, see `choice`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from writer.suggestions.corrections.confusable_words import ConfusableWords
from writer.text.spell_words import checkable_words

MAX_LINE = 600
"""Characters before the cursor, in its paragraph, in which words are looked for."""


class Kind(StrEnum):
    """What may be wrong with a suspect."""

    TYPO = "typo"
    DOUBLED = "doubled"
    CAPITAL = "capital"
    FIRST_PERSON = "first person"
    ARTICLE = "article"
    SOUND = "sound"
    SLIP = "slip"


@dataclass(frozen=True, slots=True)
class Suspect:
    """The span `written` between `before` and `after`, in which something of `kind` may be wrong.

    `words` is the number of whole words in `after` that were typed behind it. `previous` is the word before
    it in lower case, "" at the beginning of a sentence.
    """

    kind: Kind
    before: str
    written: str
    after: str
    words: int = 0
    previous: str = ""

    @property
    def begins_sentence(self) -> bool:
        """Whether a sentence begins with it."""
        return begins_sentence(self.before)


_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_BEGIN = re.compile(r"(?:\A|\n|[.!?…]['\"”’)\]*_]*\s+|[:;—–-]\s+)[\s\"“‘'(\[*_#>-]*\Z")
_SURE_BEGIN = re.compile(r"(?:[^\W\d_]{2}|\d|['\"”’)])[.]\s{1,2}\Z|[^\W\d_]{2}[!?]\s{1,2}\Z")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:etc|vs|cf|al|approx|dr|mr|mrs|ms|prof|st|no|nos|fig|figs|ca|inc|ltd|jr|sr|vol|pp|ed|eds|est)"
    r"|\b\w\.\w)\.\s+\Z",
    re.IGNORECASE,
)
FIRST_PERSON = frozenset(("i", "i'm", "i've", "i'll", "i'd"))
"""The words that always have a capital."""

_WRONG_CAPITALS = re.compile(r"(?:[A-Z]{2}[a-z]+(?:['’][a-z]+)?|[a-z][A-Z]{2,})\Z")
_VOWEL = re.compile(
    r"[aeio]|u(?!ni|nanim|s[aeiu]|t[aei]|r[aeiou]|b[ei]|k)|h(?:our|onest|onou?r|eir)|x-", re.I
)
_NO_VOWEL = re.compile(r"eu|ew|one\b|once\b|ouija|u\b", re.IGNORECASE)
_REDUPLICATED = re.compile(
    r"very|so|really|no|yes|ha(?:ha)?|hee|ho|well|many|far|more|again|n?ever|please|now|long|big|old|much|oh|ah|bye"
    r"|blah|knock|tut|la|na|day|tick|tap|bang|boom|go|wait|come|run|stop|help|half"
)


def begins_sentence(before: str) -> bool:
    """Whether what follows `before` may begin a sentence, a line or a quotation."""
    return _SENTENCE_BEGIN.search(before[-12:]) is not None or not before.strip()


def find_suspects(
    before: str, words: ConfusableWords, is_unknown: Callable[[str], bool], most: int = 4
) -> list[Suspect]:
    """The suspects among the last `most` finished words before the cursor, the last one first.

    `before` ends at the cursor; what follows the cursor is not looked at. A word is finished once a character
    behind it is none of a word's. `is_unknown` tells the words that no dictionary has, straight apostrophes
    in them.
    """
    line_start = max(before.rfind("\n") + 1, len(before) - MAX_LINE)
    line = before[line_start:]
    if line.count("`") % 2 or not line.isprintable():
        return []
    tokens = [(f.start(), f.end()) for f in _TOKEN.finditer(line)]
    if tokens and tokens[-1][1] == len(line):
        tokens.pop()
    plain = {(word.start, word.end) for word in checkable_words(line)} if line.isascii() else None
    finder = _Finder(before, line_start, tokens, plain, words, is_unknown)
    return [found for index in reversed(range(len(tokens))[-most:]) for found in finder.at(index)]


class _Finder:
    """Looks at the word `tokens[index]` of the line at `line_start` of `text`."""

    def __init__(
        self,
        text: str,
        line_start: int,
        tokens: list[tuple[int, int]],
        plain: set[tuple[int, int]] | None,
        words: ConfusableWords,
        is_unknown: Callable[[str], bool],
    ) -> None:
        self._text, self._start, self._tokens, self._words = text, line_start, tokens, words
        self._line = text[line_start:]
        if plain is None:  # positions in UTF-16 are those of code points where no character has two
            line = "".join(c if ord(c) < 0x10000 else "\ufffd" for c in self._line)
            plain = {(word.start, word.end) for word in checkable_words(line)}
        self._plain = plain
        self._is_unknown = is_unknown
        self._counts: Counter[str] | None = None

    def at(self, index: int) -> Iterator[Suspect]:
        """The suspects of the word `tokens[index]`; an article is one of the word behind it."""
        start, end = self._tokens[index]
        word = self._line[start:end].replace("’", "'")
        previous = self._previous(index)
        lower = word.lower()
        if (start, end) not in self._plain and len(word) > 1:
            if _WRONG_CAPITALS.match(word) and not (len(word) == 3 and word[2] == "s"):
                yield self._suspect(Kind.CAPITAL, start, end, index)
            return
        if not self._stands_alone(start, end):
            return
        if self._is_doubled(index, lower):
            yield self._suspect(Kind.DOUBLED, self._tokens[index - 1][0], end, index)
        if self._lacks_capital(start, end, word):
            kind = Kind.FIRST_PERSON if word in FIRST_PERSON else Kind.CAPITAL
            yield self._suspect(kind, start, end, index)
        if index and self._is_wrong_article(index, word):
            article_start, article_end = self._tokens[index - 1]
            yield self._suspect(Kind.ARTICLE, article_start, article_end, index - 1)
        if self._words.by_sound(lower, previous):
            yield self._suspect(Kind.SOUND, start, end, index)
        if self._may_be_typo(index, word):
            yield self._suspect(Kind.TYPO, start, end, index)
        elif self._words.by_slip(lower):
            yield self._suspect(Kind.SLIP, start, end, index)

    def _suspect(self, kind: Kind, start: int, end: int, index: int) -> Suspect:
        last = self._tokens[-1][1]
        tail = self._line[last:]
        cut = next((i for i, c in enumerate(tail) if c.isalnum()), len(tail))
        return Suspect(
            kind,
            self._text[: self._start + start],
            self._line[start:end],
            self._line[end : last + cut],
            len(self._tokens) - 1 - index,
            self._previous(index),
        )

    def _previous(self, index: int) -> str:
        """The word before, in lower case, "" where something other than spaces stands between."""
        if not index:
            return ""
        start, end = self._tokens[index - 1]
        between = self._line[end : self._tokens[index][0]]
        return self._line[start:end].lower() if between and not between.strip(" ") else ""

    def _stands_alone(self, start: int, end: int) -> bool:
        """Whether a word is no part of a compound, an abbreviation, a number or a mark."""
        before, behind = self._line[max(0, start - 1) : start], self._line[end : end + 1]
        return before not in _JOINED and behind not in _JOINED_BEHIND

    def _is_doubled(self, index: int, lower: str) -> bool:
        return bool(index) and self._previous(index) == lower and _REDUPLICATED.fullmatch(lower) is None

    def _lacks_capital(self, start: int, end: int, word: str) -> bool:
        if not word[0].islower() or not word.isascii():
            return False
        before = self._line[:start]
        if word in FIRST_PERSON:
            return self._line[end : end + 1] not in ".)" and before[-1:] in ("", " ", '"', "“")
        return (
            _SURE_BEGIN.search(before[-6:]) is not None
            and _ABBREVIATIONS.search(before[-12:]) is None
            and "://" not in before[-40:]
        )

    def _is_wrong_article(self, index: int, word: str) -> bool:
        """Whether the word before is the article that the first letter of `word` speaks against."""
        previous = self._previous(index)
        if previous not in ("a", "an") or len(word) < 2:
            return False
        vowel = _VOWEL.match(word) is not None and _NO_VOWEL.match(word) is None
        return vowel != (previous == "an")

    def _may_be_typo(self, index: int, word: str) -> bool:
        lower = word.lower()
        unusual = self._words.is_unusual(lower) and not word[0].isupper()
        if not word.isascii() or not (unusual or self._is_unknown(word)):
            return False
        if word[0].isupper() and not begins_sentence(self._line[: self._tokens[index][0]]):
            return False  # a name
        return self._count(lower) < 2 and not self._is_foreign(index)

    def _count(self, lower: str) -> int:
        if self._counts is None:
            self._counts = Counter(found.group().lower() for found in _TOKEN.finditer(self._text))
        return self._counts[lower]

    def _is_foreign(self, index: int) -> bool:
        """Whether two of the three words before are unknown, too."""
        near = [self._line[a:b] for a, b in self._tokens[max(0, index - 3) : index]]
        return sum(len(word) > 1 and self._is_unknown(word.replace("’", "'")) for word in near) > 1


_JOINED = frozenset("-.'’_@#/\\$%&=+<>~^|*{}[0123456789")
_JOINED_BEHIND = _JOINED - frozenset(".'’")
