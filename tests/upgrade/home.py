"""Unpacks the home folder of an older version, whose files name each other by absolute paths.

In the archive, `@HOME@` stands for the folder in which it was made. Some files must follow when that is
another one: text files as they are, the logs of journals record by record, because each has a length and a
checksum, and the folders of the corpus cache, because their names are hashes of paths.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tarfile
import zlib
from datetime import date, timedelta
from pathlib import Path

PLACE = "@HOME@"
CORPUS = ("documents/essays", "documents/letters")
"""The folders that were learned from."""

_FRAME = struct.Struct("<II")
_WITH_PATH = b"TS"
"""The kinds of records that hold a path: what a document is, and that it is about to be saved."""


def unpack(archive: Path, home: Path) -> None:
    """Unpack the home folder to `home`; its statistics then are those of yesterday, since old ones go."""
    with tarfile.open(archive) as tar:
        tar.extractall(home, filter="tar")
    move(home, PLACE, str(home.resolve()))
    statistics = home / "state/writer/statistics.json"
    (day,) = json.loads(statistics.read_text("utf-8"))
    yesterday = date.today() - timedelta(days=1)
    statistics.write_text(statistics.read_text("utf-8").replace(day, yesterday.isoformat()), "utf-8")


def move(home: Path, old: str, new: str) -> None:
    """Let the files in `home`, which was made at `old`, say that it lies at `new`. Their times stay."""
    for file in sorted(home.rglob("*")):
        if file.is_file():
            data, status = file.read_bytes(), file.stat()
            moved = (
                _log(data, old, new) if file.suffix == ".log" else data.replace(old.encode(), new.encode())
            )
            if moved != data:
                file.write_bytes(moved)
                os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    for folder in CORPUS:
        corpus = home / "cache/writer/corpus"
        (corpus / _name(f"{old}/{folder}")).rename(corpus / _name(f"{new}/{folder}"))


def _log(data: bytes, old: str, new: str) -> bytes:
    """A journal's log with other paths."""
    moved, at = b"", 0
    while at < len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        body = data[at + _FRAME.size :][:length]
        assert zlib.crc32(body) == checksum
        if body[:1] in _WITH_PATH:
            record = json.loads(body[1:])
            record["path"] = record["path"].replace(old, new)
            body = body[:1] + json.dumps(record).encode()
        moved += _FRAME.pack(len(body), zlib.crc32(body)) + body
        at += _FRAME.size + length
    return moved


def _name(folder: str) -> str:
    """The name of what is kept of a folder's texts."""
    return hashlib.sha256(folder.encode()).hexdigest()[:16]
