"""A copy of a text for fast edits, in which each character stands for one UTF-16 unit."""

from __future__ import annotations

import re

CHUNK = 1 << 15
"""The units of a full chunk; one has at most twice as many."""

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def units(text: str) -> str:
    """`text` with surrogates in place of the characters that take two units."""
    return text if text.isascii() else _ASTRAL.sub(_halves, text)


def decoded_units(data: bytes) -> str:
    """The units of UTF-16, little-endian."""
    text = data.decode("utf-16-le", "surrogatepass")
    return text if 2 * len(text) == len(data) else units(text)


class UnitText:
    """A text in chunks, so that an edit copies a small part of it."""

    def __init__(self, text: str) -> None:
        """`text` is in units."""
        self._chunks = _cut(text)
        self._near = (0, 0)
        """The index of the chunk that was found last, and where it begins: the next is near to it."""
        self.length = len(text)

    def splice(self, start: int, removed: int, added: str) -> None:
        """Replace `removed` units from `start` on. Raises ValueError where they lie outside the text."""
        if min(start, removed) < 0 or start + removed > self.length:
            raise ValueError("an edit lies outside the text")
        first, before = self._find(start)
        last, end = first, before + removed
        while end > len(self._chunks[last]):
            end -= len(self._chunks[last])
            last += 1
        chunk = self._chunks[first][:before] + added + self._chunks[last][end:]
        pieces = [chunk] if len(chunk) <= 2 * CHUNK else _cut(chunk)
        if not chunk and last + 1 - first < len(self._chunks):
            pieces = []
        self._chunks[first : last + 1] = pieces
        if first >= len(self._chunks):
            self._near = (0, 0)
        self.length += len(added) - removed

    def between(self, start: int, end: int) -> str:
        """The units between two positions. Raises ValueError where they lie outside the text."""
        if not 0 <= start <= end <= self.length:
            raise ValueError("no part of the text")
        index, before = self._find(start)
        need, parts = end - start, []
        while need > 0 and index < len(self._chunks):
            part = self._chunks[index][before : before + need]
            parts.append(part)
            need -= len(part)
            index, before = index + 1, 0
        return "".join(parts)

    def _find(self, position: int) -> tuple[int, int]:
        """The index of a chunk that holds a position, and the position within it."""
        index, start = self._near
        while position < start:
            index -= 1
            start -= len(self._chunks[index])
        while position - start > len(self._chunks[index]):
            start += len(self._chunks[index])
            index += 1
        self._near = index, start
        return index, position - start


def _cut(text: str) -> list[str]:
    return [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)] or [""]


def _halves(found: re.Match[str]) -> str:
    rest = ord(found[0]) - 0x10000
    return chr(0xD800 + (rest >> 10)) + chr(0xDC00 + (rest & 0x3FF))
