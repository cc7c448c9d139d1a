"""The log of the origins of an open text: the origins that it had, and what each edit made of them.

A record is: length of the body (4 bytes), CRC-32 of the body (4 bytes), and the body: its type, the mark in
the text's journal up to which it holds, and its content. The first one holds all origins; a log that has
become long is begun again. Numbers are little-endian.
"""

from __future__ import annotations

import logging
import math
import os
import struct
import sys
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.regular_file import NotRegularError, TooLargeError, read_regular
from writer.base.typed_data import DamagedError
from writer.documents.authorship import record_file
from writer.documents.authorship.batches import Batch
from writer.documents.authorship.origin import FIRST_BATCH, Run
from writer.documents.authorship.origin_runs import OriginRuns
from writer.documents.authorship.tracked_text import Authorship, Splice

log = logging.getLogger(__name__)

LONG = 1 << 20
"""The bytes of edits from which on a log is begun again."""

MAX_BYTES = record_file.MAX_BYTES + (64 << 20)
"""The largest log in bytes."""

_FRAME = struct.Struct("<II")
_BODY = struct.Struct("<cQQ")
_SPLICE = struct.Struct("<QQI")
_RUN = struct.Struct("<II")
_BATCH = struct.Struct("<IdQ")
_ALL, _EDIT, _TAKEN = b"A", b"E", b"T"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a journal: a generation, and the bytes of its log up to there."""

    generation: int
    offset: int


@dataclass(frozen=True, slots=True)
class LoggedAuthorship:
    """The origins that a log holds, for the text of the journal at `mark`. `damaged`: records are missing."""

    authorship: Authorship
    mark: Mark
    damaged: bool = False


class EditLog:
    """A log that is being written, of the journal named `name`."""

    def __init__(self, path: Path, name: str, authorship: Authorship, mark: Mark) -> None:
        """Begin the log with all origins. Raises OSError."""
        self.name = name
        self._path = path
        self._lock = threading.Lock()
        self._descriptor = -1
        self._size = 0
        self.begin_again(authorship, mark)

    @property
    def is_long(self) -> bool:
        """Whether it should be begun again."""
        return self._size > LONG

    def begin_again(self, authorship: Authorship, mark: Mark) -> None:
        """Replace the log by one that begins with all origins. Raises OSError; then the old one stays."""
        body = _BODY.pack(_ALL, mark.generation, mark.offset) + record_file.encode(authorship)
        atomic_file.replace(self._path, _framed(body), sync=False)
        self._exchange(os.open(self._path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)))
        self._size = 0

    def add(self, mark: Mark, splices: Sequence[Splice], taken: tuple[int, Batch] | None) -> None:
        """Log an edit; `taken` is the tag of the batch that it enlarged, and the batch. Raises OSError."""
        data = b""
        if taken is not None:
            tag, batch = taken
            numbers = _BATCH.pack(tag, batch.time, batch.taken)
            data = _framed(_BODY.pack(_TAKEN, mark.generation, mark.offset) + numbers)
        parts = [_BODY.pack(_EDIT, mark.generation, mark.offset)]
        for start, removed, added in splices:
            parts.append(_SPLICE.pack(start, removed, len(added)))
            parts += [_RUN.pack(length, tag) for length, tag in added]
        data += _framed(b"".join(parts))
        self._size += len(data)
        if os.write(self._descriptor, data) != len(data):
            raise OSError(28, os.strerror(28))

    def sync_quietly(self) -> None:
        """Sync the log to the disk, from another thread; what fails is logged."""
        with self._lock:
            try:
                if self._descriptor >= 0:
                    _sync_data(self._descriptor)
            except OSError as error:
                log.warning("a log of authorship is not synced: %s", error.strerror)

    def close(self) -> None:
        """Close the file."""
        self._exchange(-1)

    def _exchange(self, descriptor: int) -> None:
        with self._lock:
            old, self._descriptor = self._descriptor, descriptor
        if old >= 0:
            os.close(old)


def read_log(path: Path, until: Mark) -> LoggedAuthorship:
    """The origins at `until` in the journal, as far as they are logged. Raises DamagedError, OSError."""
    try:
        data, _status = read_regular(path, MAX_BYTES)
    except (NotRegularError, TooLargeError) as error:
        raise DamagedError("no log") from error
    records = _Records(data)
    kind, mark, content = next(iter(records), (b"", until, b""))
    if kind != _ALL or mark > until:
        raise DamagedError("a log without a beginning")
    begun = record_file.decode(content)
    runs, batches = OriginRuns(begun.runs), list(begun.batches)
    for kind, place, content in records:
        if place > until:
            break
        try:
            if kind == _TAKEN:
                _enlarge(batches, content)
                continue
            for splice in list(_splices(content, FIRST_BATCH + len(batches))):
                runs.splice(*splice)
        except (ValueError, struct.error) as error:
            raise DamagedError("an edit that fits to nothing") from error
        mark = place
    return LoggedAuthorship(Authorship(tuple(runs.runs()), tuple(batches)), mark, records.damaged)


class _Records:
    """The intact records at the beginning of a log, each once; `damaged` tells then whether more follows."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.damaged = False

    def __iter__(self) -> Iterator[tuple[bytes, Mark, bytes]]:
        data = self._data
        while self._at + _FRAME.size <= len(data):
            length, checksum = _FRAME.unpack_from(data, self._at)
            body = data[self._at + _FRAME.size : self._at + _FRAME.size + length]
            if length < _BODY.size or zlib.crc32(body) != checksum or len(body) != length:
                self.damaged = True
                return
            self._at += _FRAME.size + length
            kind, generation, offset = _BODY.unpack_from(body)
            yield kind, Mark(generation, offset), body[_BODY.size :]
        self.damaged = self._at < len(data)


def _splices(content: bytes, tags: int) -> Iterator[Splice]:
    at = 0
    while at < len(content):
        start, removed, count = _SPLICE.unpack_from(content, at)
        at += _SPLICE.size
        runs: list[Run] = list(_RUN.iter_unpack(content[at : at + count * _RUN.size]))
        if len(runs) != count or any(not length or tag >= tags for length, tag in runs):
            raise DamagedError("wrong runs")
        at += count * _RUN.size
        yield start, removed, runs


def _enlarge(batches: list[Batch], content: bytes) -> None:
    tag, time, taken = _BATCH.unpack(content)
    index = tag - FIRST_BATCH
    if not 0 <= index <= len(batches) or not math.isfinite(time):
        raise DamagedError("a wrong batch")
    batches[index : index + 1] = [Batch(time, taken)]


def _sync_data(descriptor: int) -> None:
    """Sync the content and the size of a file, where the system can do that without the rest."""
    if sys.platform == "linux":
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)


def _framed(body: bytes) -> bytes:
    return _FRAME.pack(len(body), zlib.crc32(body)) + body
