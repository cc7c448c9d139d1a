"""A place for one word, with the text on both sides: which word stands there, and how another one would.

The editor and the command line make a `Gap` with the same functions, and what they show is what is inserted.
"""

from __future__ import annotations

from dataclasses import dataclass

from writer.base.errors import UserError
from writer.suggestions.boundaries import takes_no_space
from writer.suggestions.context import AFTER, window_start
from writer.text.characters import is_han, is_word_character, joins_without_space
from writer.text.language import Language, language_of
from writer.text.words import continues_word, word_around

MARK = "[MASK]"
"""What stands for the gap in a text of the command line."""

WAIT = 0.2
"""Seconds in which a model compares words while somebody waits; with painting, the list is there at 0.3."""

_ENDINGS = ("ing", "ed", "ly", "est", "er", "s")
_NO_PLURAL = ("ss", "us", "is")
_SENTENCE_ENDS = ".!?。！？…\n"


@dataclass(frozen=True, slots=True)
class Gap:
    """`word` stands between `before` and `after` now, "" where there is room for one."""

    before: str
    after: str
    word: str = ""

    @property
    def language(self) -> Language:
        """The language of the word that is wanted, told by what it touches."""
        near = self.word or self.before.rstrip()[-1:] + self.after.lstrip()[:1]
        if any(map(is_han, near)):
            return "zh"
        return "en" if any(map(is_word_character, near)) else language_of(self.before + self.after)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word for a gap; `logprob` is the natural logarithm of its share among all that were compared."""

    text: str
    logprob: float


def gap_at(text: str, start: int, end: int) -> Gap:
    """The gap at a selected piece of `text`, or at the word that a cursor touches (`start` equals `end`)."""
    if start == end:
        start, end = word_around(text, start)
    else:
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
    return Gap(text[window_start(start) : start], text[end : end + AFTER], text[start:end])


def marked(text: str) -> Gap:
    """The gap that `MARK` stands for in `text`. Raises UserError unless there is exactly one."""
    before, mark, after = text.partition(MARK)
    if not mark or MARK in after:
        raise UserError(f"Mark the place of the word with {MARK}, once: She opened the {MARK} and walked in.")
    return Gap(before[window_start(len(before)) :], after[:AFTER].rstrip("\n"))


def fitted(word: str, gap: Gap) -> str:
    """`word` as it is put into the gap, with the capitals and the spaces that it needs there."""
    word = in_case_of(word, gap)
    if any(map(is_han, word)):
        return word
    close = takes_no_space(gap.before) or joins_without_space(gap.before[-1:], word[:1])
    return ("" if close else " ") + word + (" " if continues_word(gap.after) else "")


def in_case_of(word: str, gap: Gap) -> str:
    """`word` with capitals where the replaced word has them, or where a sentence begins."""
    if len(gap.word) > 1 and gap.word.isupper():
        return word.upper()
    begins = not gap.before.strip() or gap.before.rstrip(" \"'“‘(")[-1:] in _SENTENCE_ENDS
    return word[:1].upper() + word[1:] if begins or gap.word[:1].isupper() else word


def same_form(word: str, other: str) -> bool:
    """Whether an English word has the ending of inflection that `other` has; true where that has none."""
    ending = _ending(other)
    return not ending or _ending(word) == ending


def _ending(word: str) -> str:
    lower = word.lower()
    if len(lower) < 4 or lower.endswith(_NO_PLURAL):
        return ""
    return next((ending for ending in _ENDINGS if lower.endswith(ending)), "")
