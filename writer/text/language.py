"""The languages that the program supports, and the detection of a text's language by its script."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def is_cjk(character: str) -> bool:
    """Whether a character is Han, CJK punctuation (U+3000 to U+303F) or a full-width form."""
    code = ord(character)
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0x20000 <= code <= 0x3134F
        or 0xF900 <= code <= 0xFAFF
        or 0x3000 <= code <= 0x303F
        or 0xFF00 <= code <= 0xFFEF
    )


def language_of(before: str) -> Language:
    """The language at the end of `before`: "zh" where over a quarter of the letters is Chinese.

    Only the last 200 characters count.
    """
    tail = before[-200:]
    han = sum(1 for c in tail if is_cjk(c))
    latin = sum(1 for c in tail if c.isalpha() and not is_cjk(c))
    return "zh" if han * 3 > latin and han else "en"
