"""Character classes that word boundaries and spacing depend on, from Unicode categories and ranges."""

from __future__ import annotations

import unicodedata

from writer.text.language import is_cjk

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""The ranges of the Han characters, for use inside the brackets of a regular expression."""

APOSTROPHES = "'’"
APOSTROPHE = "’"
"""The typographic apostrophe."""

OPENING_PUNCTUATION = "([{“‘„‚«‹「『（《〈【"
CLOSING_PUNCTUATION = ",.;:!?)]}"
_FULL_WIDTH = "，。；：！？、「」『』（）《》〈〉【】　"
_SHARED_PUNCTUATION = "…—“”‘’"

_GRAPHEME_EXTENDERS = {0x200D, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)}


def is_han(character: str) -> bool:
    """Whether a character is Han and alphanumeric; Chinese punctuation is not."""
    return is_cjk(character) and character.isalnum()


def is_word_character(character: str) -> bool:
    """Whether a character belongs to space-separated words: a letter, digit or combining mark, not Han."""
    return (character.isalnum() and not is_cjk(character)) or unicodedata.category(character)[0] == "M"


def extends_grapheme(character: str) -> bool:
    """Whether a character extends the grapheme before it.

    These are combining marks, zero-width joiners, variation selectors, skin tones and tag characters.
    """
    return unicodedata.category(character)[0] == "M" or ord(character) in _GRAPHEME_EXTENDERS


def is_regional_indicator(character: str) -> bool:
    """Whether a character is a regional indicator, two of which make a flag."""
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def is_emoji_sequence(grapheme: str) -> bool:
    """Whether a grapheme of several code points is an emoji; an accented letter is not."""
    return len(grapheme) > 1 and any(c == "\u20e3" or unicodedata.category(c) == "So" for c in grapheme)


def joins_without_space(last: str, following: str) -> bool:
    """Whether Chinese typography puts no space between two characters.

    True where one is full-width punctuation, and where one is Han and the other Han or a shared mark.
    """
    if last in _FULL_WIDTH or following in _FULL_WIDTH:
        return True
    either = is_han(last) or is_han(following)
    return either and all(is_han(c) or c in _SHARED_PUNCTUATION for c in (last, following))
