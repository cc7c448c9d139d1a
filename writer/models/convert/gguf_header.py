"""A check of a GGUF file's header against the file's length, made before a library reads it.

Libraries believe the counts: 49 bytes that announce an array of 2**40 numbers take all memory. The format is
described in docs/gguf.md of https://github.com/ggml-org/ggml.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from writer.base.regular_file import open_regular

MAGIC = b"GGUF"
MAX_NAME = 200
"""Bytes of a name that are read."""

MAX_FIELDS = 1 << 16
"""Metadata fields, and tensors; the largest models have some thousand of the latter."""

MAX_ELEMENTS = 1 << 21
"""Elements of all arrays; tokens, token types and merges of the largest vocabularies are some 900,000."""

MAX_STRING = 16 << 20
"""Bytes of a string, of which the longest is the chat template."""

MAX_DIMENSIONS = 4
WEIGHTS_A_BYTE = 8
"""Weights in a byte of the file at the most: no quantisation has less than a bit for each."""

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value by its type."""

_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)


class HeaderError(Exception):
    """The header announces what the file cannot hold, or no model has. The message quotes nothing of it."""


def check_header(file: Path) -> None:
    """Read the header of a GGUF file, in memory that does not depend on it. Raises HeaderError, OSError."""
    with open_regular(file) as stream:
        _Header(stream, file.stat().st_size).check()


def stated_name(file: Path) -> str:
    """The name that the metadata of a GGUF file state, "" where there is none, or the header is damaged."""
    try:
        with open_regular(file) as stream:
            return _Header(stream, file.stat().st_size).text("general.name")
    except (OSError, HeaderError):
        return ""


class _Header:
    """The header in `stream`, read from its start; the file has `size` bytes."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._order = "<"
        self._elements = 0

    def check(self) -> None:
        """Raise HeaderError unless all of it fits into the file."""
        self._take(4)
        version = self._number("I")
        if version not in _VERSIONS:  # a big-endian file has it, like all numbers, the other way round
            self._order = ">"
            version = int.from_bytes(version.to_bytes(4, "little"), "big")
        tensors, fields = self._number("Q"), self._number("Q")
        if version not in _VERSIONS or max(tensors, fields) > MAX_FIELDS:
            raise HeaderError("version or counts")
        for _ in range(fields):
            self._skip_string()
            self._skip_value(self._number("I"))
        if sum(self._tensor() for _ in range(tensors)) > self._size * WEIGHTS_A_BYTE:
            raise HeaderError("more weights than the file can hold")

    def text(self, field: str) -> str:
        """The text of a metadata field, "" for none. Raises HeaderError."""
        if self._take(4) != MAGIC:
            return ""
        if self._number("I") not in _VERSIONS:
            return ""
        self._number("Q")
        count = self._number("Q")
        for _ in range(min(count, MAX_FIELDS)):
            name = self._take(min(self._number("Q"), MAX_STRING))
            kind = self._number("I")
            if name == field.encode() and kind == _STRING:
                return self._take(min(self._number("Q"), MAX_NAME)).decode("utf-8", "replace")
            self._skip_value(kind)
        return ""

    def _skip_value(self, kind: int) -> None:
        if kind != _ARRAY:
            self._skip_elements(kind, 1)
            return
        kind, count = self._number("I"), self._number("Q")
        self._elements += count
        if self._elements > MAX_ELEMENTS:
            raise HeaderError("too many elements")
        self._skip_elements(kind, count)

    def _skip_elements(self, kind: int, count: int) -> None:
        if kind == _STRING:
            for _ in range(count):
                self._skip_string()
        elif kind in _SIZES:
            self._skip(count * _SIZES[kind])
        else:
            raise HeaderError("type of a value")

    def _tensor(self) -> int:
        """Read the description of a tensor; the number of its weights."""
        self._skip_string()
        dimensions, weights = self._number("I"), 1
        if dimensions > MAX_DIMENSIONS:
            raise HeaderError("dimensions of a tensor")
        for _ in range(dimensions):
            weights *= self._number("Q")
        self._number("I")
        if self._number("Q") > self._size:
            raise HeaderError("place of a tensor")
        return weights

    def _skip_string(self) -> None:
        length = self._number("Q")
        if length > MAX_STRING:
            raise HeaderError("length of a string")
        self._skip(length)

    def _skip(self, count: int) -> None:
        if self._stream.tell() + count > self._size:
            raise HeaderError("the file ends")
        self._stream.seek(count, 1)

    def _number(self, kind: str) -> int:
        found: int = struct.unpack(self._order + kind, self._take(struct.calcsize(self._order + kind)))[0]
        return found

    def _take(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise HeaderError("the file ends")
        return data
