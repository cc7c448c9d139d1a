"""The folders of histories: one for each file, found by its path, which follow it to another one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.paths import make_folder
from writer.base.typed_data import DamagedError
from writer.documents.history.thinning import excess, excess_of_all
from writer.documents.history.version_file import (
    SUFFIX,
    SavedVersion,
    VersionText,
    content_of,
    digest_of,
    may_have_digest,
    read_version,
    time_of,
    write_version,
)

log = logging.getLogger(__name__)

_PATH = "path"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class History:
    """The versions of one text, the newest first, and the number of damaged ones, which are left out."""

    versions: tuple[SavedVersion, ...] = ()
    damaged: int = 0


class HistoryFolder:
    """The histories in `folder`, which is made when the first version is kept. Raises OSError.

    A path stands for the file behind its symbolic links.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: Path) -> History:
        """The history of the file at `path`."""
        versions, damaged = [], 0
        for file in reversed(_files(self._of(path))):
            try:
                versions.append(read_version(file))
            except FileNotFoundError:
                continue
            except (DamagedError, OSError) as error:
                log.warning("a version is left out: %s", error)
                damaged += 1
        return History(tuple(versions), damaged)

    def has(self, path: Path) -> bool:
        """Whether the file has a version."""
        return bool(_files(self._of(path)))

    def keep(self, path: Path, version: VersionText, saved: int, again: bool = True) -> int:
        """Keep a version of a file, saved at `saved` (milliseconds since 1970); returns its bytes, or 0.

        One that is the same as the newest is not kept; with `again` false, none that was ever kept. Only then
        it is synced to the disk, because the file itself does not have that text any more.
        """
        folder, content = self._of(path), content_of(version)
        known = _files(folder)
        digest = digest_of(content)
        if any(_has_digest(file, digest) for file in (known[-1:] if again else known)):
            return 0
        self._make(folder, path)
        if again and known:
            saved = max(saved, (time_of(known[-1]) or 0) + 1)  # the clock may have been set back
        written = write_version(folder, saved, content, len(version.text), sync=not again)
        return 0 if written is None else written.stat().st_size

    def thin(self, path: Path) -> None:
        """Delete the versions of a file that are too many, too large, or too close together."""
        files = _files(self._of(path))
        now = time.time_ns() // 1_000_000
        sized = [(time_of(file) or 0, _size(file)) for file in files]
        for index in excess(sized, now):
            files[index].unlink(missing_ok=True)

    def thin_all(self) -> int:
        """Delete the oldest versions of all texts where all are too large; returns the bytes left."""
        found = [
            (file, place == len(files) - 1)
            for files in map(_files, self._all())
            for place, file in enumerate(files)
        ]
        sized = [(time_of(file) or 0, _size(file), newest) for file, newest in found]
        gone = set(excess_of_all(sized))
        for index in gone:
            found[index][0].unlink(missing_ok=True)
        return sum(size for index, (_, size, _) in enumerate(sized) if index not in gone)

    def share(self, source: Path, target: Path) -> None:
        """Add the versions of one file to the history of another."""
        self._add(self._of(source), target)

    def move(self, source: Path, target: Path) -> None:
        """Give the histories of the files at or below `source` to those at or below `target`."""
        source, target = _real(source), _real(target)
        for folder in list(self._all()):
            path = _path_of(folder)
            if path is not None and path.is_relative_to(source) and target != source:
                self._add(folder, target / path.relative_to(source))
                shutil.rmtree(folder)

    def adopt(self, path: Path, version: VersionText) -> None:
        """Give a file without a history that of one which is gone and whose last version was the same text.

        So a file that another program renamed or moved keeps its history.
        """
        if self.has(path):
            return
        digest = digest_of(content_of(version))
        for folder in list(self._all()):
            if not any(_has_digest(file, digest) for file in _files(folder)[-1:]):
                continue
            known = _path_of(folder)
            if known is not None and not known.exists():  # last: its disk may be slow
                self._add(folder, path)
                return

    def _add(self, folder: Path, target: Path) -> None:
        new = self._of(target)
        files = _files(folder)
        if new == folder or not files:
            return
        self._make(new, target)
        for file in files:
            with contextlib.suppress(FileExistsError, FileNotFoundError):
                _link(file, new / file.name)

    def _all(self) -> Iterator[Path]:
        return self._folder.glob("*")

    def _of(self, path: Path) -> Path:
        name = os.path.normcase(_real(path))
        return self._folder / hashlib.sha256(os.fsencode(name)).hexdigest()[:32]

    def _make(self, folder: Path, path: Path) -> None:
        make_folder(self._folder)
        make_folder(folder)
        if not (folder / _PATH).exists():
            atomic_file.replace(folder / _PATH, os.fsencode(_real(path)))


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _path_of(folder: Path) -> Path | None:
    """The path of the file whose history is in a folder; None where it is unknown."""
    try:
        return Path(os.fsdecode((folder / _PATH).read_bytes()))
    except OSError:
        return None


def _files(folder: Path) -> list[Path]:
    """The files of the versions in a folder, the oldest first."""
    return sorted(file for file in folder.glob(f"*{SUFFIX}") if time_of(file) is not None)


def _has_digest(file: Path, digest: bytes) -> bool:
    try:
        return may_have_digest(file, digest) and read_version(file).digest == digest
    except (DamagedError, OSError):
        return False


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _link(file: Path, target: Path) -> None:
    """Make a hard link to a file that never changes, or a copy where the disk has no links."""
    try:
        os.link(file, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise
        atomic_file.replace(target, file.read_bytes(), mode=_OWNER_ONLY)
