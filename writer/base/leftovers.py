"""Temporary files and folders that end in `.part`: locked while they are written, and deleted when killed.

A writer holds a lock on what it writes. What has the name of a temporary file and no lock was left by a
process that was killed. Windows deletes no open file, so files need no lock there, and folders stay.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PRIVATE = 0o700


def hold(descriptor: int, part: Path) -> bool:
    """Lock a new temporary file or folder; False where another process has already deleted it."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # no locks on this disk, so nobody takes it
        return True
    return is_at(os.fstat(descriptor), part)


def is_at(status: os.stat_result, path: Path) -> bool:
    """Whether the file with this status is the one at `path`. A link is not followed."""
    try:
        return os.path.samestat(status, os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def drop(part: Path) -> None:
    """Delete a temporary file or folder of a killed process; one that its writer holds stays."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            part.unlink()
            return
        descriptor = _open(part)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(os.fstat(descriptor), part):
                _remove(part)
        finally:
            os.close(descriptor)


def drop_below(folder: Path, but: Collection[Path] = ()) -> None:
    """Delete what killed processes left in a folder and all below it, but for the folders `but`."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if name.startswith(".") and name.endswith(".part"):
                drop(Path(place, name))
        folders[:] = [name for name in folders if Path(place, name) not in but]


@contextlib.contextmanager
def temporary_folder(part: Path) -> Iterator[Path]:
    """A new empty folder for its owner alone, held until the block ends; what is there then is deleted.

    `part` has the name of a temporary file. An older one that nobody holds is deleted first. OSError.
    """
    drop(part)
    part.mkdir(mode=_PRIVATE)
    descriptor = None if sys.platform == "win32" else _open(part)
    try:
        if descriptor is not None and not hold(descriptor, part):
            raise FileNotFoundError(part)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def new_name(folder: Path) -> Path:
    """A name in `folder` for a temporary file or folder that no other has."""
    return folder / f".{os.urandom(8).hex()}.part"


def _open(part: Path) -> int:
    """A descriptor to lock a file or a folder by; links and pipes are not followed and not waited for."""
    return os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink()
