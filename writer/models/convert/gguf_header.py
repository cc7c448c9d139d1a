"""A reader of a GGUF file's header, checked against the file's length, before a library reads the file.

Libraries believe the counts: 49 bytes that announce an array of 2**40 numbers take all memory. The format is
described in docs/gguf.md of https://github.com/ggml-org/ggml.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.regular_file import open_regular

MAGIC = b"GGUF"
MAX_FIELDS = 1 << 16
"""Metadata fields, and tensors; the largest models have some thousand of the latter."""

MAX_ELEMENTS = 1 << 21
"""Elements of all arrays; tokens, token types and merges of the largest vocabularies are some 900,000."""

MAX_STRING = 16 << 20
"""Bytes of a string, of which the longest is the chat template."""

MAX_DIMENSIONS = 4
WEIGHTS_A_BYTE = 8
"""Weights in a byte of the file at the most: no quantisation has less than a bit for each."""

FACTS_BYTES = 1 << 20
"""Bytes of the file in which the facts of the whole model stand: before the vocabulary."""

ALIGNMENT_FIELD, ALIGNMENT, MAX_ALIGNMENT = "general.alignment", 32, 1 << 16

_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The formats of `struct` for a value, by its type."""

_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)


class HeaderError(Exception):
    """The header announces what the file cannot hold, or no model has. The message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class GgufEntry:
    """A tensor: its dimensions, the innermost first, its type as GGUF numbers it, and its place."""

    name: str
    dimensions: tuple[int, ...]
    kind: int
    offset: int

    @property
    def size(self) -> int:
        """The number of weights."""
        return math.prod(self.dimensions)


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The metadata by name, and the tensors, whose places are counted from `start`.

    `order` is "<" for a little-endian file, ">" for a big-endian one.
    """

    fields: Mapping[str, Any]
    tensors: tuple[GgufEntry, ...]
    start: int
    order: str


def check_header(file: Path) -> None:
    """Read the header of a GGUF file, in memory that does not depend on it. Raises HeaderError, OSError."""
    _parsed(file, keep=False)


def read_header(file: Path) -> GgufHeader:
    """The header of a GGUF file. Raises HeaderError, OSError."""
    return _parsed(file, keep=True)


def stated_fields(file: Path, names: Collection[str]) -> dict[str, Any]:
    """The fields of these names at the beginning of a GGUF file, up to where it is damaged."""
    found: dict[str, Any] = {}
    with contextlib.suppress(OSError, HeaderError, ValueError, struct.error):
        with open_regular(file) as stream:
            header = _Header(stream.read(FACTS_BYTES))
        for name, value in header.fields(names):
            found[name] = value
    return found


def _parsed(file: Path, keep: bool) -> GgufHeader:
    with open_regular(file) as stream:
        try:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Header(data).read(keep)
        except (ValueError, struct.error) as error:  # an empty file, bytes that are no text, the end
            raise HeaderError("the file ends") from error


class _Header:
    """The header at the beginning of `data`, read once."""

    def __init__(self, data: mmap.mmap | bytes) -> None:
        self._data = data
        self._size = len(data)
        self._place = 0
        self._order = "<"
        self._elements = 0
        self._length = struct.Struct("<Q")

    def read(self, keep: bool) -> GgufHeader:
        """The header, all of which fits into the file; with nothing in it unless `keep`."""
        tensors, fields = self._counts()
        values = {}
        for _ in range(fields):
            name = self._string()
            value = self._value(keep)
            if keep:
                values[name.decode()] = value
        found, weights = [], 0
        for _ in range(tensors):
            tensor = self._tensor()
            weights += tensor.size
            if keep:
                found.append(tensor)
        if weights > self._size * WEIGHTS_A_BYTE:
            raise HeaderError("more weights than the file can hold")
        alignment = values.get(ALIGNMENT_FIELD, ALIGNMENT)
        if not isinstance(alignment, int) or not 0 < alignment <= MAX_ALIGNMENT:
            raise HeaderError("alignment")
        start = -(-self._place // alignment) * alignment
        return GgufHeader(values, tuple(found), start, self._order)

    def fields(self, names: Collection[str]) -> Iterator[tuple[str, Any]]:
        """The fields of these names with their values, in the order of the file."""
        for _ in range(self._counts()[1]):
            name = self._string().decode()
            value = self._value(keep=name in names)
            if name in names:
                yield name, value

    def _counts(self) -> tuple[int, int]:
        """The numbers of tensors and metadata fields."""
        magic, version = struct.unpack_from("<4sI", self._data)
        if magic != MAGIC:
            raise HeaderError("no GGUF file")
        if version not in _VERSIONS:  # a big-endian file has it, like all numbers, the other way round
            self._order = ">"
            self._length = struct.Struct(">Q")
            version = int.from_bytes(version.to_bytes(4, "little"), "big")
        self._place = 8
        tensors, fields = self._numbers("2Q")
        if version not in _VERSIONS or max(tensors, fields) > MAX_FIELDS:
            raise HeaderError("version or counts")
        return tensors, fields

    def _value(self, keep: bool) -> Any:
        """The next value, None unless `keep`."""
        (kind,) = self._numbers("I")
        if kind != _ARRAY:
            return self._elements_of(kind, 1, keep)[0] if keep else self._elements_of(kind, 1, keep)
        kind, count = self._numbers("IQ")
        self._elements += count
        if self._elements > MAX_ELEMENTS:
            raise HeaderError("too many elements")
        return self._elements_of(kind, count, keep)

    def _elements_of(self, kind: int, count: int, keep: bool) -> Any:
        if kind == _STRING:
            return self._strings(count, keep)
        if kind not in _FORMATS:
            raise HeaderError("type of a value")
        if keep:
            return list(self._numbers(f"{count}{_FORMATS[kind]}"))
        self._skip(count * struct.calcsize(f"<{_FORMATS[kind]}"))
        return None

    def _strings(self, count: int, keep: bool) -> list[str] | None:
        """The next strings; the loop has no calls but for the library's, as there are 400,000 of them."""
        data, size, place, unpack = self._data, self._size, self._place, self._length.unpack_from
        found: list[str] = []
        for _ in range(count):
            (length,) = unpack(data, place)
            start = place + 8
            place = start + length
            if length > MAX_STRING or place > size:
                raise HeaderError("length of a string")
            if keep:
                found.append(str(data[start:place], "utf-8"))
        self._place = place
        return found if keep else None

    def _tensor(self) -> GgufEntry:
        """The next description of a tensor."""
        name = self._string()
        (count,) = self._numbers("I")
        if count > MAX_DIMENSIONS:
            raise HeaderError("dimensions of a tensor")
        dimensions = self._numbers(f"{count}Q")
        kind, offset = self._numbers("IQ")
        if offset > self._size:
            raise HeaderError("place of a tensor")
        return GgufEntry(name.decode(), dimensions, kind, offset)

    def _string(self) -> bytes:
        (length,) = self._numbers("Q")
        if length > MAX_STRING:
            raise HeaderError("length of a string")
        start = self._place
        self._skip(length)
        return self._data[start : self._place]

    def _skip(self, count: int) -> None:
        if self._place + count > self._size:
            raise HeaderError("the file ends")
        self._place += count

    def _numbers(self, form: str) -> tuple[Any, ...]:
        """The next numbers, without bytes between them."""
        form = self._order + form
        start = self._place
        self._skip(struct.calcsize(form))
        return struct.unpack_from(form, self._data, start)
