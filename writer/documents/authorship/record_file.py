"""The file of a text's origins: a header with a checksum, then the runs and batches, compressed.

The header is 4 bytes of magic and the CRC-32 of all that follows it; then come the length of the text, the
numbers of runs and batches, the batches, and the runs (length and tag), compressed by zlib; little-endian.
"""

from __future__ import annotations

import math
import struct
import zlib
from itertools import chain
from pathlib import Path

from writer.base.regular_file import NotRegularError, TooLargeError, read_regular
from writer.base.typed_data import DamagedError
from writer.documents.authorship.batches import Batch, BatchStage
from writer.documents.authorship.origin import FIRST_BATCH, length_of
from writer.documents.authorship.tracked_text import Authorship

MAX_BYTES = 64 << 20
"""The largest file in bytes."""

MAX_RUNS = 1 << 24
"""The most runs; a text with more of them is not recorded."""

_HEAD = struct.Struct("<4sI")
_COUNTS = struct.Struct("<QII")
_BATCH = struct.Struct("<dQB")
_MAGIC = b"WRA1"


def encode(authorship: Authorship) -> bytes:
    """The bytes of a file with these origins. Raises ValueError where there are too many runs."""
    runs, batches = authorship.runs, authorship.batches
    if len(runs) > MAX_RUNS:
        raise ValueError("too many runs")
    numbers = struct.pack(f"<{2 * len(runs)}I", *chain.from_iterable(runs))
    body = b"".join(
        (
            _COUNTS.pack(authorship.length, len(runs), len(batches)),
            *(_BATCH.pack(batch.time, batch.taken, batch.stage) for batch in batches),
            zlib.compress(numbers, 1),
        )
    )
    return _HEAD.pack(_MAGIC, zlib.crc32(body)) + body


def decode(data: bytes) -> Authorship:
    """The origins in the bytes of a file. Raises DamagedError."""
    if len(data) < _HEAD.size + _COUNTS.size:
        raise DamagedError("cut")
    if _HEAD.unpack_from(data) != (_MAGIC, zlib.crc32(memoryview(data)[_HEAD.size :])):
        raise DamagedError("a wrong checksum")
    length, count, batch_count = _COUNTS.unpack_from(data, _HEAD.size)
    at = _HEAD.size + _COUNTS.size
    if count > MAX_RUNS or len(data) < at + batch_count * _BATCH.size:
        raise DamagedError("a wrong length")
    batches = tuple(_batch(data, at + index * _BATCH.size) for index in range(batch_count))
    runs = _runs(data[at + batch_count * _BATCH.size :], count)
    last_tag = FIRST_BATCH + batch_count - 1
    if length_of(runs) != length or any(not n or tag > last_tag for n, tag in runs):
        raise DamagedError("wrong runs")
    return Authorship(runs, batches)


def read_record(path: Path) -> Authorship:
    """The origins in the file at `path`. Raises DamagedError, OSError."""
    try:
        data, _status = read_regular(path, MAX_BYTES)
    except (NotRegularError, TooLargeError) as error:
        raise DamagedError("no file of a record") from error
    return decode(data)


def _batch(data: bytes, at: int) -> Batch:
    time, taken, stage = _BATCH.unpack_from(data, at)
    if not math.isfinite(time) or stage not in list(BatchStage):
        raise DamagedError("a wrong batch")
    return Batch(time, taken, BatchStage(stage))


def _runs(data: bytes, count: int) -> tuple[tuple[int, int], ...]:
    size = 8 * count
    try:
        numbers = zlib.decompressobj().decompress(data, size + 1)
    except zlib.error as error:
        raise DamagedError("no compressed runs") from error
    if len(numbers) != size:
        raise DamagedError("a wrong length")
    return tuple((n, tag) for n, tag in struct.iter_unpack("<II", numbers))
