"""UTF-16: lengths and positions in code units, as Qt counts, for texts that Python counts in code points.

A code point above U+FFFF ("astral") takes two code units. Lone surrogates, which a document may hold for a
moment, count as one and are kept.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

Positions = Callable[[int], int]
"""A function from positions in one of the two counts to positions in the other."""

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def utf16_bytes(text: str) -> bytes:
    """`text` in UTF-16, little-endian, two bytes a code unit."""
    return text.encode("utf-16-le", "surrogatepass")


def decode_utf16(data: bytes) -> str:
    """The text of UTF-16, little-endian; half a surrogate pair becomes U+FFFD."""
    return data.decode("utf-16-le", "replace")


def is_encodable(text: str) -> bool:
    """Whether `text` holds no surrogates, so that it can be encoded in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def without_surrogates(text: str) -> str:
    """`text` with the character that each surrogate pair stands for, and U+FFFD for lone surrogates."""
    return text if is_encodable(text) else decode_utf16(utf16_bytes(text))


def utf16_length(text: str) -> int:
    """The code units of `text`. To encode it is several times faster than to look at each character."""
    return len(text) if text.isascii() else len(utf16_bytes(text)) // 2


def utf16_positions(text: str) -> Positions:
    """From positions in code points to positions in code units; costs nothing where they are the same."""
    astral = _astral(text)
    return (lambda position: position + bisect_left(astral, position)) if astral else int


def code_point_positions(text: str) -> Positions:
    """From positions in code units to positions in code points; between two halves, behind the character."""
    astral = _astral(text)
    if not astral:
        return int
    ends = [position + index + 2 for index, position in enumerate(astral)]
    return lambda position: position - bisect_left(ends, position + 1)


def _astral(text: str) -> list[int]:
    """The places of the astral code points."""
    if utf16_length(text) == len(text):
        return []
    return [found.start() for found in _ASTRAL.finditer(text)]
