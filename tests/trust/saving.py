"""Saves that fail or are killed at each of their system calls: the old or the new text, and a true claim."""

from __future__ import annotations

import errno
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tests.fakes.access_lists import NAME, access_list, can_have_lists
from tests.fakes.disk_faults import Faults, disk_faults, kill, raising
from tests.trust.scorecard import Figure, Row
from writer.base.user_files.overwriting import roll_back_all
from writer.documents.text_file import DocumentError, changed_outside, read_document, write_document
from writer.documents.text_format import TextFormat

OLD, NEW = "What stood there.\n" * 900, "The text that was written since.\n" * 700
KINDS = ("new", "usual", "listed", "linked")
"""A file that is not there yet, a usual one, one with an access list and attributes, one with two links."""

SMALL = 0.02
"""The scale under which not each call is tried."""

TIMES = ("before", "within", "after")


@contextmanager
def own_folders() -> Iterator[Path]:
    """A folder for the texts, and data folders of nobody else; in memory where that can be, for speed."""
    place = Path("/dev/shm")
    fast = place if place.is_dir() and can_have_lists(place) else None
    with (
        tempfile.TemporaryDirectory(dir=fast) as name,
        mock.patch.dict(os.environ, {"XDG_DATA_HOME": f"{name}/data"}),
    ):
        yield Path(name)


@dataclass
class Saves:
    """One text of a kind, saved again and again, and what came of it."""

    folder: Path
    kind: str
    bad: Counter[str] = field(default_factory=Counter)
    """What must not happen, by what it is and where."""

    count: int = 0

    @property
    def file(self) -> Path:
        return self.folder / "text.txt"

    def prepare(self) -> None:
        """Let the file be as before each save."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if self.kind != "new":
            self.file.write_text(OLD, "utf-8")
        if self.kind == "listed" and can_have_lists(self.folder):
            os.setxattr(self.file, NAME, access_list(6, 0, 4, 0, {65534: 4}))
            os.setxattr(self.file, "user.note", b"a")
        if self.kind == "linked":
            (self.folder / "other.txt").hardlink_to(self.file)

    def calls(self) -> list[str]:
        """The system calls of a save that succeeds, when all folders are there."""
        for _ in range(2):
            self.prepare()
            with disk_faults(Faults()) as faults:
                write_document(self.file, NEW, TextFormat(), None)
        return faults.calls

    def fail(self, faults: Faults, name: str) -> None:
        """Save with a fault, and compare what is said with what is there."""
        self.prepare()
        said: str = "saved"
        version = None
        try:
            with disk_faults(faults):
                version = write_document(self.file, NEW, TextFormat(), None)
        except DocumentError:
            said = "refused"
        except BaseException as error:  # noqa: BLE001 - counted
            said = type(error).__name__
        if faults.lasting:  # a disk that writes no more is looked at when it does again
            roll_back_all()
        there = self.there()
        if (said, there) not in (("saved", "new"), ("refused", "old")):
            self.bad[f"{said}, {there}: {self.kind}, {faults.when} {name}"] += 1
        elif version is not None and changed_outside(self.file, version):
            self.bad[f"version: {self.kind}, {faults.when} {name}"] += 1
        self.count += 1

    def kill(self, at: int, when: str, name: str) -> None:
        """Save in a process that ends at a call; then what the next start does, and another save."""
        self.prepare()
        child = os.fork()
        if not child:
            try:
                with disk_faults(Faults(kill, at, when)):
                    write_document(self.file, NEW, TextFormat(), None)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if self.kind != "linked" and self.there() == "mixed":
            self.bad[f"mixed: {self.kind}, killed {when} {name}"] += 1
        roll_back_all()
        if self.there() == "mixed":
            self.bad[f"mixed at the next start: {self.kind}, killed {when} {name}"] += 1
        write_document(self.file, NEW, TextFormat(), None)
        left = {path.name for path in self.folder.iterdir()} - {"text.txt", "other.txt"}
        if self.there() != "new" or left:
            self.bad[f"left over: {self.kind}, killed {when} {name}"] += 1
        self.count += 1

    def there(self) -> str:
        """Which text the file has, under each of its names."""
        try:
            found = {read_document(path).text for path in self.folder.glob("*.txt")}
        except DocumentError:
            return "mixed"
        if found in ({OLD}, set() if self.kind == "new" else {OLD}):
            return "old"
        return "new" if found == {NEW} else "mixed"


def failing(seed: int, scale: float) -> Figure:
    """Every error and a kill at every call of a save, of each kind of file; a tenth of the calls if small."""
    chance = random.Random(seed)
    numbers = sorted(errno.errorcode)
    share = max(2, round(len(numbers) * scale))
    bad: Counter[str] = Counter()
    errors = kills = places = 0
    with own_folders() as folder:
        for kind in KINDS:
            saves = Saves(folder / kind, kind)
            calls = list(enumerate(saves.calls()))
            if scale < SMALL:
                calls = calls[chance.randrange(10) :: 10]
            for at, name in calls:
                _fail_at(saves, at, name, chance.sample(numbers, share))
            errors, saves.count = errors + saves.count, 0
            for at, name in calls:
                for when in TIMES if name == "write" else ("before", "after"):
                    saves.kill(at, when, name)
            kills, places = kills + saves.count, places + len(calls)
            bad += saves.bad
    text = f"{errors} errors and {kills} kills at {places} calls: {bad.total()} mixed or falsely claimed"
    if bad:
        text += " (" + "; ".join(f"{what} {count}" for what, count in bad.most_common(4)) + ")"
    return Figure(text, passed=not bad)


def _is_impossible(name: str, number: int, when: str) -> bool:
    """Whether no system answers so: an interrupted write wrote nothing; a file that is there is there."""
    return (name, number) == ("stat", errno.ENOENT) or (number == errno.EINTR and when != "before")


def _fail_at(saves: Saves, at: int, name: str, numbers: list[int]) -> None:
    for when in TIMES:
        for number in numbers:
            if not _is_impossible(name, number, when):
                saves.fail(Faults(raising(number), at, when), name)
        saves.fail(Faults(raising(errno.EIO), at, when, lasting=True), f"every {name}")


ROWS = (
    Row(
        "save-errors",
        "every error number, and SIGKILL, before, within and after each system call of a save",
        "old or new, never mixed; the claim true",
        failing,
        minutes=2,
    ),
)
