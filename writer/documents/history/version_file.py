"""The file of one version: a saved text, compressed, with checksums that detect damage.

The file is a header (4 bytes of magic, CRC-32 of all that follows it; then the SHA-256 of the content, its
length in bytes and the text's length in characters; little-endian) and the content, compressed by zlib. The
content is a line of JSON (`VersionMetadata`) and the text in UTF-8, with lone surrogates as they are.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.regular_file import NotRegularError, TooLargeError, read_regular
from writer.base.typed_data import DamagedError, read_json

SUFFIX = ".version"

MAX_BYTES = 64 << 20
"""The largest file of a version in bytes."""

MAX_CONTENT = 256 << 20
"""The largest content in bytes; a text file has at most 50 MB, and each character at most 4 bytes here."""

_HEAD = struct.Struct("<4sI")
_BODY = struct.Struct("<32sQQ")
_MAGIC = b"WRV1"
_METADATA_BYTES = 1 << 16
_NAME = re.compile(r"(\d{15})-[0-9a-f]{8}" + re.escape(SUFFIX))

StandIns = tuple[tuple[str, str], ...]
"""Pairs of a character in the file and its stand-in in the text; see `TextFormat`."""


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """A version without its text.

    `time` is when it was saved, in milliseconds since 1970; `digest` the SHA-256 of its content; `characters`
    the length of its text; `size` that of its file in bytes.
    """

    path: Path
    time: int
    digest: bytes
    characters: int
    size: int


@dataclass(frozen=True, slots=True)
class VersionText:
    """The text of a version, and the stand-ins in it."""

    text: str
    stand_ins: StandIns = ()


@dataclass(frozen=True, slots=True)
class VersionMetadata:
    """What is stored with a text."""

    stand_ins: StandIns = ()


def content_of(version: VersionText) -> bytes:
    """The content of a version's file, uncompressed."""
    used = tuple(pair for pair in version.stand_ins if pair[1] in version.text)
    line = json.dumps(asdict(VersionMetadata(used))).encode()
    return line + b"\n" + version.text.encode("utf-8", "surrogatepass")


def digest_of(content: bytes) -> bytes:
    """The SHA-256 of a content, by which versions are compared."""
    return hashlib.sha256(content).digest()


def write_version(
    folder: Path, time: int, content: bytes, characters: int, *, sync: bool = True
) -> Path | None:
    """Write a version, saved at `time`, into a folder; None where it would be too large. Raises OSError.

    Without `sync` a crash of the system may leave a damaged one.
    """
    digest = digest_of(content)
    body = _BODY.pack(digest, len(content), characters) + zlib.compress(content)
    if len(content) > MAX_CONTENT or _HEAD.size + len(body) > MAX_BYTES:
        return None
    path = folder / f"{time:015d}{_ending(digest)}"
    atomic_file.replace(path, _HEAD.pack(_MAGIC, zlib.crc32(body)) + body, sync=sync)
    return path


def may_have_digest(path: Path, digest: bytes) -> bool:
    """Whether a version may have this digest, by its name."""
    return path.name.endswith(_ending(digest))


def time_of(path: Path) -> int | None:
    """The time in a version's name, in milliseconds since 1970; None for the name of another file."""
    found = _NAME.fullmatch(path.name)
    return int(found[1]) if found else None


def read_version(path: Path) -> SavedVersion:
    """A version without its text; its whole file is checked. Raises DamagedError, OSError."""
    data, time = _read(path), time_of(path)
    digest, _length, characters = _BODY.unpack_from(data, _HEAD.size)
    if time is None:
        raise DamagedError("no name of a version")
    return SavedVersion(path, time, digest, characters, len(data))


def read_text(path: Path) -> VersionText:
    """The text of a version. Raises DamagedError, OSError."""
    data = _read(path)
    digest, length, _characters = _BODY.unpack_from(data, _HEAD.size)
    if length > MAX_CONTENT:
        raise DamagedError("too long")
    try:
        content = zlib.decompressobj().decompress(data[_HEAD.size + _BODY.size :], length + 1)
    except zlib.error as error:
        raise DamagedError("no compressed text") from error
    if len(content) != length or digest_of(content) != digest:
        raise DamagedError("a wrong checksum")
    line, _, text = content.partition(b"\n")
    metadata = read_json(line, VersionMetadata, _METADATA_BYTES)
    try:
        return VersionText(text.decode("utf-8", "surrogatepass"), metadata.stand_ins)
    except UnicodeDecodeError as error:
        raise DamagedError("no text") from error


def _ending(digest: bytes) -> str:
    """The end of the names of versions with a digest."""
    return f"-{digest[:4].hex()}{SUFFIX}"


def _read(path: Path) -> bytes:
    """The bytes of a version's file, with a right header and checksum. Raises DamagedError, OSError."""
    try:
        data, _status = read_regular(path, MAX_BYTES)
    except (NotRegularError, TooLargeError) as error:
        raise DamagedError("no file of a version") from error
    if len(data) < _HEAD.size + _BODY.size:
        raise DamagedError("cut")
    if _HEAD.unpack_from(data) != (_MAGIC, zlib.crc32(memoryview(data)[_HEAD.size :])):
        raise DamagedError("a wrong checksum")
    return data
