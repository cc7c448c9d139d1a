"""Which words of a text are spelt by the rules of English, so that a dictionary can be asked about them.

Chinese, other scripts, addresses, code, numbers and abbreviations are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 48
"""A longer word is no word."""

_SKIPPED = re.compile(
    r"(?P<ticks>`+)[^`]+(?P=ticks)"  # code
    r"|\b(?:https?|ftp|file|mailto)://?\S+|\bwww\.\S+|\S+@\S+\.\w+"  # addresses
    r"|\]\([^()\s]*\)"  # where a link leads
    r"|[\w.~-]*[/\\][\w./\\~-]+"  # paths
)
_BESIDE = r"[^\W\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
"""Digits, underlines and letters of other scripts, but Han, which stands beside words without a space."""

_WORD = re.compile(rf"(?<!{_BESIDE})[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*(?!{_BESIDE})")


@dataclass(frozen=True, slots=True)
class CheckableWord:
    """A word to be checked, from `start` to `end` (UTF-16), with straight apostrophes."""

    start: int
    end: int
    text: str


def checkable_words(text: str) -> tuple[CheckableWord, ...]:
    """The words of one paragraph that a dictionary may be asked about, in their order.

    A word with a capital inside is a name or an abbreviation.
    """
    skipped = [match.span() for match in _SKIPPED.finditer(text)] if _may_skip(text) else []
    astral = not text.isascii() and max(text) > "\uffff"
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = match.group()
        if (
            word[1:].islower()
            and end - start <= LONGEST
            and not any(a < end and start < b for a, b in skipped)
        ):
            if astral:
                start, end = _units(text[:start]), _units(text[:end])
            found.append(CheckableWord(start, end, word.replace("’", "'")))
    return tuple(found)


def _may_skip(text: str) -> bool:
    return any(mark in text for mark in "`/\\@]") or "www." in text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
