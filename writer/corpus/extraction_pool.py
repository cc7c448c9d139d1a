"""The texts of the documents that a scan found, read by children that may hang, burst or crash.

What was read is kept by the hash of the file's bytes, so that the next time only what changed is read again.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import queue
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from writer.base import paths
from writer.base.child_process import ChildError, LimitError, Limits
from writer.base.json_lines_child import InvalidAnswerError, JsonLinesChild
from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress, never
from writer.corpus.dates import find_date
from writer.corpus.document import (
    CorpusError,
    RejectedFile,
    Rejection,
    RejectionReason,
    SourceDocument,
    make_document,
)
from writer.corpus.document_reader import LIMIT_REASONS, MAX_FILE_BYTES
from writer.corpus.private_cache import disk_error, write_private
from writer.corpus.scan import FolderScan, FoundFile
from writer.models.manifest import sha256

log = logging.getLogger(__name__)

LIMITS = Limits(seconds=9.0, memory=950 << 20, output=128 << 20)
"""What one document may take; pandoc's own limits, a little less, lie within."""

_VERSION = 1
"""Part of the names of kept texts: raised when reading changes."""

_SHA256 = re.compile("[0-9a-f]{64}")
_START_SECONDS = 60.0
_FLEETING = frozenset(
    {
        RejectionReason.TOO_SLOW,
        RejectionReason.TOO_MUCH_MEMORY,
        RejectionReason.UNREADABLE,
        RejectionReason.GONE,
    }
)
"""Reasons that depend on the moment, so that they are not kept."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What came of the files of a scan, in their order."""

    documents: tuple[SourceDocument, ...]
    rejections: tuple[Rejection, ...]


def extract(scan: FolderScan, cache: Path, report: OnProgress, cancelled: CancelCheck = never) -> Extracted:
    """Read all documents of `scan`; what was read before is taken from `cache`.

    Raises CorpusError where the folder went away or the cache cannot be written, Cancelled.
    """
    results: dict[str, SourceDocument | Rejection] = {}
    report(Progress("reading", 0, len(scan.files)))
    with Extractor(cache, cancelled) as extractor:
        for result in extractor.read_all(scan.files):
            if isinstance(result, Rejection) and result.reason in (
                RejectionReason.GONE,
                RejectionReason.UNREADABLE,
            ):
                _require_folder(scan.folder)
            results[result.name] = result
            report(Progress("reading", len(results), len(scan.files)))
        if scan.files:
            _require_folder(scan.folder)
        extractor.forget_others()
    ordered = [results[found.name] for found in scan.files]
    return Extracted(
        tuple(r for r in ordered if isinstance(r, SourceDocument)),
        tuple(r for r in ordered if isinstance(r, Rejection)),
    )


def _require_folder(folder: Path) -> None:
    """A disk that is unplugged takes the folder along, or leaves it empty."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        if any(True for _ in entries):
            return
    raise CorpusError(
        "The folder {folder} went away while it was read; plug its disk in and start again.", folder=folder
    )


class Extractor:
    """Reads files through a few children, which live until it is closed."""

    def __init__(self, cache: Path, cancelled: CancelCheck = never) -> None:
        self._cache = cache
        self._closing = False
        self._cancelled: CancelCheck = lambda: self._closing or cancelled()
        self._seen: set[str] = set()
        self._count = _cores()
        self._idle: queue.SimpleQueue[JsonLinesChild] = queue.SimpleQueue()
        self._children = [_child(self._cancelled) for _ in range(self._count)]
        for child in self._children:
            self._idle.put(child)

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *_error: object) -> None:
        for child in self._children:
            child.close()

    def read_all(self, files: Sequence[FoundFile]) -> Iterator[SourceDocument | Rejection]:
        """What comes of the files, in the order in which they are done; then the children have ended.

        Raises CorpusError, Cancelled.
        """
        pool = ThreadPoolExecutor(self._count, thread_name_prefix="extract")
        try:
            for future in as_completed([pool.submit(self.read, found) for found in files]):
                yield future.result()
        finally:
            self._closing = True
            pool.shutdown(cancel_futures=True)

    def read(self, found: FoundFile) -> SourceDocument | Rejection:
        """The document in a file, or why there is none. Raises CorpusError, Cancelled."""
        if self._cancelled():
            raise Cancelled
        try:
            text, day, digest = self._text(found)
        except RejectedFile as refused:
            return Rejection(found.name, refused.reason)
        name = found.name.rpartition("/")[2]
        return make_document(
            found.name, found.kind, text, find_date(name) or find_date(found.name) or day, digest
        )

    def forget_others(self) -> None:
        """Delete the kept texts of files that were not among those read."""
        with contextlib.suppress(OSError):
            for file in self._cache.glob("*.json"):
                if file.name.partition(".")[0] not in self._seen:
                    file.unlink()

    def _text(self, found: FoundFile) -> tuple[str, date | None, str]:
        if found.size > MAX_FILE_BYTES:
            raise RejectedFile(RejectionReason.TOO_LARGE)
        try:
            digest = sha256(found.path)
        except OSError as error:
            forbidden = error.errno in (errno.EACCES, errno.EPERM)
            raise RejectedFile(RejectionReason.UNREADABLE if forbidden else RejectionReason.GONE) from error
        self._seen.add(digest)
        told = self._kept(digest, found.kind) or self._ask(found, digest)
        if "reason" in told:
            raise RejectedFile(RejectionReason(told["reason"]))
        return told["text"], date.fromisoformat(told["date"]) if told["date"] else None, digest

    def _ask(self, found: FoundFile, digest: str) -> dict[str, Any]:
        child = self._idle.get()
        try:
            told = child.ask({"path": str(found.path), "kind": found.kind})
            if not _is_reading(told):
                raise InvalidAnswerError(None)
        except LimitError as error:
            told = {"reason": LIMIT_REASONS[error.limit]}
        except ChildError as error:
            log.warning("reading a document of kind %s failed: %s", found.kind, error)
            child.restart()
            told = {"reason": RejectionReason.DAMAGED}
        except OSError as error:
            raise disk_error(Path(paths.program()[0]), error) from error
        finally:
            self._idle.put(child)
        if "error" in told:
            log.warning("reading a document of kind %s failed: %s", found.kind, told["error"])
        if told.get("reason") not in _FLEETING:
            content = {key: told[key] for key in ("reason", "text", "date") if key in told}
            write_private(self._file(told.get("sha256", digest), found.kind), json.dumps(content).encode())
        return told

    def _kept(self, digest: str, kind: str) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = json.loads(self._file(digest, kind).read_bytes())
            return kept if _is_reading(kept) else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.warning("a kept text cannot be read: %s", type(error).__name__)
            return None

    def _file(self, digest: str, kind: str) -> Path:
        return self._cache / f"{digest}.{kind}.{_VERSION}.json"


def _child(cancelled: CancelCheck) -> JsonLinesChild:
    return JsonLinesChild([*paths.program(), "extract"], LIMITS, cancelled, ready_seconds=_START_SECONDS)


def _is_reading(told: object) -> bool:
    """Whether a child's answer, or what was kept of one, is what `writer extract` says of a document."""
    if not isinstance(told, dict):
        return False
    digest = told.get("sha256", "0" * 64)  # it becomes the name of a file
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        return False
    if "reason" in told:
        return told["reason"] in tuple(RejectionReason)
    return isinstance(told.get("text"), str) and _is_day(told.get("date", 0))


def _is_day(day: object) -> bool:
    try:
        return day is None or bool(isinstance(day, str) and date.fromisoformat(day))
    except ValueError:
        return False


def _cores() -> int:
    """How many children read at a time: half of the processor stays for whoever is writing."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))
