"""The letters that languages are written in, for those whose words stand apart."""

from __future__ import annotations

import re

LATIN = "A-Za-zÀ-ɏ"
_CYRILLIC = "Ѐ-ӿԀ-ԯ"
_GREEK = "Ͱ-Ͽἀ-῿"
_ARMENIAN = "Ա-Ֆա-և"
_GEORGIAN = "ა-ჿᲐ-Ჿ"
_HEBREW = "א-ת"

_LETTERS = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "mn", "tg", "tt"), _CYRILLIC),
    **dict.fromkeys(("vi", "cy"), f"{LATIN}Ḁ-ỿ"),
    "el": _GREEK,
    "hy": _ARMENIAN,
    "ka": _GEORGIAN,
    "he": _HEBREW,
}
_UNCHECKED = ("ar", "fa", "ur", "hi", "ne", "bn", "si", "ta", "te", "th", "lo", "my", "km", "zh", "ja", "ko")
"""Languages whose words are not checked: they stand not apart, or consist of more than letters."""


def letters_of(dictionary: str) -> str:
    """The letters of a dictionary by its name, such as sr_Latn_RS, as a class of a pattern; "" for none."""
    language, *rest = re.split(r"[_-]", dictionary.lower())
    if language in _UNCHECKED:
        return ""
    return LATIN if "latn" in rest or "latin" in rest else _LETTERS.get(language, LATIN)
