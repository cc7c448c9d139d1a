"""The draft of a Scrivener project (`.scriv`), in the order of its binder.

The binder is the file `.scrivx` (XML); texts stand in `Files/Data/<UUID>/content.rtf` (version 3) or
`Files/Docs/<ID>.rtf` (versions 1 and 2). Snapshots, notes, research and trash are no part of the draft.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from xml.parsers import expat

from writer.base.regular_file import open_regular
from writer.corpus.document import RejectedFile, RejectionReason

ENDING = ".scriv"
KIND = "scriv"
RULE = "Include in compile: No"
"""The rule by which Scrivener leaves scenes out of the draft, and this reader, too."""

_MAX_DEPTH = 200
_MAX_FILES = 100_000
_NAME = re.compile(r"[\w-]+")
_STYLE_MARK = re.compile(r"<!?\$Scr_\w+::\d+>")
"""A mark by which Scrivener notes styles in a text."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of a project's draft, and the titles of the scenes that are left out, each with the reason.

    That is `RejectionReason.EXCLUDED` where RULE leaves a scene out.
    """

    text: str
    left_out: tuple[tuple[str, RejectionReason], ...]


def find_binder(folder: Path) -> Path | None:
    """The binder of a project; None where the folder is none, or cannot be read."""
    try:
        found = [entry for entry in os.scandir(folder) if entry.name.lower().endswith(".scrivx")]
    except OSError:
        return None
    return Path(min(entry.path for entry in found)) if found else None


def state_of(folder: Path) -> tuple[int, int, str]:
    """The size in bytes, the time of the last change in ns, and a hash of the names and states of all files.

    Raises OSError.
    """
    size, changed, digest = 0, 0, sha256()
    for number, (place, status) in enumerate(sorted(_files(folder), key=lambda one: one[0])):
        if number >= _MAX_FILES:
            break
        size += status.st_size
        changed = max(changed, status.st_mtime_ns)
        digest.update(f"{place}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return size, changed, digest.hexdigest()


def read_draft(folder: Path, limit: int, rtf_to_text: Callable[[bytes], str]) -> Draft:
    """The draft of a project whose files have at most `limit` bytes in all.

    `rtf_to_text` raises RejectedFile where a scene cannot be read. Raises that where the binder is damaged or
    there is too much, and OSError.
    """
    binder = find_binder(folder)
    if binder is None:
        raise RejectedFile(RejectionReason.DAMAGED)
    source = _read(binder, limit)
    left = limit - len(source)
    scenes, others = _chosen(_draft_items(source))
    left_out = [(_title(item), RejectionReason.EXCLUDED) for item in others]
    texts = []
    for scene in scenes:
        data = _source_of(scene, folder, left)
        left -= len(data)
        try:
            texts.append(_STYLE_MARK.sub("", rtf_to_text(data)).strip() if data else "")
        except RejectedFile as refused:
            if refused.reason is not RejectionReason.NO_TEXT:
                left_out.append((_title(scene), refused.reason))
    return Draft("\n\n".join(filter(None, texts)), tuple(left_out))


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for place, _folders, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            yield path, os.lstat(path)


def _source_of(item: _Item, folder: Path, limit: int) -> bytes:
    """The RTF of an item; empty where it has none, or a link leads out of the project."""
    if not _NAME.fullmatch(item.id):
        return b""
    files = folder / "Files"
    for path in (files / "Data" / item.id / "content.rtf", files / "Docs" / f"{item.id}.rtf"):
        if path.exists() and path.resolve().is_relative_to(folder.resolve()):
            return _read(path, limit)
    return b""


def _read(path: Path, limit: int) -> bytes:
    with open_regular(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise RejectedFile(RejectionReason.TOO_LARGE)
    return data


@dataclass(slots=True)
class _Item:
    """An item of the binder: its place in the tree, and what its metadata say of it."""

    id: str
    kind: str
    title: str = ""
    include: str = ""
    has_metadata: bool = False
    children: list[_Item] = field(default_factory=list)


class _Binder:
    """Reads the items of a binder; definitions of entities, which may grow without end, are refused."""

    def __init__(self) -> None:
        self.root = _Item("", "")
        self._open = [self.root]
        self._path: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse

    def read(self, source: bytes) -> None:
        """Read all items. Raises RejectedFile."""
        try:
            self._parser.Parse(source, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise RejectedFile(RejectionReason.DAMAGED) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._path) > _MAX_DEPTH:
            raise RejectedFile(RejectionReason.DAMAGED)
        if tag == "BinderItem":
            item = _Item(attributes.get("UUID") or attributes.get("ID", ""), attributes.get("Type", ""))
            self._open[-1].children.append(item)
            self._open.append(item)
        elif self._path[-1:] == ["MetaData"]:
            self._open[-1].has_metadata = True
        self._path.append(tag)

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "BinderItem":
            self._open.pop()

    def _characters(self, text: str) -> None:
        if self._path[-2:] == ["BinderItem", "Title"]:
            self._open[-1].title += text
        elif self._path[-2:] == ["MetaData", "IncludeInCompile"]:
            self._open[-1].include += text.strip()


def _refuse(*_declaration: object) -> None:
    raise RejectedFile(RejectionReason.DAMAGED)


def _draft_items(source: bytes) -> list[_Item]:
    """The items of the draft in the binder's order, the folder itself first. Raises RejectedFile."""
    binder = _Binder()
    binder.read(source)
    waiting, draft, inside = list(binder.root.children), list[_Item](), list[_Item]()
    while waiting:
        item = waiting.pop(0)
        if item.kind == "DraftFolder":
            inside.append(item)
        else:
            waiting += item.children
    while inside:
        item = inside.pop()
        draft.append(item)
        inside += reversed(item.children)
    return draft


def _title(item: _Item) -> str:
    return " ".join(item.title.split()) or item.id


def _chosen(items: list[_Item]) -> tuple[list[_Item], list[_Item]]:
    """The items that are compiled, and the others.

    Where a project marks what is included, an item with other metadata alone is not: some versions only drop
    the mark.
    """
    are_marked = any(item.include == "Yes" for item in items)
    chosen, left_out = [], []
    for item in items:
        is_unmarked = are_marked and item.has_metadata and not item.include
        if item.kind != "DraftFolder" and (item.include == "No" or is_unmarked):
            left_out.append(item)
        else:
            chosen.append(item)
    return chosen, left_out
