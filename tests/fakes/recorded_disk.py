"""A disk that records what is written, synced and renamed, and can be cut off from the current at any moment.

What was synced before is there afterwards. Of the rest any part may be there, in any order: a write whole, in
part or not at all, with zeros in its place where a later one is; a name in a folder, or the one before.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Change:
    """Something that happened from `start` to `done` (seconds)."""

    start: float
    done: float


@dataclass
class Written(Change):
    """Bytes that were written at a place of a file; None where the file was cut to that length."""

    place: int
    data: bytes | None


@dataclass
class Renamed(Change):
    """A name that `inode` has now, "" for none, and the one that it had before, "" for none."""

    old: str
    new: str
    inode: Inode | Folder | None


@dataclass
class Inode:
    """A file: what was written to it, and when it was synced."""

    changes: list[Written] = field(default_factory=list)
    syncs: list[Change] = field(default_factory=list)
    size: int = 0

    def content(self, moment: float, chance: random.Random) -> bytes:
        """What is in the file after the current went."""
        data = bytearray()
        for change in self.changes:
            whole = _is_synced(change, self.syncs, moment)
            if change.start > moment or (not whole and chance.random() < 0.5):
                continue
            if change.data is None:
                del data[change.place :]
                continue
            part = change.data if whole or chance.random() < 0.5 else change.data[: len(change.data) // 2]
            data.extend(bytes(max(0, change.place - len(data))))
            data[change.place : change.place + len(part)] = part
        return bytes(data)


@dataclass
class Folder:
    """A folder: its names, and when they were synced."""

    changes: list[Renamed] = field(default_factory=list)
    syncs: list[Change] = field(default_factory=list)

    def names(self, moment: float, chance: random.Random) -> dict[str, Inode | Folder]:
        """What is in the folder after the current went."""
        found: dict[str, Inode | Folder] = {}
        for change in self.changes:
            whole = _is_synced(change, self.syncs, moment)
            if change.start > moment or (not whole and chance.random() < 0.5):
                continue
            found.pop(change.old, None)
            if change.inode is not None:
                found[change.new] = change.inode
        return found


def _is_synced(change: Change, syncs: list[Change], moment: float) -> bool:
    return any(change.done <= sync.start and sync.done <= moment for sync in syncs)


class RecordedDisk:
    """Records what happens below `root`; takes the part of `Faults` in `disk_faults`.

    A sync takes `sync_seconds` longer than that of the disk below.
    """

    def __init__(self, root: Path, sync_seconds: float = 0.0) -> None:
        self.root = root
        self._sync_seconds = sync_seconds
        self._folders = {str(root): Folder()}
        self._files: dict[str, Inode] = {}
        self._inodes: list[Inode] = []
        self._open: dict[int, tuple[Inode | Folder, bool]] = {}
        self._places: dict[int, int] = {}
        self._lock = threading.Lock()

    def call(self, name: str, real: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Make a call, and note what it did."""
        note = getattr(self, f"_note_{name}", None)
        if note is None:
            return real(*arguments, **named)
        if name in ("write", "close") and not isinstance(arguments[0] if arguments else b"", int):
            arguments = (real.__self__.fileno(), *arguments)  # type: ignore[attr-defined]
            made = arguments[1:]
        else:
            made = arguments
        start = time.monotonic()
        if name == "close":
            note(start, start, None, *arguments)
            return real(*made, **named)
        if name == "fsync":
            time.sleep(self._sync_seconds)
        result = real(*made, **named)
        with self._lock:
            note(start, time.monotonic(), result, *arguments)
        return result

    def moments(self) -> list[list[float]]:
        """When each file and folder was changed or synced."""
        found: list[Inode | Folder] = [*self._folders.values(), *self._inodes]
        return [[entry.done for entry in (*one.changes, *one.syncs)] for one in found]

    def restore(self, moment: float, chance: random.Random) -> None:
        """Put into `root`, which is empty, what is there when the current goes at that moment."""
        self._restore(self._folders[str(self.root)], self.root, moment, chance)

    def _restore(self, folder: Folder, path: Path, moment: float, chance: random.Random) -> None:
        for name, found in folder.names(moment, chance).items():
            if isinstance(found, Folder):
                (path / name).mkdir()
                self._restore(found, path / name, moment, chance)
            else:
                (path / name).write_bytes(found.content(moment, chance))

    def _folder(self, path: str) -> Folder | None:
        return self._folders.get(os.path.dirname(path))

    def _note_open(self, start: float, done: float, number: int, path: Any, flags: int, *_: Any) -> None:
        name = os.fspath(path)
        if name in self._folders:
            self._open[number] = self._folders[name], False
            return
        folder = self._folder(name)
        if folder is None:
            return
        inode = self._files.get(name)
        if inode is None:
            inode = self._files[name] = Inode()
            self._inodes.append(inode)
            folder.changes.append(Renamed(start, done, "", os.path.basename(name), inode))
        elif flags & os.O_TRUNC:
            inode.changes.append(Written(start, done, 0, None))
            inode.size = 0
        self._open[number] = inode, bool(flags & os.O_APPEND)
        self._places[number] = 0

    def _note_write(self, start: float, done: float, count: int, number: int, data: Any) -> None:
        inode, append = self._open.get(number, (None, False))
        if isinstance(inode, Inode):
            place = inode.size if append else self._places[number]
            inode.changes.append(Written(start, done, place, bytes(data)[:count]))
            self._places[number] = place + count
            inode.size = max(inode.size, place + count)

    def _note_lseek(self, _start: float, _done: float, place: int, number: int, *_: Any) -> None:
        self._places[number] = place

    def _note_ftruncate(self, start: float, done: float, _result: None, number: int, size: int) -> None:
        inode, _ = self._open.get(number, (None, False))
        if isinstance(inode, Inode):
            inode.changes.append(Written(start, done, size, None))
            inode.size = size

    def _note_fsync(self, start: float, done: float, _result: None, number: int) -> None:
        if number in self._open:
            self._open[number][0].syncs.append(Change(start, done))

    def _note_close(self, _start: float, _done: float, _result: None, number: int) -> None:
        self._open.pop(number, None)

    def _note_replace(self, start: float, done: float, _result: None, old: Any, new: Any) -> None:
        before, after = os.fspath(old), os.fspath(new)
        folder = self._folder(after)
        if folder is not None and before in self._files:
            inode = self._files[after] = self._files.pop(before)
            names = os.path.basename(before), os.path.basename(after)
            folder.changes.append(Renamed(start, done, *names, inode))

    def _note_unlink(self, start: float, done: float, _result: None, path: Any, **_: Any) -> None:
        name = os.fspath(path)
        folder = self._folder(name)
        if folder is not None and self._files.pop(name, None) is not None:
            folder.changes.append(Renamed(start, done, os.path.basename(name), "", None))

    def _note_mkdir(self, start: float, done: float, _result: None, path: Any, *_: Any) -> None:
        name = os.fspath(path)
        folder = self._folder(name)
        if folder is not None:
            self._folders[name] = Folder()
            folder.changes.append(Renamed(start, done, "", os.path.basename(name), self._folders[name]))
