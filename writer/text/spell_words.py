"""The selection of words for the spelling checker: words in Latin letters.

Other scripts, URLs, e-mail addresses, paths, inline code, numbers and words with inner capitals are skipped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from writer.text.utf16 import utf16_positions

MAX_WORD_LENGTH = 48
"""Characters; longer words are not checked."""

_SKIPPED = re.compile(
    r"(?P<ticks>`+)[^`]+(?P=ticks)"  # code
    r"|\b(?:https?|ftp|file|mailto)://?\S+|\bwww\.\S+|\S+@\S+\.\w+"  # addresses
    r"|\]\([^()\s]*\)"  # where a link leads
    r"|[\w.~-]*[/\\][\w./\\~-]+"  # paths
)
_ADJACENT = r"[^\W\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
"""Characters that rule a word out when next to it: word characters except Han, which needs no space."""

_WORD = re.compile(rf"(?<!{_ADJACENT})[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*(?!{_ADJACENT})")


@dataclass(frozen=True, slots=True)
class CheckableWord:
    """A word to be checked: UTF-16 code units `start` to `end`; `text` has straight apostrophes."""

    start: int
    end: int
    text: str


def checkable_words(text: str) -> tuple[CheckableWord, ...]:
    """The words of one paragraph that are to be checked, in order.

    Words with an inner capital are skipped: they are names or abbreviations.
    """
    skipped = [match.span() for match in _SKIPPED.finditer(text)] if _may_skip(text) else []
    to_utf16 = utf16_positions(text)
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = match.group()
        if (
            word[1:].islower()
            and end - start <= MAX_WORD_LENGTH
            and not any(a < end and start < b for a, b in skipped)
        ):
            found.append(CheckableWord(to_utf16(start), to_utf16(end), word.replace("’", "'")))
    return tuple(found)


def _may_skip(text: str) -> bool:
    return any(mark in text for mark in "`/\\@]") or "www." in text
