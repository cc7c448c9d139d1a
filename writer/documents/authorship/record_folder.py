"""The folder of the records: of saved files by their content, of open texts by their journal.

A file is found by the hash of its content, so that its record follows it to other names and places, and no
name of a file is kept.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from writer.base import atomic_file
from writer.base.paths import make_folder
from writer.base.typed_data import DamagedError
from writer.documents.authorship.edit_log import LoggedAuthorship, Mark, read_log
from writer.documents.authorship.record_file import encode, read_record
from writer.documents.authorship.tracked_text import Authorship, Splice, replay
from writer.documents.journal.records import BEGUN, Edit
from writer.documents.journal.records import decode as decode_records

log = logging.getLogger(__name__)

RECORD, LOG = ".record", ".log"

MAX_RECORDS = 4000
"""The most records of files; the oldest ones go first."""

MAX_TOTAL_BYTES = 256 << 20
"""The most bytes of all records of files."""

_NAME = re.compile(r"[0-9a-f]{32,64}")


@dataclass(frozen=True, slots=True)
class RecoveredPlace:
    """The journal from which a text was recovered, and the mark up to which it was."""

    journal: Path
    mark: Mark


class RecordFolder:
    """The records in `folder`, which is made when the first one is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def log_path(self, name: str) -> Path:
        """The path of the log for the journal with this name; its folder is there. Raises OSError."""
        make_folder(self._folder, sync=False)
        return self._folder / f"{name}{LOG}"

    def read(self, digest: str, length: int, recovered: RecoveredPlace | None = None) -> Authorship | None:
        """The origins of a text with `length` UTF-16 units; None where they are not known, or damaged.

        `digest` is the SHA-256 of the file's content, "" where there is none; `recovered` comes first.
        """
        found = self._recovered(recovered) if recovered is not None else None
        if found is None or found.length != length:
            found = self._record(digest) if digest else None
        return found if found is not None and found.length == length else None

    def write(self, digest: str, authorship: Authorship) -> None:
        """Write the origins of a file with this content. Raises OSError, ValueError."""
        make_folder(self._folder)
        atomic_file.replace(self._path(digest), encode(authorship), sync=False)

    def delete(self, digest: str) -> None:
        """Delete the record of a file with this content. Raises OSError."""
        self._path(digest).unlink(missing_ok=True)

    def prune(self, journals: Path) -> None:
        """Delete the logs of texts that no journal has any more, and the oldest records of files."""
        for file in self._files(LOG):
            if not (journals / file.stem).is_dir():
                file.unlink(missing_ok=True)
        found = []
        for file in self._files(RECORD):
            with suppress(OSError):
                status = file.stat()
                found.append((status.st_mtime_ns, status.st_size, file))
        total = sum(size for _, size, _ in found)
        found.sort()
        while found and (len(found) > MAX_RECORDS or total > MAX_TOTAL_BYTES):
            _, size, file = found.pop(0)
            total -= size
            file.unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all records. Raises OSError."""
        for file in (*self._files(RECORD), *self._files(LOG)):
            file.unlink(missing_ok=True)

    def _files(self, suffix: str) -> Iterator[Path]:
        return (file for file in self._folder.glob(f"*{suffix}") if _NAME.fullmatch(file.stem))

    def _path(self, digest: str) -> Path:
        if not _NAME.fullmatch(digest):
            raise ValueError("no digest")
        return self._folder / f"{digest}{RECORD}"

    def _record(self, digest: str) -> Authorship | None:
        path = self._path(digest)
        try:
            found = read_record(path)
            os.utime(path)  # what is in use is not the oldest
        except FileNotFoundError:
            return None
        except (DamagedError, OSError) as error:
            log.warning("a record of authorship cannot be read: %s", error)
            return None
        return found

    def _recovered(self, place: RecoveredPlace) -> Authorship | None:
        """The origins of a text that was recovered from a journal."""
        try:
            logged = read_log(self._folder / f"{place.journal.name}{LOG}", place.mark)
            return replay(logged.authorship, _unlogged(logged, place))
        except FileNotFoundError:
            return None
        except (DamagedError, OSError, ValueError) as error:
            log.warning("a log of authorship cannot be read: %s", error)
            return None


def _unlogged(logged: LoggedAuthorship, place: RecoveredPlace) -> list[Splice]:
    """What the edits of a journal made of the runs that are behind the last logged one; they count as typed.

    Raises DamagedError where they cannot be told from others, because the log was begun again since.
    """
    same = logged.mark.generation == place.mark.generation
    if logged.damaged and not same:
        raise DamagedError("edits are missing")
    try:
        with (place.journal / f"{place.mark.generation}.log").open("rb") as file:
            data = file.read(place.mark.offset)
    except FileNotFoundError:  # of a text that was in its file; the length of the text tells
        return []
    found: list[Splice] = []
    has_begun = same
    for record, end in decode_records(data):
        if record is BEGUN:
            has_begun = True
        elif isinstance(record, Edit) and has_begun and (not same or end > logged.mark.offset):
            added = len(record.added) // 2
            found.append((record.position, record.removed, [(added, 0)] if added else []))
    return found
