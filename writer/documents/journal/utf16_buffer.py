"""A text buffer in UTF-16 units for fast replay: a hundred thousand edits of ten megabytes."""

from __future__ import annotations

from writer.documents.journal.records import Edit
from writer.text.utf16 import decode_utf16, utf16_bytes

CHUNK = 1 << 16
"""The size of a chunk in bytes; an edit moves little more than that, besides what it adds."""


class Utf16Buffer:
    """A text in UTF-16, stored in chunks so that an edit moves only a small part of it."""

    def __init__(self, text: str) -> None:
        self._chunks = _cut(utf16_bytes(text))
        self._length = sum(map(len, self._chunks))

    def apply(self, edit: Edit) -> None:
        """Apply an edit. Raises ValueError where it lies outside the text."""
        start, gone = 2 * edit.position, 2 * edit.removed
        if start + gone > self._length or len(edit.added) % 2:
            raise ValueError("an edit lies outside the text")
        index, place = self._find(start)
        self._length += len(edit.added) - gone
        while gone:
            chunk = self._chunks[index]
            part = min(gone, len(chunk) - place)
            del chunk[place : place + part]
            gone -= part
            if place == len(chunk) and gone:
                index, place = index + 1, 0
        self._chunks[index][place:place] = edit.added
        if len(self._chunks[index]) > 2 * CHUNK:
            self._chunks[index : index + 1] = _cut(bytes(self._chunks[index]))

    def apply_nearby(self, edit: Edit) -> None:
        """Apply an edit after others were lost, at the nearest valid position."""
        added = edit.added[: len(edit.added) // 2 * 2]
        position = min(edit.position, self._length // 2)
        self.apply(Edit(position, min(edit.removed, self._length // 2 - position), added))

    def text(self) -> str:
        """The current text; a lone surrogate becomes U+FFFD."""
        return decode_utf16(b"".join(self._chunks))

    def _find(self, place: int) -> tuple[int, int]:
        for index, chunk in enumerate(self._chunks):
            if place <= len(chunk):
                return index, place
            place -= len(chunk)
        raise ValueError("an edit lies outside the text")


def _cut(data: bytes) -> list[bytearray]:
    return [bytearray(data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)] or [bytearray()]
