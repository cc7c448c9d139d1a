"""Atomic replacement of files: written beside, synced, moved into place; old or new at every moment."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from datetime import datetime
from io import BufferedWriter
from pathlib import Path

from writer.base.errors import Sentence, os_reason

if sys.platform != "win32":
    import fcntl

_OWNER_ONLY, _USUAL = 0o600, 0o666

_LONGEST_STEM = 100
"""Bytes of the target's name in that of its unfinished file; disks allow 255 for a whole name, some 143."""


def replace(path: Path, data: bytes, *, keep_rights: bool = False, sync: bool = True) -> os.stat_result:
    """Put `data` at `path`, and return the status of the new file; see `replacing`. OSError."""
    with replacing(path, keep_rights=keep_rights, sync=sync) as file:
        file.write(data)
        file.flush()
        return os.fstat(file.fileno())


@contextlib.contextmanager
def replacing(path: Path, *, keep_rights: bool = False, sync: bool = True) -> Iterator[BufferedWriter]:
    """A file to write, which takes the place of `path` when the block ends, and is deleted when it raises.

    Other processes, and a crash where `sync` is set, see the old or the new file, whole. A symbolic link
    stays one: the file it names is replaced. Only the owner may read the new file; with `keep_rights` it has
    the owner and the mode of the old one, or those of any new file where there is none. A killed process
    leaves one unfinished file at the most, which the next one to write there deletes. OSError.

    A library may write by the file's name instead. Where it puts a file of its own there, close this one
    first; then nothing but a lock of the caller's keeps others from the name.
    """
    target = Path(os.path.realpath(path))
    with _create_beside(target, _USUAL if keep_rights else _OWNER_ONLY) as file:
        part = Path(file.name)
        try:
            if keep_rights:
                _take_over_rights(target, part)
            yield file
            _finish(file, part, sync)
            if sys.platform == "win32":  # which moves no open file
                file.close()
            os.replace(part, target)
        except BaseException:
            _discard(file, part)
            raise
    if sync:
        sync_folder(target.parent)


def move(source: Path, target: Path) -> None:
    """Give a finished file or folder another name on the same disk, in one step. OSError.

    A file that has the name is replaced, a folder only where it is empty.
    """
    os.replace(source, target)


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used to one with the time in its name, and return that path."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.stem}.bad-{stamp}{path.suffix}")
    os.rename(path, aside)
    return aside


def disk_problem(place: Path, error: OSError) -> Sentence:
    """What a person reads when `place` cannot be written."""
    folder = place.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Sentence("The disk of {folder} is full; make room and start again.", {"folder": folder})
    return Sentence(
        "{folder} cannot be written ({reason}); check who may write there.",
        {"folder": folder, "reason": os_reason(error)},
    )


def sync_file(path: Path) -> None:
    """Let what a file holds be on the disk. OSError."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder be on the disk. Windows opens no folders, and needs it less. OSError."""
    if sys.platform != "win32":
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _finish(file: BufferedWriter, part: Path, sync: bool) -> None:
    if not file.closed:
        file.flush()
    if sync and not file.closed:
        os.fsync(file.fileno())
    elif sync:
        sync_file(part)


def _create_beside(target: Path, mode: int) -> BufferedWriter:
    """A new file for what is to become `target`. Its usual name is taken where nobody else is at it."""
    stem = "." + os.fsencode(target.name)[:_LONGEST_STEM].decode("utf-8", errors="ignore")
    usual = target.with_name(f"{stem}.part")
    _drop_leftover(usual)
    with contextlib.suppress(FileExistsError):
        file = _create(usual, mode)
        if _hold(file, usual):
            return file
        file.close()
    return _create(target.with_name(f"{stem}.{secrets.token_hex(4)}.part"), mode)


def _create(part: Path, mode: int) -> BufferedWriter:
    return open(str(part), "xb", opener=lambda name, flags: os.open(name, flags, mode))


def _hold(file: BufferedWriter, part: Path) -> bool:
    """Lock a new file, so that nobody takes it for left over; whether nobody has done so before that."""
    if sys.platform == "win32":  # which deletes no open file
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no locks on this disk, so nobody takes it
        return True
    return _is_at(file.fileno(), part)


def _drop_leftover(part: Path) -> None:
    """Delete what a killed process has left there; what a living one writes stays."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            part.unlink()
            return
        descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(descriptor, part):
                part.unlink()
        finally:
            os.close(descriptor)


def _discard(file: BufferedWriter, part: Path) -> None:
    """Delete an unfinished file, before its lock goes where that can be; what it buffers is not written."""
    if sys.platform == "win32":
        file.raw.close()
    with contextlib.suppress(OSError):
        part.unlink()
    file.raw.close()


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _take_over_rights(old: Path, new: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        status = old.stat()
        if os.name != "nt" and (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
            with contextlib.suppress(PermissionError):
                os.chown(new, status.st_uid, status.st_gid)
        new.chmod(stat.S_IMODE(status.st_mode))
