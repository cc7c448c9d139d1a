"""Atomic replacement of files: the new content is written to a temporary file, synced, and renamed."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from io import BufferedWriter
from pathlib import Path

from writer.base import leftovers
from writer.base.errors import Sentence, os_reason

log = logging.getLogger(__name__)

_OWNER_ONLY = 0o600

_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""The errors of file systems that cannot sync a file or, like network shares, a folder."""

_LONGEST_STEM = 100
"""The bytes of the target's name in the temporary file's name; file systems allow 143 to 255 in all."""


def replace(
    path: Path,
    data: bytes,
    *,
    mode: int = _OWNER_ONLY,
    prepare: Callable[[int], None] | None = None,
    sync: bool = True,
) -> os.stat_result:
    """Write `data` to `path` atomically; returns the status of the new file; see `replacing`. OSError.

    The umask is taken from `mode`. `prepare` is called with the new file's descriptor while it is empty.
    """
    with _new_file(path, mode) as new:
        if prepare is not None:
            prepare(new.file.fileno())
        new.file.write(data)
        return new.install(sync)


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = True) -> Iterator[BufferedWriter]:
    """A temporary file that replaces `path` when the block ends, and is deleted when the block raises.

    Other processes see the old or the new file, never a part; with `sync` that holds after a crash of the
    system, too. Where `path` is a symbolic link, its target is replaced. Only the owner may read the new
    file. A killed process leaves at most one temporary file, which the next write deletes. Raises OSError
    exactly where the file was not replaced; later failures are logged.

    A library may write by the file's name instead. Where it replaces the temporary file by one of its own,
    close the yielded file first; the caller then needs a lock against other writers.
    """
    with _new_file(path, _OWNER_ONLY) as new:
        yield new.file
        new.install(sync)


class _NewFile:
    """A temporary file beside `target`, which it replaces."""

    def __init__(self, target: Path, mode: int) -> None:
        self._target = target
        self.file = _create_beside(target, mode)
        self.part = Path(self.file.name)

    def install(self, sync: bool) -> os.stat_result:
        """Replace the target; returns the status of the new file. OSError where it was not replaced."""
        self._finish(sync)
        status = os.stat(self.part)
        if sys.platform == "win32":  # which moves no open file
            self.file.close()
        try:
            os.replace(self.part, self._target)
        except OSError as error:
            if not leftovers.is_at(status, self._target):
                raise
            _log_late("a rename", error)  # a network disk may report a failure of a completed rename
        return self._settle(status, sync)

    def _finish(self, sync: bool) -> None:
        if not self.file.closed:
            self.file.flush()
        if sync and not self.file.closed:
            sync_descriptor(self.file.fileno())
        elif sync:
            sync_file(self.part)

    def _settle(self, status: os.stat_result, sync: bool) -> os.stat_result:
        """Sync the folder and close the file; returns its status. Failures are logged only.

        `status` is that before the rename, which has changed the ctime.
        """
        try:
            if not self.file.closed:
                status = os.fstat(self.file.fileno())
        except OSError as error:
            _log_late("the status", error)
        try:
            if sync:
                sync_folder(self._target.parent)
        except OSError as error:
            _log_late("the sync of a folder", error)
        try:
            self.file.close()
        except OSError as error:
            _log_late("a close", error)
        return status


@contextlib.contextmanager
def _new_file(path: Path, mode: int) -> Iterator[_NewFile]:
    new = _NewFile(Path(os.path.realpath(path)), mode)
    try:
        yield new
    except BaseException:
        _discard(new.file, new.part)
        raise


def _log_late(what: str, error: OSError) -> None:
    log.warning(
        "%s failed behind a file that is in its place: %s %s", what, type(error).__name__, error.errno
    )


def move(source: Path, target: Path) -> None:
    """Rename a file or folder on the same disk, atomically. Raises OSError.

    An existing file of that name is replaced, an existing folder only if it is empty.
    """
    os.replace(source, target)


def set_aside(path: Path) -> Path:
    """Rename a damaged file to a name with the current time; returns the new path. Raises OSError."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.stem}.bad-{stamp}{path.suffix}")
    os.rename(path, aside)
    return aside


def disk_problem(place: Path, error: OSError) -> Sentence:
    """The sentence for the user when `place` cannot be written."""
    folder = place.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Sentence("The disk of {folder} is full; make room and start again.", {"folder": folder})
    return Sentence(
        "{folder} cannot be written ({reason}); check who may write there.",
        {"folder": folder, "reason": os_reason(error)},
    )


def sync_file(path: Path) -> None:
    """Sync a file's content to the disk. Raises OSError."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Sync a folder's entries to the disk; does nothing on Windows. Raises OSError."""
    if sys.platform != "win32":
        _sync(folder, os.O_RDONLY)


def sync_descriptor(descriptor: int) -> None:
    """Sync an open file to the disk, where the file system supports it. Raises OSError."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        sync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def drop_leftover(target: Path) -> None:
    """Delete the temporary file that a process left beside `target` which was killed while it wrote."""
    with contextlib.suppress(OSError, ValueError):  # a name that no system takes
        leftovers.drop(_usual_part(Path(os.path.realpath(target))))


def _create_beside(target: Path, mode: int) -> BufferedWriter:
    """A new temporary file beside `target`; it has the usual name unless another process uses that."""
    usual = _usual_part(target)
    leftovers.drop(usual)
    for part in (usual, usual.with_suffix(f".{os.urandom(4).hex()}.part")):
        with contextlib.suppress(FileExistsError):
            file = _create(part, mode)
            try:
                if leftovers.hold(file.fileno(), part):
                    return file
            except BaseException:
                _discard(file, part)
                raise
            with contextlib.suppress(OSError):
                file.raw.close()
    return _create(usual.with_suffix(f".{os.urandom(4).hex()}.part"), mode)


def _usual_part(target: Path) -> Path:
    stem = "." + os.fsencode(target.name)[:_LONGEST_STEM].decode("utf-8", errors="ignore")
    return target.with_name(f"{stem}.part")


def _discard(file: BufferedWriter, part: Path) -> None:
    """Delete the file, before its lock is released where possible; buffered data is dropped."""
    if sys.platform == "win32":
        file.raw.close()
    with contextlib.suppress(OSError):
        part.unlink()
    with contextlib.suppress(OSError):
        file.raw.close()


def _create(part: Path, mode: int) -> BufferedWriter:
    return open(str(part), "xb", opener=lambda name, flags: os.open(name, flags, mode))
