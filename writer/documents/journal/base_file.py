"""The base file of a generation: a text with a checksum, which detects damage.

The file is a header (4 bytes of magic, CRC-32 of the text, its length in bytes; little-endian), then the text
in UTF-8 with lone surrogates encoded as they are. Version 0.1 wrote the text alone, under another name.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from writer.base.atomic_file import replacing
from writer.documents.journal.journal_folder import JournalFolder

_HEADER = struct.Struct("<4sIQ")
_MARK = b"WRT2"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class BaseText:
    """The text of a base. `damaged`: its checksum is wrong, and `text` is what can be decoded."""

    text: str
    damaged: bool = False


def write_base(folder: JournalFolder, generation: int, text: str) -> None:
    """Write the base of a generation atomically. Raises OSError."""
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    length, checksum = 0, 0
    for piece in pieces:
        data = _encode(piece)
        length, checksum = length + len(data), zlib.crc32(data, checksum)
    with replacing(folder.base(generation)) as file:
        file.write(_HEADER.pack(_MARK, checksum, length))
        for piece in pieces:
            file.write(_encode(piece))


def read_base(folder: JournalFolder, generation: int) -> BaseText | None:
    """The base of a generation; None where there is none. Raises OSError."""
    try:
        data = folder.base(generation).read_bytes()
    except FileNotFoundError:
        return _read_plain(folder, generation)
    body = data[_HEADER.size :]
    mark, checksum, length = _HEADER.unpack_from(data) if len(data) >= _HEADER.size else (b"", 0, 0)
    whole = (mark, checksum, length) == (_MARK, zlib.crc32(body), len(body))
    return _decode(body, damaged=not whole)


def _read_plain(folder: JournalFolder, generation: int) -> BaseText | None:
    try:
        return _decode(folder.plain_base(generation).read_bytes(), damaged=False)
    except FileNotFoundError:
        return None


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(data: bytes, damaged: bool) -> BaseText:
    try:
        return BaseText(data.decode("utf-8", "surrogatepass"), damaged)
    except UnicodeDecodeError:
        return BaseText(data.decode("utf-8", "replace"), damaged=True)
