"""What stands in a journal's log: records with a length and a checksum, of which the last may be torn.

A record is: length of the body (4 bytes), CRC-32 of the body (4), the body, whose first byte tells the
kind. Positions and lengths are in UTF-16 units, as Qt counts; numbers are little-endian.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace

from writer.documents.text_file import FileVersion
from writer.documents.text_format import TextFormat

_FRAME = struct.Struct("<II")
_EDIT = struct.Struct("<cQQ")
_CHANGE, _BEGUN = b"E", b"B"

LIMIT = 1 << 30
"""Bytes that one record has at most; a larger length is damage."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a document is. `stamp` is that of the file at `path` when it was last read or written here.

    `saved`: the base is what that file held. `empty`: there is no base, the edits begin with nothing.
    """

    path: str = ""
    form: TextFormat = field(default_factory=TextFormat)
    stamp: FileVersion | None = None
    saved: bool = True
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """`removed` units went at `position`, and `added` (UTF-16, little-endian) came in their place."""

    position: int
    removed: int
    added: bytes


@dataclass(frozen=True, slots=True)
class View:
    """Where the cursor and the other end of the selection are, and the first line that is seen."""

    cursor: int = 0
    anchor: int = 0
    scroll: int = 0


@dataclass(frozen=True, slots=True)
class Saving:
    """The text as it is here is about to be written to `path`; whether it was, the file tells."""

    path: str
    form: TextFormat


@dataclass(frozen=True, slots=True)
class Begun:
    """From here on this generation counts, and not the one before it."""


Record = DocumentInfo | Edit | View | Saving | Begun
BEGUN = Begun()
_JSON: dict[bytes, type[DocumentInfo] | type[View] | type[Saving]] = {
    b"T": DocumentInfo,
    b"V": View,
    b"S": Saving,
}


def encode(record: Record) -> bytes:
    """The bytes of a record."""
    if isinstance(record, Edit):
        body = _EDIT.pack(_CHANGE, record.position, record.removed) + record.added
    elif isinstance(record, Begun):
        body = _BEGUN
    else:
        kind = next(kind for kind, form in _JSON.items() if isinstance(record, form))
        body = kind + json.dumps(asdict(record), default=bytes.hex).encode()
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def decode(data: bytes) -> Iterator[tuple[Record, int]]:
    """The whole records of a log, each with the place where it ends. Ends at the first that is torn."""
    at = 0
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        start, end = at + _FRAME.size, at + _FRAME.size + length
        if not 0 < length <= LIMIT or end > len(data) or zlib.crc32(memoryview(data)[start:end]) != checksum:
            return
        record = _parse(data, start, end)
        if record is None:
            return
        yield record, end
        at = end


def _parse(data: bytes, start: int, end: int) -> Record | None:
    kind = data[start : start + 1]
    try:
        if kind == _CHANGE:
            _, position, removed = _EDIT.unpack_from(data, start)
            return Edit(position, removed, bytes(data[start + _EDIT.size : end]))
        if kind == _BEGUN:
            return BEGUN
        if kind in _JSON:
            raw = json.loads(data[start + 1 : end])
            if "form" in raw:
                raw["form"] = _form(raw["form"])
            if raw.get("stamp"):
                raw["stamp"] = FileVersion(**raw["stamp"])
            return _JSON[kind](**raw)
    except (struct.error, ValueError, TypeError, KeyError):
        pass
    return None


def _form(raw: dict[str, object]) -> TextFormat:
    """The form, of what this version of the program knows of it."""
    known = {known.name for known in fields(TextFormat)}
    form = TextFormat(**{name: value for name, value in raw.items() if name in known})  # type: ignore[arg-type]
    return replace(
        form,
        stand_ins=tuple((a, b) for a, b in form.stand_ins),
        spellings=tuple((a, bytes.fromhex(str(b))) for a, b in form.spellings),
    )
