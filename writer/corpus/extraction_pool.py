"""A pool of child processes that extract the texts of scanned documents, with limits of time and memory.

Extracted texts are cached by the SHA-256 of the file, so that only new and changed files are read again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import queue
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from writer.base import paths
from writer.base.child_process import ChildError, LimitError, Limits
from writer.base.json_lines_child import InvalidAnswerError, JsonLinesChild
from writer.base.progress import CancelCheck, Cancelled, OnProgress, Progress, never
from writer.base.typed_data import DamagedError, read_json_file
from writer.corpus.dated_parts import divide_by_day, fits
from writer.corpus.dates import find_date
from writer.corpus.document import (
    CorpusError,
    RejectedFile,
    Rejection,
    RejectionReason,
    SourceDocument,
    make_document,
)
from writer.corpus.document_reader import ENVELOPES, LIMIT_REASONS, MAIL_KINDS, MAX_FILE_BYTES
from writer.corpus.formats import libre_office, scrivener
from writer.corpus.formats.own_addresses import Envelope, find_own_addresses, load
from writer.corpus.private_cache import disk_error, write_private
from writer.corpus.scan import FolderScan, FoundFile
from writer.models.manifest import sha256
from writer.text.utf16 import is_encodable

log = logging.getLogger(__name__)

LIMITS = Limits(seconds=9.0, memory=950 << 20, output=128 << 20, patience=6.0)
"""The limits of a child for one document; those of pandoc within it are a little lower."""

_VERSION = 12
"""The version of the extraction, in the names of cached texts; raised when it changes."""

_CACHED = f".{_VERSION}.json"
"""The end of the name of a cached text."""

_KEPT = ("reason", "text", "date", "left_out", "parts")
"""What is cached of a child's answer."""

_SHA256 = re.compile("[0-9a-f]{64}")
_START_SECONDS = 60.0
_TRANSIENT = frozenset(
    {
        RejectionReason.TOO_SLOW,
        RejectionReason.TOO_MUCH_MEMORY,
        RejectionReason.UNREADABLE,
        RejectionReason.GONE,
        RejectionReason.OLD_FORMAT,
    }
)
"""The reasons that may not hold the next time, so that they are not cached."""

_OFFICE_KINDS = frozenset({"doc", "pages"})
"""The kinds that LibreOffice may be asked to read."""

_MANY_TEXTS = frozenset({"mbox", f"mbox{ENVELOPES}", "enex", "jex"})
_PER_MEGABYTE, _MOST_FOR_MANY = 3.0, 50.0
"""Seconds more for a file with many texts, by its size, and at most: ten thousand mails in HTML take 11."""


@dataclass(frozen=True, slots=True)
class MailOwner:
    """The person's mail addresses, none where they are not known, and the number of the mails of others."""

    addresses: tuple[str, ...]
    of_others: int


@dataclass(frozen=True, slots=True)
class Extracted:
    """The documents and the rejections of a scan, each in the order of its files.

    `mails` says whose mails are in them, None where there are none.
    """

    documents: tuple[SourceDocument, ...]
    rejections: tuple[Rejection, ...]
    mails: MailOwner | None = None


def extract(
    scan: FolderScan,
    cache: Path,
    on_progress: OnProgress,
    cancelled: CancelCheck = never,
    own_addresses: Iterable[str] = (),
) -> Extracted:
    """Extract all documents of `scan`; `cache` is the folder of the cached texts.

    `own_addresses` are the person's mail addresses; where there are none, they are looked for. Raises
    CorpusError where the source folder is gone or the cache cannot be written, and Cancelled.
    """
    results: dict[str, SourceDocument | Rejection] = {}
    on_progress(Progress("reading", 0, len(scan.files)))
    with Extractor(cache, cancelled) as extractor:
        mails = extractor.find_own_mails(scan.files, own_addresses)
        for result in extractor.read_all(scan.files):
            if isinstance(result, Rejection) and result.reason in (
                RejectionReason.GONE,
                RejectionReason.UNREADABLE,
            ):
                _require_source(scan.folder)
            results[result.name] = result
            on_progress(Progress("reading", len(results), len(scan.files)))
        if scan.files:
            _require_source(scan.folder)
        extractor.delete_unseen()
    ordered = [results[found.name] for found in scan.files]
    rejections = (*(r for r in ordered if isinstance(r, Rejection)), *extractor.parts)
    return Extracted(
        tuple(part for r in ordered if isinstance(r, SourceDocument) for part in divide_by_day(r)),
        tuple(map(_asking, rejections) if mails and not mails.addresses else rejections),
        mails,
    )


def _asking(rejection: Rejection) -> Rejection:
    """The rejection of a mail where the person's addresses are not known."""
    if rejection.reason is RejectionReason.RECEIVED:
        return replace(rejection, reason=RejectionReason.WHOSE)
    return rejection


def _require_source(folder: Path) -> None:
    """Raise CorpusError where the folder is gone or empty, as after its disk was unplugged."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        if any(True for _ in entries):
            return
    raise CorpusError(
        "The folder {folder} went away while it was read; plug its disk in and start again.", folder=folder
    )


class Extractor:
    """Extracts files with a few child processes, which live until the end of the `with` block."""

    def __init__(self, cache: Path, cancelled: CancelCheck = never) -> None:
        self._cache = cache
        self._closing = False
        self._cancelled: CancelCheck = lambda: self._closing or cancelled()
        self._seen: set[str] = set()
        self._addresses: tuple[str, ...] = ()
        self.parts: list[Rejection] = []
        """The parts of documents that were left out."""
        self._count = _child_count()
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
        """The document or rejection of each file, in the order in which they are done.

        Raises CorpusError, Cancelled.
        """
        pool = ThreadPoolExecutor(self._count, thread_name_prefix="extract")
        try:
            for future in as_completed([pool.submit(self.read, found) for found in files]):
                yield future.result()
        except BaseException:
            self._closing = True
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def find_own_mails(self, files: Iterable[FoundFile], told: Iterable[str]) -> MailOwner | None:
        """Whose mails are among the files; those of the person are then read. Raises CorpusError, Cancelled.

        `told` are the person's addresses.
        """
        mails = [replace(file, kind=f"{file.kind}{ENVELOPES}") for file in files if file.kind in MAIL_KINDS]
        if not mails:
            return None
        envelopes: dict[str, list[Envelope]] = {}
        for result in self.read_all(mails):
            if isinstance(result, SourceDocument):
                with contextlib.suppress(DamagedError):
                    envelopes[result.name] = load(result.text)
        own = frozenset(address.strip().casefold() for address in told) - {""}
        own = own or find_own_addresses(envelopes)
        senders = [mail.sender for some in envelopes.values() for mail in some]
        self._addresses = tuple(sorted(own))
        return MailOwner(self._addresses, sum(sender not in own for sender in senders) if own else 0)

    def read(self, found: FoundFile) -> SourceDocument | Rejection:
        """The document in a file, or its rejection; from any thread. Raises CorpusError, Cancelled."""
        if self._cancelled():
            raise Cancelled
        try:
            answer, digest = self._answer(found)
        except RejectedFile as refused:
            return Rejection(found.name, refused.reason)
        left_out = answer.get("left_out", ())
        self.parts += (_part(found, title, RejectionReason(reason)) for title, reason in left_out)
        name = found.name.rpartition("/")[2]
        day = find_date(name) or find_date(found.name) or _day(answer["date"])
        parts = tuple((_day(text), length) for text, length in answer.get("parts", ()))
        return replace(make_document(found.name, found.kind, answer["text"], day, digest), parts=parts)

    def delete_unseen(self) -> None:
        """Delete the cached texts of files that this extractor did not read, and those of other versions."""
        with contextlib.suppress(OSError):
            for file in self._cache.glob("*.json"):
                digest = file.name.partition(".")[0]
                if digest not in self._seen or not file.name.endswith(_CACHED):
                    file.unlink()

    def _answer(self, found: FoundFile) -> tuple[dict[str, Any], str]:
        """What the child says of a document that is not rejected, and the document's hash."""
        is_project = found.kind == scrivener.KIND
        if found.size > MAX_FILE_BYTES and not is_project:
            raise RejectedFile(RejectionReason.TOO_LARGE)
        try:
            digest = scrivener.state_of(found.path)[-1] if is_project else sha256(found.path)
        except OSError as error:
            forbidden = error.errno in (errno.EACCES, errno.EPERM)
            raise RejectedFile(RejectionReason.UNREADABLE if forbidden else RejectionReason.GONE) from error
        self._seen.add(digest)
        answer = self._load_cached(digest, found.kind) or self._extract(found, digest)
        if "reason" in answer:
            raise RejectedFile(RejectionReason(answer["reason"]))
        return answer, digest

    def _extract(self, found: FoundFile, digest: str) -> dict[str, Any]:
        child = self._idle.get()
        try:
            addresses = self._addresses if found.kind in MAIL_KINDS else ()
            request = {"path": str(found.path), "kind": found.kind, "addresses": addresses}
            answer = child.ask(request, _seconds(found))
            if not _is_answer(answer):
                raise InvalidAnswerError(None)
        except LimitError as error:
            answer = {"reason": LIMIT_REASONS[error.limit]}
        except ChildError as error:
            log.warning("reading a document of kind %s failed: %s", found.kind, error)
            child.restart()
            answer = {"reason": RejectionReason.DAMAGED}
        except OSError as error:
            raise disk_error(Path(paths.program()[0]), error) from error
        finally:
            self._idle.put(child)
        if "error" in answer:
            log.warning("reading a document of kind %s failed: %s", found.kind, answer["error"])
        if answer.get("reason") not in _TRANSIENT:
            content = {key: answer[key] for key in _KEPT if key in answer}
            write_private(self._file(answer.get("sha256", digest), found.kind), json.dumps(content).encode())
        return answer

    def _load_cached(self, digest: str, kind: str) -> dict[str, Any] | None:
        try:
            cached = read_json_file(self._file(digest, kind), dict[str, Any], LIMITS.output)
            return cached if _is_answer(cached) else None
        except FileNotFoundError:
            return None
        except (OSError, DamagedError) as error:
            log.warning("a cached text cannot be read: %s", type(error).__name__)
            return None

    def _file(self, digest: str, kind: str) -> Path:
        if kind in MAIL_KINDS and self._addresses:  # by which their text is found
            kind += hashlib.sha256("\0".join(self._addresses).encode("utf-8", "replace")).hexdigest()[:16]
        return self._cache / f"{digest}.{kind}{_CACHED}"


def _seconds(found: FoundFile) -> float:
    """The seconds that reading a file may take."""
    if found.kind in _MANY_TEXTS:
        return LIMITS.seconds + min(_MOST_FOR_MANY, _PER_MEGABYTE * found.size / (1 << 20))
    return LIMITS.seconds + libre_office.SECONDS * (found.kind in _OFFICE_KINDS)


def _child(cancelled: CancelCheck) -> JsonLinesChild:
    return JsonLinesChild([*paths.program(), "extract"], LIMITS, cancelled, ready_seconds=_START_SECONDS)


def _is_answer(answer: dict[str, Any]) -> bool:
    """Whether `answer`, from a child or the cache, has the form that `writer extract` gives."""
    digest = answer.get("sha256", "0" * 64)  # it becomes the name of a file
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        return False
    if "reason" in answer:
        return answer["reason"] in tuple(RejectionReason)
    text, left_out, parts = answer.get("text"), answer.get("left_out", []), answer.get("parts", [])
    if not isinstance(left_out, list) or not all(map(_is_part, left_out)):
        return False
    if not isinstance(text, str) or not is_encodable(text) or not _is_day(answer.get("date", 0)):
        return False
    return isinstance(parts, list) and all(map(_is_dated_part, parts)) and fits(parts, text)


def _is_part(part: object) -> bool:
    match part:
        case [str(title), str(reason)]:
            return is_encodable(title) and reason in tuple(RejectionReason)
    return False


def _is_dated_part(part: object) -> bool:
    match part:
        case [day, int(length)]:
            return _is_day(day) and not isinstance(length, bool)
    return False


def _part(found: FoundFile, title: str, reason: RejectionReason) -> Rejection:
    rule = scrivener.RULE if reason is RejectionReason.EXCLUDED else ""
    return Rejection(f"{found.name}/{title}", reason, rule)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _is_day(day: object) -> bool:
    try:
        return day is None or bool(isinstance(day, str) and date.fromisoformat(day))
    except ValueError:
        return False


def _child_count() -> int:
    """The number of children: half of the cores, two to four; they give way to the window."""
    return max(2, min(4, (os.cpu_count() or 2) // 2))
