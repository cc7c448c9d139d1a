"""The selection of words for the spelling checker: words in the letters of a dictionary.

They are parts of the words that are counted. Other scripts, URLs, e-mail addresses, paths, inline code,
numbers and words with inner capitals are skipped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from writer.text.languages.scripts import LATIN
from writer.text.unicode_words import word_spans
from writer.text.utf16 import utf16_positions

MAX_WORD_LENGTH = 48
"""Characters; longer words are not checked."""

_SKIPPED = re.compile(
    r"(?P<ticks>`+)[^`]+(?P=ticks)"  # code
    r"|\b(?:https?|ftp|file|mailto)://?\S+|\bwww\.\S+|\S+@\S+\.\w+"  # addresses
    r"|\]\([^()\s]*\)"  # where a link leads
    r"|[\w.~-]*[/\\][\w./\\~-]+"  # paths
)
_PARTS = re.compile(r"[^\-.·\u2010\u2011]+")
"""The parts of a compound, which are checked one by one."""

_UNDERSCORE = "_"


@dataclass(frozen=True, slots=True)
class CheckableWord:
    """A word to be checked: UTF-16 code units `start` to `end`.

    `text` is composed (NFC) and has straight apostrophes.
    """

    start: int
    end: int
    text: str


def checkable_words(text: str, letters: str = LATIN) -> tuple[CheckableWord, ...]:
    """The words of one paragraph that are to be checked, in order: those of `letters`, a class of a pattern.

    Words with an inner capital are skipped: they are names or abbreviations.
    """
    if not letters:
        return ()
    pattern = re.compile(f"[{letters}]+(?:['’][{letters}]+)*")
    skipped = [match.span() for match in _SKIPPED.finditer(text)] if _may_skip(text) else []
    to_utf16 = utf16_positions(text)
    found = []
    for first, last in word_spans(text):
        if _UNDERSCORE in (text[first - 1 : first], text[last : last + 1]):
            continue
        for match in _PARTS.finditer(text, first, last):
            start, end = match.span()
            word = _composed(match.group())
            if (
                pattern.fullmatch(word)
                and len(word) > 1
                and word[1:] == word[1:].lower()
                and end - start <= MAX_WORD_LENGTH
                and not any(a < end and start < b for a, b in skipped)
            ):
                found.append(CheckableWord(to_utf16(start), to_utf16(end), word.replace("’", "'")))
    return tuple(found)


def _composed(word: str) -> str:
    """`word` as dictionaries have it: accents within their letters, without soft hyphens."""
    return word if word.isascii() else unicodedata.normalize("NFC", word.replace("\u00ad", ""))


def _may_skip(text: str) -> bool:
    return any(mark in text for mark in "`/\\@]") or "www." in text
