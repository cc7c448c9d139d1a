"""What a suggestion withholds although it may be likely: insults, guesses at gender, secrets.

What counts is the text as it would stand: a word that the writer has begun and the suggestion ends is one
word, so a bounded piece of the text before the cursor is looked at as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from writer.suggestions.reasons import Reason
from writer.text.characters import is_han, is_word_character
from writer.text.secrets import holds_secret, tells_number

_BEGUN = 48
"""Characters before the cursor that a word, a phrase or a number may begin in."""

_CUES = 2_000
"""Characters before the cursor in which somebody's gender may have been told."""

_HERS = "she|her|hers|herself"
_HIS = "he|him|his|himself"
_FEMALE = re.compile(
    rf"\b(?:{_HERS}|wom[ae]n|girls?|ladies|lady|mothers?|mom|mum|daughters?|sisters?|wife|wives|aunts?|nieces?"
    r"|grandmothers?|grandma|girlfriends?|queens?|princess(?:es)?|actress(?:es)?|mrs|madam)\b"
    r"|[她女妈母姐妹婆娘]",
    re.IGNORECASE,
)
_MALE = re.compile(
    rf"\b(?:{_HIS}|m[ae]n|boys?|gentlem[ae]n|fathers?|dad|sons?|brothers?|husbands?|uncles?|nephews?"
    r"|grandfathers?|grandpa|boyfriends?|kings?|princes?|mr|sir)\b"
    r"|[他男爸父哥弟爷]",
    re.IGNORECASE,
)
_SAYS_FEMALE = re.compile(rf"\b(?:{_HERS})\b|她", re.IGNORECASE)
_SAYS_MALE = re.compile(rf"\b(?:{_HIS})\b|他(?!们)", re.IGNORECASE)


class SafetyFilter:
    """Withholds listed words (`listed`, in any language), gender nobody told, and secrets.

    A long number counts as one unless the writer wrote it before: nobody needs one that a model remembers.
    """

    def __init__(self, listed: Iterable[str]) -> None:
        spaced: list[str] = []
        han: list[str] = []
        for word in sorted(listed, key=len, reverse=True):
            (han if any(map(is_han, word)) else spaced).append(re.escape(word))
        self._spaced = re.compile(rf"(?<!\w)(?:{'|'.join(spaced) or '(?!)'})(?!\w)", re.IGNORECASE)
        self._han = re.compile(f"(?=({'|'.join(han) or '(?!)'}))", re.IGNORECASE)

    def obstacle(self, before: str, text: str) -> Reason | None:
        """Why `text` is withheld behind `before`; None where it is not."""
        begun = before[-_BEGUN:]
        whole = begun + text
        if self._holds_listed(whole, len(begun)):
            return Reason.LISTED
        if _tells_untold_gender(before, text):
            return Reason.GENDER
        secret = holds_secret(whole, len(begun)) or tells_number(whole, len(begun), before)
        return Reason.SECRET if secret else None

    def _holds_listed(self, text: str, new: int) -> bool:
        """Whether a listed word ends in what is new, which begins at `new`."""
        if any(found.end() > new for found in self._spaced.finditer(text)):
            return True
        hits = [(f.start(1), f.end(1)) for f in self._han.finditer(text) if f.end(1) > new]
        if not hits:
            return False
        # What is new is painted apart from the rest, so it is read alone as well.
        readings = _borders(text, 0), _borders(text, new)
        return any(start in borders and end in borders for start, end in hits for borders in readings)


def _borders(text: str, start: int) -> set[int]:
    """Where words begin and end behind `start`, as Chinese is segmented."""
    from rjieba import tokenize

    return {start + place for _, *ends in tokenize(text[start:]) for place in ends}


def _tells_untold_gender(before: str, text: str) -> bool:
    """Whether `text` says he or she and nothing before it says that somebody is."""
    begun = len(before)
    while begun and is_word_character(before[begun - 1]):
        begun -= 1
    last, told = before[begun:], before[max(0, begun - _CUES) : begun]
    new = last + text
    female = any(f.end() > len(last) for f in _SAYS_FEMALE.finditer(new)) and not _FEMALE.search(told)
    return female or (any(f.end() > len(last) for f in _SAYS_MALE.finditer(new)) and not _MALE.search(told))
