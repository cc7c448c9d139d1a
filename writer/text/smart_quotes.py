"""Smart quotes: typographic quotation marks and apostrophes in place of the straight ones of the keyboard."""

from __future__ import annotations

import re
from dataclasses import dataclass

from writer.text.characters import APOSTROPHE, OPENING_PUNCTUATION, is_han, is_word_character
from writer.text.language import is_cjk

_EMPHASIS_MARKS = "*_~"
_DASHES = "-‐–—―/"


@dataclass(frozen=True, slots=True)
class QuoteMarks:
    """The quotation marks of a language: a pair for quotations, and one for quotations within them.

    `space` stands inside the outer marks. `alternate` is whether a mark opens wherever none is open, because
    no space around it tells.
    """

    opening: str
    closing: str
    inner_opening: str
    inner_closing: str
    space: str = ""
    alternate: bool = False

    def has(self, mark: str) -> bool:
        """Whether `mark` is one of these."""
        return mark in (self.opening, self.closing, self.inner_opening, self.inner_closing)


ENGLISH = QuoteMarks("“", "”", "‘", "’")
GERMAN = QuoteMarks("„", "“", "‚", "‘")
FRENCH = QuoteMarks("«", "»", "‘", "’", space="\u202f", alternate=True)
CHINESE = QuoteMarks("“", "”", "‘", "’", alternate=True)
CORNER_BRACKETS = QuoteMarks("「", "」", "『", "』", alternate=True)

_ELISION = re.compile(
    r"(?:\d\ds?|t(?:is|was|were|will|would|won['’]t|isn['’]t|wasn['’]t)|em|til|n|bout|cuz|coz|nother|neath"
    r"|tween|twixt|gainst|nuff|kay)$",
    re.IGNORECASE,
)
"""Words that begin with an apostrophe, decades and years among them."""

_GERMAN_ELISION = re.compile(
    r"(?:\d\d|nen?|ne[mrs]|n|s|ran|rauf|raus|rein|rum|runter|rüber|drauf)$", re.IGNORECASE
)
_ELISION_LENGTH = 12


def smart_quote(before: str, typed: str, marks: QuoteMarks = ENGLISH) -> str:
    """The mark for the straight quote `typed` (" or ') after the line's text `before`.

    Marks of emphasis are looked through. A quotation opens at the start of a line, after a space and after an
    opening mark; after a dash, and beside Chinese, it opens where none is open.
    """
    inner = typed == "'"
    last = before.rstrip(_EMPHASIS_MARKS)[-1:]
    if inner and last and is_word_character(last):
        closes = marks.inner_closing != APOSTROPHE and _is_open(before, marks, inner)
        return marks.inner_closing if closes else APOSTROPHE
    if _opens(before, last, marks, inner):
        return marks.inner_opening if inner else marks.opening + marks.space
    return marks.inner_closing if inner else marks.space + marks.closing


def elision(before: str, marks: QuoteMarks) -> int | None:
    """The position of an opening mark before the word that `before` ends with, where an apostrophe belongs.

    The word is complete: 'tis, 'em, the '90s.
    """
    words = _GERMAN_ELISION if marks is GERMAN else _ELISION
    start = before.rfind(marks.inner_opening, max(0, len(before) - _ELISION_LENGTH))
    if start < 0 or not words.match(before, start + 1):
        return None
    return None if start and is_word_character(before[start - 1]) else start


def apostrophe_within(before: str, marks: QuoteMarks) -> int | None:
    """The position of a closing mark at the end of `before` that is an apostrophe if a letter follows."""
    end = len(before) - 1
    closed = end > 0 and before[end] == marks.inner_closing != APOSTROPHE
    return end if closed and is_word_character(before[end - 1]) else None


def _opens(before: str, last: str, marks: QuoteMarks, inner: bool) -> bool:
    if marks.alternate or (last and (is_han(last) or is_cjk(last) or last in _DASHES)):
        return not _is_open(before, marks, inner)
    if not last or last.isspace():
        return True
    opening = last in OPENING_PUNCTUATION and last not in (marks.closing, marks.inner_closing)
    return opening or last in (marks.opening, marks.inner_opening)


def _is_open(before: str, marks: QuoteMarks, inner: bool) -> bool:
    """Whether a quotation is open at the end of `before`; apostrophes do not close one."""
    opening, closing = marks.opening, marks.closing
    if inner:
        opening, closing = marks.inner_opening, marks.inner_closing
    depth = 0
    for found in re.finditer(f"[{opening}{closing}]", before):
        place = found.start()
        if before[place] == opening:
            depth += 1
        elif not (inner and _is_apostrophe(before, place)):
            depth = max(0, depth - 1)
    return depth > 0


def _is_apostrophe(before: str, place: int) -> bool:
    """Whether the closing mark at `place` stands within a word or at the start of one."""
    previous, following = before[place - 1 : place], before[place + 1 : place + 2]
    if not following or not is_word_character(following) or is_han(following):
        return False
    return not previous or previous.isspace() or is_word_character(previous)
