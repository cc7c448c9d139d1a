"""Overwriting of files in place with a rollback journal, which restores the old content after a crash.

A file with several hard links, or with rights that no new file can have, is written in place. Its old and new
content are first synced to a rollback journal, which is deleted once the new content is synced. If a journal
is found, the old content is restored, unless the file has the new one. A journal is a line of JSON, then the
old and the new content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from writer.base import atomic_file, leftovers, paths
from writer.base.regular_file import AT_ONCE, TooLargeError, require_regular
from writer.base.typed_data import Count, DamagedError, read_json

log = logging.getLogger(__name__)

NAME = "rollback"
"""The folder's name below the data folder."""

LIMIT = 256 << 20
"""The size limit of the contents in bytes."""

_SUFFIX = ".rollback"
_SET_ASIDE = ".rollback-bad"
_LOCK = "journals.lock"
_LOCK_SECONDS = 10.0
_HEADER_BYTES = 64 << 10
_BLOCK, _PIECE = 512, 1 << 20
_OPEN = os.O_RDWR | AT_ONCE | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class _RollbackHeader:
    """The first line of a journal: the file, the sizes of both contents in bytes, and the SHA-256 of both."""

    path: str
    old: Count
    new: Count
    digest: str


@dataclass(frozen=True, slots=True)
class _RollbackJournal:
    path: str
    old: bytes
    new: bytes


def overwrite(path: Path, data: bytes) -> os.stat_result:
    """Replace the content of the file at the real path `path`; returns its new status. Raises OSError.

    After an error the file has its old content; after a crash `roll_back` restores it.
    """
    with _locked() as folder:
        journal = _journal_path(folder, path)
        if journal.exists():
            _roll_back(journal)
        descriptor = os.open(path, _OPEN)
        try:
            status = os.fstat(descriptor)
            require_regular(path, status)
            old = _read(descriptor, path)
            atomic_file.replace(journal, _encode(_RollbackJournal(str(path), old, data)))
            _write_through(descriptor, old, data, journal)
            with _logged("the status of an overwritten file"):
                return os.fstat(descriptor)
            return status  # that from before, where there is no other
        finally:
            with _logged("closing an overwritten file"):
                os.close(descriptor)


def roll_back(path: Path) -> None:
    """Roll back an interrupted overwriting of the file at `path`. OSError, also while one is running."""
    if not _any_journals():
        return
    with _locked() as folder:
        journal = _journal_path(folder, path)
        if journal.exists():
            _roll_back(journal)


def roll_back_all() -> None:
    """Roll back all interrupted overwritings. Errors are logged, and their journals stay."""
    if not _any_journals():
        return
    try:
        with _locked() as folder:
            leftovers.drop_below(folder)
            for journal in folder.glob("*" + _SUFFIX):
                _try_to_roll_back(journal)
    except OSError as error:
        log.warning("no file is rolled back: %s", type(error).__name__)


def clear() -> None:
    """Roll back what can be rolled back, and delete all rollback journals. Raises OSError."""
    roll_back_all()
    with _locked() as folder:
        for path in folder.iterdir():
            if path.name != _LOCK:
                path.unlink()


def _any_journals() -> bool:
    """Whether there are journals; False where the folder cannot be read."""
    try:
        return any(name != _LOCK for name in os.listdir(paths.data_dir() / NAME))
    except OSError:
        return False


def _try_to_roll_back(journal: Path) -> None:
    try:
        _roll_back(journal)
    except OSError as error:
        log.warning("a file is not rolled back: %s", type(error).__name__)


@contextlib.contextmanager
def _locked() -> Iterator[Path]:
    """The folder of the journals, locked against other processes."""
    from filelock import FileLock  # here, because most processes lock nothing

    folder = paths.data_dir() / NAME
    paths.make_folder(folder)
    lock = FileLock(folder / _LOCK, timeout=_LOCK_SECONDS, mode=0o600, thread_local=False)
    lock.acquire()
    try:
        yield folder
    finally:
        with _logged("the release of a lock"):
            lock.release()


def _journal_path(folder: Path, path: Path) -> Path:
    return folder / (hashlib.sha256(os.fsencode(path)).hexdigest()[:32] + _SUFFIX)


def _write_through(descriptor: int, old: bytes, new: bytes, journal: Path) -> None:
    try:
        _put(descriptor, new, len(old))
        atomic_file.sync_descriptor(descriptor)
    except BaseException:
        with _logged("rolling a file back at once"):
            _put(descriptor, old, max(len(old), len(new)))
            atomic_file.sync_descriptor(descriptor)
            _forget(journal)
        raise
    with _logged("deleting a rollback journal"):  # the next one finds the new content, and deletes it
        _forget(journal)


@contextlib.contextmanager
def _logged(what: str) -> Iterator[None]:
    """Log an error that changes nothing about whether the new content is there."""
    try:
        yield
    except OSError as error:
        log.warning("%s failed: %s %s", what, type(error).__name__, error.errno)


def _roll_back(journal: Path) -> None:
    """Restore the old content where the file is a mixture of both, and delete the journal. Raises OSError.

    If another program has written the file since, the journal is set aside; if the file is missing, as on a
    removed disk, the journal stays.
    """
    found = _decode(journal.read_bytes())
    if found is None:
        log.warning("a rollback journal is damaged")
        _set_aside(journal)
        return
    try:
        descriptor = os.open(found.path, _OPEN)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        content = _read(descriptor, Path(found.path))
        if content not in (found.old, found.new):
            if not is_mixture(content, found.old, found.new):
                log.warning("a file was written by others since it was left half overwritten")
                _set_aside(journal)
                return
            _put(descriptor, found.old, len(content))
        atomic_file.sync_descriptor(descriptor)
    finally:
        os.close(descriptor)
    _forget(journal)


def is_mixture(content: bytes, old: bytes, new: bytes) -> bool:
    """Whether each byte is that of either content, or 0 behind the old one, as in holes of sparse files."""
    if not min(len(old), len(new)) <= len(content) <= max(len(old), len(new)):
        return False
    for at in range(0, len(content), _BLOCK):
        block = content[at : at + _BLOCK]
        if block in (old[at : at + _BLOCK], new[at : at + _BLOCK]):
            continue
        for place, byte in enumerate(block, at):
            hole = b"\0" if place >= len(old) else b""
            if byte not in old[place : place + 1] + new[place : place + 1] + hole:
                return False
    return True


def _put(descriptor: int, data: bytes, size: int) -> None:
    """Replace the content of a file of `size` bytes; the bytes that need space are written first."""
    view = memoryview(data)
    _write_at(descriptor, view[size:], size)
    _write_at(descriptor, view[:size], 0)
    if len(data) < size:
        os.ftruncate(descriptor, len(data))


def _write_at(descriptor: int, data: memoryview, place: int) -> None:
    if data:
        os.lseek(descriptor, place, os.SEEK_SET)
    while data:
        data = data[os.write(descriptor, data[:_PIECE]) :]


def _read(descriptor: int, path: Path) -> bytes:
    pieces, size = [], 0
    while piece := os.read(descriptor, _PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > LIMIT:
            raise TooLargeError(path)
    return b"".join(pieces)


def _set_aside(journal: Path) -> None:
    """Rename a journal, which may have the last copy of a text, so that it is no longer found."""
    aside = atomic_file.set_aside(journal)
    atomic_file.move(aside, aside.with_suffix(_SET_ASIDE))


def _forget(journal: Path) -> None:
    journal.unlink(missing_ok=True)
    atomic_file.sync_folder(journal.parent)


def _encode(journal: _RollbackJournal) -> bytes:
    both = journal.old + journal.new
    header = {
        "path": journal.path,
        "old": len(journal.old),
        "new": len(journal.new),
        "digest": hashlib.sha256(both).hexdigest(),
    }
    return json.dumps(header).encode() + b"\n" + both


def _decode(data: bytes) -> _RollbackJournal | None:
    line, _, both = data.partition(b"\n")
    try:
        header = read_json(line, _RollbackHeader, _HEADER_BYTES)
    except DamagedError:
        return None
    whole = header.old + header.new == len(both) and hashlib.sha256(both).hexdigest() == header.digest
    return _RollbackJournal(header.path, both[: header.old], both[header.old :]) if whole else None
