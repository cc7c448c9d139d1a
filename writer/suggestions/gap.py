"""A gap for one word with the text on both sides, for infilling; and the form of a word put into it.

The editor and the command line use the same functions, so the word shown is the word inserted.
"""

from __future__ import annotations

from dataclasses import dataclass

from writer.base.errors import UserError
from writer.suggestions.boundaries import takes_no_space
from writer.suggestions.context import MAX_AFTER, window_start
from writer.text.characters import is_han, is_word_character, joins_without_space
from writer.text.language import Language, language_of
from writer.text.words import continues_word, word_around

MARK = "[MASK]"
"""The mark of the gap in a text given to the command line."""

TIME_BUDGET = 0.2
"""Seconds that a model has to compare words; with painting, the list is shown within 0.3 s."""

_ENDINGS = ("ing", "ed", "ly", "est", "er", "s")
_NOT_PLURAL = ("ss", "us", "is")
_SENTENCE_ENDS = ".!?。！？…\n"


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap between `before` and `after`; `word` is the present word, "" where there is none."""

    before: str
    after: str
    word: str = ""

    @property
    def language(self) -> Language:
        """The language of the word, by the characters of the present word or those beside the gap."""
        near = self.word or self.before.rstrip()[-1:] + self.after.lstrip()[:1]
        if any(map(is_han, near)):
            return "zh"
        return "en" if any(map(is_word_character, near)) else language_of(self.before + self.after)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word for a gap; `logprob` is its natural log-probability among all words that were compared."""

    text: str
    logprob: float


def gap_at(text: str, start: int, end: int) -> Gap:
    """The gap at the selection `start` to `end` of `text`, without the spaces at its ends.

    Where `start` equals `end`, the gap is at the word that this cursor touches.
    """
    if start == end:
        start, end = word_around(text, start)
    else:
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
    return Gap(text[window_start(start) : start], text[end : end + MAX_AFTER], text[start:end])


def parse_gap(text: str) -> Gap:
    """The gap at `MARK` in `text`. Raises UserError unless `text` has exactly one."""
    before, mark, after = text.partition(MARK)
    if not mark or MARK in after:
        raise UserError(
            "Mark the place of the word with {mark}, once: She opened the {mark} and walked in.", mark=MARK
        )
    return Gap(before[window_start(len(before)) :], after[:MAX_AFTER].rstrip("\n"))


def fit_word(word: str, gap: Gap) -> str:
    """`word` with the case and the spaces that it needs in the gap."""
    word = apply_case(word, gap)
    if any(map(is_han, word)):
        return word
    close = takes_no_space(gap.before) or joins_without_space(gap.before[-1:], word[:1])
    return ("" if close else " ") + word + (" " if continues_word(gap.after) else "")


def apply_case(word: str, gap: Gap) -> str:
    """`word` in the case of the present word, and capitalised at the beginning of a sentence."""
    if len(gap.word) > 1 and gap.word.isupper():
        return word.upper()
    begins = not gap.before.strip() or gap.before.rstrip(" \"'“‘(")[-1:] in _SENTENCE_ENDS
    return word[:1].upper() + word[1:] if begins or gap.word[:1].isupper() else word


def same_inflection(word: str, other: str) -> bool:
    """Whether an English word has the inflectional ending of `other`; true where `other` has none."""
    ending = _ending(other)
    return not ending or _ending(word) == ending


def _ending(word: str) -> str:
    lower = word.lower()
    if len(lower) < 4 or lower.endswith(_NOT_PLURAL):
        return ""
    return next((ending for ending in _ENDINGS if lower.endswith(ending)), "")
