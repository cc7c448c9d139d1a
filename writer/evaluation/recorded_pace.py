"""The pace of a recorded session of typing: the pauses between its keys.

A session is a file of JSON lines, as it is or gzipped, with an event in each: "t" has its milliseconds. Where
events have a kind "e", as in CoAuthor (Lee, Liang and Yang 2022), the writer's insertions of one character
are the keys.
"""

from __future__ import annotations

import statistics
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from writer.base.errors import UserError, os_reason
from writer.base.printable import printable
from writer.base.regular_file import TooLargeError, read_regular
from writer.base.typed_data import DamagedError, read_json

MIN_KEYS = 100
"""The least number of keys of a session, so that its pauses are those of more than a sentence."""

_MAX_BYTES = 20_000_000
_MAX_UNPACKED = 100_000_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class RecordedPace:
    """The pauses before the keys of the session `name`, in seconds."""

    name: str
    pauses: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median pause in seconds."""
        return statistics.median(self.pauses)

    def pause(self, text: str, cursor: int) -> float:
        """The seconds before the key at `cursor` of the text named so, the same in every replay."""
        return self.pauses[(zlib.crc32(text.encode("utf-8", "surrogateescape")) + cursor) % len(self.pauses)]


@dataclass(frozen=True, slots=True)
class _Event:
    t: float
    e: str = "text-insert"
    s: str = "user"
    ops: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_key(self) -> bool:
        inserted = [op["insert"] for op in self.ops if isinstance(op.get("insert"), str)]
        written = "".join(inserted) if self.ops else " "
        return self.e == "text-insert" and self.s == "user" and len(written) == 1


def pace_text(pace: RecordedPace | None) -> str:
    """The sentence of a report on the pace of a replay, "" where there was none."""
    if pace is None:
        return ""
    return (
        f"At the pace of {printable(pace.name)} ({pace.median:.2f} s between two keys, median); "
        "what came too late did not help."
    )


def read_pace(path: Path) -> RecordedPace:
    """The pace of the session in a file. Raises UserError where it is none, or has fewer than MIN_KEYS keys.

    A pause counts where both keys follow each other; what was done between others took its own time.
    """
    try:
        events = list(_events(_content(path)))
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=os_reason(error)) from error
    except (DamagedError, zlib.error) as error:
        raise UserError(
            "{path} is no recorded session: each of its lines is a JSON object with the milliseconds “t”.",
            path=path,
        ) from error
    pauses = tuple(
        (after.t - before.t) / 1_000
        for before, after in pairwise(events)
        if before.is_key and after.is_key and after.t >= before.t
    )
    if len(pauses) < MIN_KEYS:
        raise UserError(
            "{path} has {keys} keys in a row; a session of at least {least} is needed.",
            path=path,
            keys=str(len(pauses)),
            least=str(MIN_KEYS),
        )
    return RecordedPace(path.name, pauses)


def _content(path: Path) -> bytes:
    data, _ = read_regular(path, _MAX_BYTES)
    if not data.startswith(_GZIP):
        return data
    unpacking = zlib.decompressobj(wbits=31)
    unpacked = unpacking.decompress(data, _MAX_UNPACKED)
    if unpacking.unconsumed_tail:
        raise TooLargeError(path)
    return unpacked


def _events(data: bytes) -> Iterator[_Event]:
    for line in data.splitlines():
        if line.strip():
            yield read_json(line, _Event)
