"""A reader of the rows that earlier versions packed: a stream of Arrow with one column of lists of int32.

A training that they began goes on with them. The format is described in
https://arrow.apache.org/docs/format/Columnar.html; its messages are flatbuffers, of which a table has a list
of the places of its fields (https://flatbuffers.dev/internals).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from writer.base.typed_data import DamagedError
from writer.corpus.rows.row_file import TokenRows

_CONTINUATION = 0xFFFFFFFF
_RECORD_BATCH = 3
_KIND, _HEADER, _BODY_LENGTH = 1, 2, 3
"""The numbers of the fields of a message."""

_LENGTH, _BUFFERS = 0, 2
"""The numbers of the fields of a record batch."""

_OFFSETS, _VALUES, _COUNT = 1, 3, 4
"""The places of the two buffers of a column of lists that are read here; the others say which are missing."""


def read_arrow_stream(file: Path) -> TokenRows:
    """The rows of a file, in memory. Raises DamagedError and OSError."""
    data = file.read_bytes()
    ids, ends, total = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)], 0
    try:
        for lists, values in _batches(data):
            first, last = int(lists[0]), int(lists[-1])
            if not 0 <= first <= last <= len(values):
                raise DamagedError("lists beyond their values")
            ids.append(values[first:last])
            ends.append(lists[1:].astype(np.int64) - first + total)
            total += last - first
    except (struct.error, ValueError, IndexError) as error:
        raise DamagedError("no rows of tokens") from error
    return TokenRows(np.concatenate(ids), np.concatenate(ends))


def _batches(data: bytes) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """The offsets and values of the lists in each record batch, int32 [rows + 1] and [tokens]."""
    place = 0
    while True:
        mark, length = struct.unpack_from("<II", data, place)
        if mark != _CONTINUATION:
            raise DamagedError("no message")
        if length == 0:
            return
        message = _Table.root(data, place + 8)
        body = place + 8 + length
        if message.number(_KIND, "B") == _RECORD_BATCH:
            yield _lists(data, message.table(_HEADER), body)
        place = body + message.number(_BODY_LENGTH, "q")
        if place <= body - length:
            raise DamagedError("a message of no length")


def _lists(data: bytes, batch: _Table, body: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    rows, buffers = batch.number(_LENGTH, "q"), batch.vector(_BUFFERS)
    (count,) = struct.unpack_from("<I", data, buffers)
    if count != _COUNT or rows < 0:
        raise DamagedError("other columns")
    places = [struct.unpack_from("<qq", data, buffers + 4 + 16 * i) for i in range(count)]
    if any(start < 0 or size < 0 or body + start + size > len(data) for start, size in places):
        raise DamagedError("a buffer beyond the file")
    if places[_OFFSETS][1] < 4 * (rows + 1):
        raise DamagedError("too few lists")
    values_start, values_size = places[_VALUES]
    lists = np.frombuffer(data, "<i4", rows + 1, body + places[_OFFSETS][0])
    return lists, np.frombuffer(data, "<i4", values_size // 4, body + values_start)


class _Table:
    """A table of a flatbuffer, which begins at `place`."""

    def __init__(self, data: bytes, place: int) -> None:
        if not 0 <= place < len(data):
            raise DamagedError("a table beyond the file")
        self._data, self._place = data, place
        (back,) = struct.unpack_from("<i", data, place)
        self._fields = place - back

    @classmethod
    def root(cls, data: bytes, start: int) -> _Table:
        """The table of the flatbuffer that begins at `start`."""
        return cls(data, start + int(struct.unpack_from("<I", data, start)[0]))

    def number(self, field: int, form: str) -> int:
        """A number, 0 where the table lacks it."""
        place = self._field(field)
        return int(struct.unpack_from(f"<{form}", self._data, place)[0]) if place else 0

    def table(self, field: int) -> _Table:
        """The table that a field refers to."""
        return _Table(self._data, self.vector(field))

    def vector(self, field: int) -> int:
        """The place of what a field refers to; of a vector, that of its length."""
        place = self._field(field)
        if not place:
            raise DamagedError("a field is missing")
        return place + int(struct.unpack_from("<I", self._data, place)[0])

    def _field(self, field: int) -> int:
        """The place of a field, 0 where the table lacks it."""
        if self._fields < 0:
            raise DamagedError("a table beyond the file")
        (size,) = struct.unpack_from("<H", self._data, self._fields)
        if 4 + 2 * field >= size:
            return 0
        (offset,) = struct.unpack_from("<H", self._data, self._fields + 4 + 2 * field)
        return self._place + offset if offset else 0
