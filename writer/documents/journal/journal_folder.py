"""The folder of one document's journal, with a lock between processes."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from writer.base import atomic_file
from writer.base.paths import PRIVATE, make_folder

_LOCK = "lock"

SET_ASIDE = "bad-"
"""The prefix of the name of a damaged journal's folder, which is not recovered again."""

_OWNER_ONLY = 0o600

_LOCK_SECONDS = 2.0
"""The time to wait for the lock of a new folder, which another process may just be checking."""

_STALE_SECONDS = 3600.0
"""The age in seconds from which a folder without a log is deleted."""


class JournalFolder:
    """A journal's folder, locked by this process until it is released or removed."""

    def __init__(self, path: Path, lock: BaseFileLock) -> None:
        self.path = path
        self._lock = lock

    def log(self, generation: int) -> Path:
        """The path of the log of a generation."""
        return self.path / f"{generation}.log"

    def base(self, generation: int) -> Path:
        """The path of the base of a generation, with a checksum."""
        return self.path / f"{generation}.text"

    def plain_base(self, generation: int) -> Path:
        """The path of the base of a generation as version 0.1 wrote it: the text alone, in UTF-8."""
        return self.path / f"{generation}.base"

    def generations(self) -> list[int]:
        """The generations with a log, the newest first."""
        return sorted((int(p.stem) for p in self.path.glob("*.log") if p.stem.isdecimal()), reverse=True)

    def keep_only(self, generation: int) -> None:
        """Delete the files of other generations. Raises OSError."""
        kept = (self.log(generation), self.base(generation), self.plain_base(generation))
        for path in self.path.iterdir():
            if path.name != _LOCK and path not in kept:
                path.unlink(missing_ok=True)

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()

    def set_aside(self) -> Path:
        """Rename the folder with SET_ASIDE and release it; returns its new path. Raises OSError."""
        self.release()
        aside = self.path.with_name(SET_ASIDE + self.path.name)
        atomic_file.move(self.path, aside)
        return aside

    def remove(self) -> None:
        """Delete the folder and its files. Raises OSError; the folder then stays, unlocked."""
        try:
            self.keep_only(-1)
        finally:
            self._lock.release()
        _remove_empty(self.path)


def create(path: Path) -> JournalFolder:
    """Make and lock a new folder. Raises OSError. It is not waited for the disk, see `Journal`."""
    make_folder(path.parent, sync=False)
    path.mkdir(mode=PRIVATE)
    return _locked(path, _LOCK_SECONDS)


def acquire(path: Path) -> JournalFolder | None:
    """Lock the folder at `path`; None where another process has it or it has no log. Raises OSError."""
    if not path.is_dir():
        return None
    try:
        folder = _locked(path, 0)
    except (Timeout, FileNotFoundError):
        return None
    if folder.generations():
        return folder
    folder.release()
    if time.time() - path.stat().st_mtime > _STALE_SECONDS:
        _remove_empty(path)
    return None


def _locked(path: Path, seconds: float) -> JournalFolder:
    lock = FileLock(path / _LOCK, timeout=seconds, mode=_OWNER_ONLY, thread_local=False)
    lock.acquire()
    return JournalFolder(path, lock)


def _remove_empty(path: Path) -> None:
    """Delete a folder that is empty but for the lock. Errors are ignored: a later call deletes it."""
    with contextlib.suppress(OSError):
        (path / _LOCK).unlink(missing_ok=True)
        path.rmdir()
