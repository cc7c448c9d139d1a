"""The scan of a folder: finds documents by their names, without opening a file.

Hidden files, files of programming tools and the like are excluded, and links are not followed. Each entry of
the folder is a document, a rejection with its reason, or counted among the others. A `FolderSnapshot` is
compared with later ones to find changes.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path

from writer.base.errors import os_reason
from writer.base.progress import CancelCheck, Cancelled, never
from writer.base.typed_data import DamagedError, read_json_file
from writer.corpus.document import CorpusError, Rejection, RejectionReason
from writer.corpus.formats import scrivener
from writer.corpus.private_cache import write_private

log = logging.getLogger(__name__)

_SNAPSHOT_LIMIT = 256 << 20
"""Bytes of a snapshot; a document takes about a hundred, and four values."""

KINDS = {
    **dict.fromkeys((".txt", ".text"), "txt"),
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".rmd", ".qmd"), "md"),
    ".docx": "docx",
    **dict.fromkeys((".docm", ".dotx", ".dotm"), "docm"),
    **dict.fromkeys((".doc", ".dot", ".wps", ".wpd", ".wri", ".sxw"), "doc"),
    ".pages": "pages",
    **dict.fromkeys((".odt", ".ott"), "odt"),
    ".fodt": "fodt",
    ".rtf": "rtf",
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    ".epub": "epub",
    ".fb2": "fb2",
    **dict.fromkeys((".tex", ".latex"), "tex"),
    ".org": "org",
    ".rst": "rst",
    **dict.fromkeys((".adoc", ".asciidoc"), "adoc"),
    ".opml": "opml",
    ".ipynb": "ipynb",
    ".eml": "eml",
    ".mbox": "mbox",
    ".enex": "enex",
    ".jex": "jex",
    ".fountain": "fountain",
    ".srt": "srt",
    ".pdf": "pdf",
}
"""The kind of document by the ending of a file's name, in lower case."""

_MAILBOX = "mbox"
"""The file with the mails in a folder that Mail on macOS exports."""

EXCLUDED = (
    ".*",
    "~$*",
    "CVS",
    "node_modules",
    "bower_components",
    "site-packages",
    "__pycache__",
    "*.egg-info",
    "requirements.txt",
    "constraints.txt",
    "CMakeLists.txt",
    "robots.txt",
    *(f"{name}{ending}" for name in ("LICENSE", "LICENCE", "COPYING") for ending in ("", ".txt", ".md")),
)
"""The patterns of names that are excluded by default: those that no writer gives to a text."""

_TOOL_FILES = frozenset({"pyvenv.cfg", "CACHEDIR.TAG", "autoload.php"})
"""Files by which a folder is known as that of a tool, whatever its name; it is excluded."""

MAX_LISTED = 1_000
"""The number of other files whose names are kept."""


@dataclass(frozen=True, slots=True)
class ScanRules:
    """The exclusion rules: names and shell patterns, for any part of the path, or with "/" for a whole path.

    Names are compared in NFC, as old disks of macOS store accents as characters of their own.
    """

    excluded: tuple[str, ...] = EXCLUDED

    def excluding(self, name: str) -> str:
        """The pattern that excludes the file or folder with this path below the scanned folder, else ""."""
        path = _composed(name)
        last = path.rpartition("/")[2]
        found = (p for p in self.excluded if _is_meant(path if "/" in p else last, _composed(p)))
        return next(found, "")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that is a document by its name. `size` is in bytes, `modified` in ns since 1970."""

    name: str
    path: Path
    kind: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class FolderScan:
    """The result of a scan: documents, rejected files and folders, and the number of other files by ending.

    `other_names` are the names of the first MAX_LISTED others. `complete` is false where the scan ended at
    its limit.
    """

    folder: Path
    files: tuple[FoundFile, ...]
    rejections: tuple[Rejection, ...]
    others: dict[str, int] = field(default_factory=dict)
    other_names: tuple[str, ...] = ()
    complete: bool = True

    def snapshot(self) -> FolderSnapshot:
        """The snapshot of the documents."""
        return FolderSnapshot({f.name: (f.size, f.modified) for f in self.files})


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """Names of the documents that are new, changed and gone."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of new, changed and gone documents."""
        return {"new": len(self.new), "changed": len(self.changed), "gone": len(self.gone)}


@dataclass(frozen=True, slots=True)
class FolderSnapshot:
    """The size in bytes and time of change in ns of each document in a folder, by name."""

    files: dict[str, tuple[int, int]]

    def save(self, file: Path) -> None:
        """Write it to `file` as JSON. Raises CorpusError."""
        write_private(file, json.dumps(self.files).encode())

    @staticmethod
    def load(file: Path) -> FolderSnapshot | None:
        """The snapshot in `file`; None where it is missing or damaged."""
        try:
            return FolderSnapshot(
                read_json_file(file, dict[str, tuple[int, int]], _SNAPSHOT_LIMIT, _SNAPSHOT_LIMIT // 25)
            )
        except FileNotFoundError:
            return None
        except (OSError, DamagedError) as error:
            log.warning("the snapshot of a folder is damaged: %s", type(error).__name__)
            return None

    def changes(self, now: FolderSnapshot) -> FolderChanges:
        """The changes from this snapshot to `now`."""
        return FolderChanges(
            tuple(name for name in now.files if name not in self.files),
            tuple(name for name, state in now.files.items() if self.files.get(name, state) != state),
            tuple(name for name in self.files if name not in now.files),
        )


def scan(
    folder: Path,
    rules: ScanRules | None = None,
    cancelled: CancelCheck = never,
    limit: int = sys.maxsize,
) -> FolderScan:
    """Find the documents in `folder` and its subfolders, sorted by name, among its first `limit` entries.

    Raises CorpusError where the folder cannot be read, and Cancelled.
    """
    walk = _Walk(folder.resolve(), rules or ScanRules(), cancelled, limit)
    walk.run()
    files = tuple(sorted(walk.files, key=lambda f: f.name))
    rejections = tuple(sorted(walk.rejections, key=lambda r: r.name))
    others = dict(walk.others.most_common())
    return FolderScan(walk.root, files, rejections, others, tuple(sorted(walk.other_names)), walk.left > 0)


class _Walk:
    """The walk of a scan through a folder, subfolder by subfolder."""

    def __init__(self, root: Path, rules: ScanRules, cancelled: CancelCheck, limit: int) -> None:
        self.root = root
        self.left = limit
        self.files: list[FoundFile] = []
        self.rejections: list[Rejection] = []
        self.others: Counter[str] = Counter()
        self.other_names: list[str] = []
        self._rules = rules
        self._cancelled = cancelled
        self._pending = [""]

    def run(self) -> None:
        while self._pending and self.left > 0:
            folder = self._pending.pop()
            if self._cancelled():
                raise Cancelled
            try:
                self._visit_all(folder)
            except OSError as error:
                if not folder or not self.root.is_dir():
                    raise _unusable(self.root, error) from error
                self._reject(folder, RejectionReason.UNREADABLE)

    def _visit_all(self, folder: str) -> None:
        """Visit the entries of a folder, unless it is a tool's. Raises OSError where it cannot be read."""
        entries = list(islice(_entries(self.root / folder), self.left))
        self.left -= len(entries)
        tool = _TOOL_FILES.intersection(entry.name for entry in entries)
        if folder and tool:
            self._reject(folder, RejectionReason.EXCLUDED, min(tool))
            return
        for entry in entries:
            name = f"{folder}/{entry.name}".lstrip("/")
            try:
                self._visit(entry, name)
            except OSError as error:
                self._reject(name, _reason(error))

    def _visit(self, entry: os.DirEntry[str], name: str) -> None:
        if pattern := self._rules.excluding(name):
            self._reject(name, RejectionReason.EXCLUDED, pattern)
        elif entry.is_symlink():
            self._check_link(entry, name)
        elif entry.is_dir():
            self._visit_folder(entry, name)
        elif entry.is_file():
            self._add_file(entry, name)
        elif _kind(name):
            self._reject(name, RejectionReason.NO_FILE)
        else:
            self._count_other(name)

    def _visit_folder(self, entry: os.DirEntry[str], name: str) -> None:
        """Visit a folder later; a project of Scrivener is one document. Raises OSError."""
        path = Path(entry.path)
        if _ending(name) == scrivener.ENDING and scrivener.find_binder(path):
            size, changed, _digest = scrivener.state_of(path)
            self.files.append(FoundFile(name, path, scrivener.KIND, size, changed))
        else:
            self._pending.append(name)

    def _check_link(self, entry: os.DirEntry[str], name: str) -> None:
        """Reject a link to a document or folder: what lies inside is found there anyway. Raises OSError."""
        if not (_kind(name) or entry.is_dir()):
            self._count_other(name)
            return
        target = Path(os.path.realpath(entry.path, strict=True))
        if target.is_relative_to(self.root):
            below = target.relative_to(self.root).as_posix()
            self._reject(name, RejectionReason.LINK, self.root.name if below == "." else below)
        else:
            self._reject(name, RejectionReason.OUTSIDE)

    def _add_file(self, entry: os.DirEntry[str], name: str) -> None:
        if kind := _kind(name):
            status = entry.stat()
            self.files.append(FoundFile(name, Path(entry.path), kind, status.st_size, status.st_mtime_ns))
        else:
            self._count_other(name)

    def _count_other(self, name: str) -> None:
        self.others[_ending(name)] += 1
        if len(self.other_names) < MAX_LISTED:
            self.other_names.append(name)

    def _reject(self, name: str, reason: RejectionReason, other: str = "") -> None:
        self.rejections.append(Rejection(name, reason, other))


def _kind(name: str) -> str:
    """The kind of the document with this name, else ""."""
    return KINDS.get(_ending(name), "mbox" if name.rpartition("/")[2] == _MAILBOX else "")


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _reason(error: OSError) -> RejectionReason:
    """Why an entry could not be looked at."""
    if error.errno in (errno.ELOOP, errno.ENOENT):
        return RejectionReason.DEAD_LINK
    return RejectionReason.UNREADABLE


def _is_meant(name: str, pattern: str) -> bool:
    """Whether a pattern matches a name or is equal to it: the pattern `[2].txt` matches only `2.txt`."""
    return name == pattern or fnmatch(name, pattern)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from entries


def _unusable(folder: Path, error: OSError) -> CorpusError:
    if isinstance(error, FileNotFoundError):
        return CorpusError("There is no folder {folder}; choose another, or plug its disk in.", folder=folder)
    if isinstance(error, NotADirectoryError):
        return CorpusError(
            "{folder} is not a folder; choose the folder that holds your texts.", folder=folder
        )
    if isinstance(error, PermissionError):
        return CorpusError("You may not read {folder}; ask its owner for permission.", folder=folder)
    return CorpusError(
        "{folder} cannot be read ({reason}); check its disk.", folder=folder, reason=os_reason(error)
    )
