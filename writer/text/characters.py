"""What kind of character something is, as far as words and spaces depend on it."""

from __future__ import annotations

import unicodedata

from writer.text.language import is_cjk

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""Han characters, as the inside of a regular expression's class."""

APOSTROPHES = "'’"
OPENING = "([{“‘「『（《〈【"
CLOSING = ",.;:!?)]}"
_WIDE = "，。；：！？、「」『』（）《》〈〉【】　"
_SHARED = "…—“”‘’"

_EXTENDERS = {0x200D, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)}


def is_han(character: str) -> bool:
    """Whether a character belongs to Chinese words: Han, and not its punctuation."""
    return is_cjk(character) and character.isalnum()


def is_word_character(character: str) -> bool:
    """Whether a character belongs to words that spaces separate: letters, digits and their marks, no Han."""
    return (character.isalnum() and not is_cjk(character)) or unicodedata.category(character)[0] == "M"


def extends_grapheme(character: str) -> bool:
    """Whether a character belongs to the one before it: accents, joiners, skin tones, variations."""
    return unicodedata.category(character)[0] == "M" or ord(character) in _EXTENDERS


def is_regional(character: str) -> bool:
    """Whether a character is half of a flag."""
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def is_sign(grapheme: str) -> bool:
    """Whether several code points are one sign, as emoji are and accented letters are not."""
    return len(grapheme) > 1 and any(c == "\u20e3" or unicodedata.category(c) == "So" for c in grapheme)


def joins_without_space(last: str, following: str) -> bool:
    """Whether Chinese writing has no space between the two characters: beside its marks, between Han."""
    if last in _WIDE or following in _WIDE:
        return True
    either = is_han(last) or is_han(following)
    return either and all(is_han(c) or c in _SHARED for c in (last, following))
