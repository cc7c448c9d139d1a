"""The languages that the program writes, and how the one of a text is told by its script."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "zh"]


def is_cjk(character: str) -> bool:
    """Whether a character is Chinese (Han), full-width punctuation included."""
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
    """The language being written, told by the script of the last characters before the cursor."""
    tail = before[-200:]
    han = sum(1 for c in tail if is_cjk(c))
    latin = sum(1 for c in tail if c.isalpha() and not is_cjk(c))
    return "zh" if han * 3 > latin and han else "en"
