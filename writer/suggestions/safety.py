"""The safety filter of suggestions: listed words, guesses at a person's gender, secrets.

It checks the text as it would stand after accepting: a word begun before the cursor and ended by the
suggestion is one word, so a bounded part of the text before the cursor is checked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from writer.suggestions.reasons import Reason
from writer.text.characters import is_han, is_word_character
from writer.text.secrets import contains_new_number, contains_secret

_LOOKBACK = 48
"""Characters before the cursor in which a word, a phrase or a number may begin."""

_GENDER_LOOKBACK = 2_000
"""Characters before the cursor that are searched for a cue to somebody's gender."""

_HERS = "she|her|hers|herself"
_HIS = "he|him|his|himself"
_FEMALE_CUE = re.compile(
    rf"\b(?:{_HERS}|wom[ae]n|girls?|ladies|lady|mothers?|mom|mum|daughters?|sisters?|wife|wives|aunts?|nieces?"
    r"|grandmothers?|grandma|girlfriends?|queens?|princess(?:es)?|actress(?:es)?|mrs|madam)\b"
    r"|[她女妈母姐妹婆娘]",
    re.IGNORECASE,
)
_MALE_CUE = re.compile(
    rf"\b(?:{_HIS}|m[ae]n|boys?|gentlem[ae]n|fathers?|dad|sons?|brothers?|husbands?|uncles?|nephews?"
    r"|grandfathers?|grandpa|boyfriends?|kings?|princes?|mr|sir)\b"
    r"|[他男爸父哥弟爷]",
    re.IGNORECASE,
)
_FEMALE_PRONOUN = re.compile(rf"\b(?:{_HERS})\b|她", re.IGNORECASE)
_MALE_PRONOUN = re.compile(rf"\b(?:{_HIS})\b|他(?!们)", re.IGNORECASE)


class SafetyFilter:
    """Withholds words of the `blocklist` (in any language), guesses at gender, and secrets.

    A long number counts as a secret unless it occurs in the text before: it may be memorised training data.
    """

    def __init__(self, blocklist: Iterable[str]) -> None:
        spaced: list[str] = []
        han: list[str] = []
        for word in sorted(blocklist, key=len, reverse=True):
            (han if any(map(is_han, word)) else spaced).append(re.escape(word))
        self._spaced = re.compile(rf"(?<!\w)(?:{'|'.join(spaced) or '(?!)'})(?!\w)", re.IGNORECASE)
        self._han = re.compile(f"(?=({'|'.join(han) or '(?!)'}))", re.IGNORECASE)

    def rejection_reason(self, before: str, text: str) -> Reason | None:
        """The reason to withhold `text` after `before`; None where there is none."""
        begun = before[-_LOOKBACK:]
        whole = begun + text
        if self._contains_listed(whole, len(begun)):
            return Reason.LISTED
        if _guesses_gender(before, text):
            return Reason.GENDER
        secret = contains_secret(whole, len(begun)) or contains_new_number(whole, len(begun), before)
        return Reason.SECRET if secret else None

    def _contains_listed(self, text: str, new: int) -> bool:
        """Whether a listed word of `text` ends after position `new`."""
        if any(found.end() > new for found in self._spaced.finditer(text)):
            return True
        hits = [(f.start(1), f.end(1)) for f in self._han.finditer(text) if f.end(1) > new]
        if not hits:
            return False
        # The new text is shown in another colour, so it is read alone as well.
        segmentations = _word_boundaries(text, 0), _word_boundaries(text, new)
        return any(start in ends and end in ends for start, end in hits for ends in segmentations)


def _word_boundaries(text: str, start: int) -> set[int]:
    """The positions after `start` where words begin or end in the segmentation of rjieba."""
    from rjieba import tokenize

    return {start + place for _, *ends in tokenize(text[start:]) for place in ends}


def _guesses_gender(before: str, text: str) -> bool:
    """Whether `text` has a gendered pronoun and `before` no cue to that gender."""
    begun = len(before)
    while begun and is_word_character(before[begun - 1]):
        begun -= 1
    last, cues = before[begun:], before[max(0, begun - _GENDER_LOOKBACK) : begun]
    new = last + text
    female = any(f.end() > len(last) for f in _FEMALE_PRONOUN.finditer(new)) and not _FEMALE_CUE.search(cues)
    return female or (
        any(f.end() > len(last) for f in _MALE_PRONOUN.finditer(new)) and not _MALE_CUE.search(cues)
    )
