"""The folder of one document's journal, and the lock that tells whose it is."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from writer.base import atomic_file
from writer.base.paths import PRIVATE

_LOCK = "lock"

SET_ASIDE = "bad-"
"""What is put before the name of a folder with damage in it; no program takes that for an open document."""

_OWNER_ONLY = 0o600

_SECONDS = 2.0
"""How long another process may look into a folder that was just made."""

_LEFT_OVER = 3600.0
"""A folder without a log that is older than these seconds was left over."""


class JournalFolder:
    """A folder that belongs to this process until it is left or removed."""

    def __init__(self, path: Path, lock: BaseFileLock) -> None:
        self.path = path
        self._lock = lock

    def log(self, generation: int) -> Path:
        """The log of a generation."""
        return self.path / f"{generation}.log"

    def base(self, generation: int) -> Path:
        """The base of a generation, with a checksum."""
        return self.path / f"{generation}.text"

    def plain_base(self, generation: int) -> Path:
        """The base of a generation as version 0.1 wrote it: the text alone, in UTF-8."""
        return self.path / f"{generation}.base"

    def generations(self) -> list[int]:
        """The numbers of the logs that are there, the newest first."""
        return sorted((int(p.stem) for p in self.path.glob("*.log") if p.stem.isdecimal()), reverse=True)

    def keep_only(self, generation: int) -> None:
        """Delete what is of other generations. OSError."""
        kept = (self.log(generation), self.base(generation), self.plain_base(generation))
        for path in self.path.iterdir():
            if path.name != _LOCK and path not in kept:
                path.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let who comes next have it."""
        self._lock.release()

    def set_aside(self) -> Path:
        """Put it out of the way as it is, byte for byte, and return its new path. OSError."""
        self.leave()
        aside = self.path.with_name(SET_ASIDE + self.path.name)
        atomic_file.move(self.path, aside)
        return aside

    def remove(self) -> None:
        """Delete it, and what it holds. OSError; then it stays, unlocked."""
        try:
            self.keep_only(-1)
        finally:
            self._lock.release()
        _sweep(self.path)


def make(path: Path) -> JournalFolder:
    """A new folder. OSError."""
    path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    path.mkdir(mode=PRIVATE)
    return _locked(path, _SECONDS)


def take(path: Path) -> JournalFolder | None:
    """The folder at `path`, unless a living process has it, or nothing is in it. OSError."""
    if not path.is_dir():
        return None
    try:
        folder = _locked(path, 0)
    except (Timeout, FileNotFoundError):
        return None
    if folder.generations():
        return folder
    folder.leave()
    if time.time() - path.stat().st_mtime > _LEFT_OVER:
        _sweep(path)
    return None


def _locked(path: Path, seconds: float) -> JournalFolder:
    lock = FileLock(path / _LOCK, timeout=seconds, mode=_OWNER_ONLY, thread_local=False)
    lock.acquire()
    return JournalFolder(path, lock)


def _sweep(path: Path) -> None:
    """Delete a folder that holds a lock at most; one that another process looks into goes another time."""
    with contextlib.suppress(OSError):
        (path / _LOCK).unlink(missing_ok=True)
        path.rmdir()
