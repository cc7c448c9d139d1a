"""A file of rows of token ids, memory mapped: all ids, then where each row ends, then how many there are.

Ids are int32, ends int64, both little-endian; zeros between them let the ends begin at a multiple of 8.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from writer.base.typed_data import DamagedError

IDS = "input_ids"

_FOOTER = struct.Struct("<8sQQ")
"""The mark of the format, the number of ids, and the number of rows."""

_MARK = b"WTROWS01"
_ID, _END = 4, 8
"""The bytes of an id, and of an end."""

_AT_ONCE = 1 << 18
"""Ids that are written at a time."""


class TokenRows(Sequence[Mapping[str, NDArray[np.int32]]]):
    """Rows in memory or mapped; each is a mapping of IDS to its ids, int32 [tokens].

    `ids` is int32 [all tokens], `ends` int64 [rows]. Raises DamagedError where they do not fit together.
    """

    def __init__(self, ids: NDArray[np.int32], ends: NDArray[np.int64]) -> None:
        bounds = np.concatenate([np.zeros(1, np.int64), ends])
        if bounds[-1] != len(ids) or (np.diff(bounds) < 0).any():
            raise DamagedError("rows of other lengths")
        self._ids, self._bounds = ids, bounds

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        return {IDS: np.array(self._ids[self._bounds[place] : self._bounds[place + 1]])}


class RowWriter:
    """Writes a file of rows, one after the other; it is whole when the context ends. Raises OSError."""

    def __init__(self, file: Path) -> None:
        self._stream = file.open("wb")
        self._pending: list[int] = []
        self._ends: list[int] = []
        self._tokens = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stream:
            if kind is None:
                self._finish()

    def write(self, row: Sequence[int]) -> None:
        """Add a row of ids."""
        self._pending += row
        self._tokens += len(row)
        self._ends.append(self._tokens)
        if len(self._pending) >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        self._stream.write(np.array(self._pending, "<i4").tobytes())
        self._pending.clear()

    def _finish(self) -> None:
        self._flush()
        self._stream.write(bytes(-self._tokens * _ID % _END))
        self._stream.write(np.array(self._ends, "<i8").tobytes())
        self._stream.write(_FOOTER.pack(_MARK, self._tokens, len(self._ends)))


def read_row_file(file: Path) -> TokenRows:
    """The rows of a file, mapped into memory. Raises DamagedError and OSError."""
    size = file.stat().st_size
    if size < _FOOTER.size:
        raise DamagedError("no rows of tokens")
    data = np.asarray(np.memmap(file, np.uint8, "r"))
    mark, tokens, rows = _FOOTER.unpack(data[-_FOOTER.size :].tobytes())
    start = -(-tokens * _ID // _END) * _END
    if mark != _MARK or start + rows * _END + _FOOTER.size != size:
        raise DamagedError("no rows of tokens")
    return TokenRows(data[: tokens * _ID].view("<i4"), data[start : start + rows * _END].view("<i8"))
