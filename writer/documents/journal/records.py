"""The records of a journal's log, with length and checksum; the last one may be cut by a crash.

A record is: length of the body (4 bytes), CRC-32 of the body (4 bytes), and the body, whose first byte is the
record's type. Positions and lengths of text are in UTF-16 units; numbers are little-endian.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from writer.base.paths import can_be_path
from writer.base.typed_data import DamagedError, as_type, read_json
from writer.documents.text_file import FileVersion
from writer.documents.text_format import TextFormat

_FRAME = struct.Struct("<II")
_EDIT = struct.Struct("<cQQ")
_CHANGE, _BEGUN = b"E", b"B"

LIMIT = 1 << 30
"""The largest length of a body in bytes; a larger one means damage."""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """The metadata of a document. `stamp` is the version of the file at `path` last read or written here.

    `path` is "" for a new document. `saved`: the base is the content of that file. `empty`: there is no base,
    and the edits apply to an empty text. `proposed` is where a new document may be saved, "" for anywhere.
    """

    path: str = ""
    form: TextFormat = field(default_factory=TextFormat)
    stamp: FileVersion | None = None
    saved: bool = True
    empty: bool = False
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit: at `position`, `removed` UTF-16 units are replaced by `added` (UTF-16, little-endian)."""

    position: int
    removed: int
    added: bytes


@dataclass(frozen=True, slots=True)
class View:
    """The positions of cursor and selection anchor in UTF-16 units, and the first visible line."""

    cursor: int = 0
    anchor: int = 0
    scroll: int = 0


@dataclass(frozen=True, slots=True)
class Saving:
    """The text of this moment is about to be written to `path`; recovery checks whether it was."""

    path: str
    form: TextFormat


@dataclass(frozen=True, slots=True)
class Begun:
    """This generation is valid from here on, in place of the one before."""


Record = DocumentInfo | Edit | View | Saving | Begun
BEGUN = Begun()
_JSON: dict[bytes, type[DocumentInfo] | type[View] | type[Saving]] = {
    b"T": DocumentInfo,
    b"V": View,
    b"S": Saving,
}
_KINDS = re.compile(b"[EBTVS]")
"""The first bytes of bodies."""


def encode(record: Record) -> bytes:
    """The bytes of a record, with its length and checksum."""
    if isinstance(record, Edit):
        body = _EDIT.pack(_CHANGE, record.position, record.removed) + record.added
    elif isinstance(record, Begun):
        body = _BEGUN
    else:
        kind = next(kind for kind, form in _JSON.items() if isinstance(record, form))
        body = kind + json.dumps(asdict(record), default=bytes.hex).encode()
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def decode(data: bytes, at: int = 0) -> Iterator[tuple[Record, int]]:
    """The intact records from byte `at` on, each with its end, up to the first that is cut or damaged."""
    while found := _record(data, at):
        yield found
        at = found[1]


def decode_behind(data: bytes, at: int) -> Iterator[tuple[Record, int]]:
    """The intact records behind a damaged one that begins at byte `at`, each with its end."""
    while at < len(data):
        kind = _KINDS.search(data, at + 1 + _FRAME.size)
        if kind is None:
            return
        at = kind.start() - _FRAME.size
        for record, end in decode(data, at):
            yield record, end
            at = end


def is_damaged(data: bytes, at: int) -> bool:
    """Whether the bytes from `at` on, where no intact record begins, are damaged and not only cut.

    A killed process leaves a record that is cut. One of full length with a wrong checksum, a length that no
    record has (zeros, which a power cut may leave) or that is not that of its intact body, a body that begins
    like none, or intact records behind it, mean damage.
    """
    if at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        body = memoryview(data)[at + _FRAME.size :]
        if not len(body) < length <= LIMIT or (body and zlib.crc32(body) == checksum):
            return True
        if not _begins_record(bytes(body[: _EDIT.size])):
            return True
    return next(decode_behind(data, at), None) is not None


def _begins_record(body: bytes) -> bool:
    """Whether the body of a cut record may begin with these bytes, at most those of an edit without text."""
    kind = body[:1]
    if kind == _CHANGE and len(body) == _EDIT.size:
        _, position, removed = _EDIT.unpack(body)
        return bool(max(position, removed) <= LIMIT)
    return not body or kind == _CHANGE or (kind in _JSON and b'{"'.startswith(body[1:3]))


def _record(data: bytes, at: int) -> tuple[Record, int] | None:
    """The intact record that begins at byte `at`, and its end; None where there is none."""
    if at + _FRAME.size > len(data):
        return None
    length, checksum = _FRAME.unpack_from(data, at)
    start, end = at + _FRAME.size, at + _FRAME.size + length
    if not 0 < length <= LIMIT or end > len(data) or zlib.crc32(memoryview(data)[start:end]) != checksum:
        return None
    record = _parse(data, start, end)
    return None if record is None else (record, end)


def _parse(data: bytes, start: int, end: int) -> Record | None:
    kind = data[start : start + 1]
    try:
        if kind == _CHANGE:
            _, position, removed = _EDIT.unpack_from(data, start)
            return Edit(position, removed, bytes(data[start + _EDIT.size : end]))
        if kind == _BEGUN:
            return BEGUN
        if kind in _JSON:
            raw = read_json(data[start + 1 : end], dict[str, Any])
            form = _form(raw.pop("form", {}))
            value = as_type(raw | {"form": {}}, _JSON[kind])
            if isinstance(value, View):
                return value
            paths = (value.path, value.proposed) if isinstance(value, DocumentInfo) else (value.path,)
            if not all(map(can_be_path, paths)):
                raise DamagedError("no path")
            return replace(value, form=form)
    except (struct.error, DamagedError):
        pass
    return None


def _form(raw: object) -> TextFormat:
    """The format, without fields that this version of the program does not know. Raises DamagedError."""
    values = as_type(raw, dict[str, Any])
    spellings = as_type(values.pop("spellings", ()), tuple[tuple[str, str], ...])
    try:
        kept = tuple((text, bytes.fromhex(written)) for text, written in spellings)
    except ValueError as error:
        raise DamagedError("no hexadecimal digits") from error
    form = replace(as_type(values, TextFormat), spellings=kept)
    try:
        "".encode(form.encoding)
    except (LookupError, ValueError) as error:
        raise DamagedError("no encoding of this program") from error
    return form
