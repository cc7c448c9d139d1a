"""Saves over files with rights of all kinds, by several users: they stay, and nobody reads more meanwhile."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.access_lists import DEFAULT, NAME, access_list, can_have_lists
from tests.fakes.disk_faults import Faults, disk_faults
from tests.trust.saving import NEW, OLD, own_folders
from tests.trust.scorecard import Figure, Row
from writer.base.user_files.file_rights import read_rights
from writer.documents.text_file import DocumentError, write_document
from writer.documents.text_format import TextFormat

FILES = 2000
SOMEBODY, OTHER, TEAM, STRANGERS = 65534, 65531, 65533, 65530
REFUSED, SHOWN, BROKEN = 3, 4, 5
"""What the process that saves ends with, beside 0."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file with its rights, how it lies in its folder, and who saves it."""

    owner: int
    group: int
    mode: int
    lists: bytes
    passed_on: bytes
    noted: bool
    folder_mode: int
    link: str
    saver: int

    @staticmethod
    def drawn(chance: random.Random, root: bool, with_lists: bool) -> Case:
        """Any case that this process can set up."""

        def entries() -> bytes:
            users = {user: chance.randrange(8) for user in (SOMEBODY, OTHER) if chance.random() < 0.5}
            return access_list(*(chance.randrange(8) for _ in range(4)), users or {OTHER: 4})

        me = os.getuid()
        return Case(
            owner=chance.choice((0, SOMEBODY, OTHER)) if root else me,
            group=chance.choice((0, TEAM, STRANGERS)) if root else os.getgid(),
            mode=chance.choice((0o600, 0o640, 0o660, 0o664, 0o666, 0o604, chance.randrange(0o1000))),
            lists=entries() if with_lists and chance.random() < 0.5 else b"",
            passed_on=entries() if with_lists and chance.random() < 0.3 else b"",
            noted=with_lists and chance.random() < 0.5,
            folder_mode=chance.choice((0o777, 0o777, 0o755, 0o1777)) if root else 0o755,
            link=chance.choice(("", "", "hard", "symbolic")),
            saver=chance.choice((0, SOMEBODY)) if root else me,
        )

    def set_up(self, folder: Path) -> Path:
        """The file, under the name by which it is saved."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file = folder / "text.txt"
        file.write_text(OLD, "utf-8")
        if self.owner != os.getuid() or self.group != os.getgid():
            os.chown(file, self.owner, self.group)
        if self.noted:
            os.setxattr(file, "user.note", b"a note")
        file.chmod(self.mode)
        if self.lists:
            os.setxattr(file, NAME, self.lists)
        if self.passed_on:
            os.setxattr(folder, DEFAULT, self.passed_on)
        folder.chmod(self.folder_mode)
        other = folder / "other.txt"
        if self.link == "hard":
            other.hardlink_to(file)
        elif self.link == "symbolic":
            other.symlink_to(file)
            return other
        return file


def _save(file: Path, case: Case, data: Path) -> int:
    """What a process of the case's user ends with that saves."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = BROKEN
    try:
        os.environ["XDG_DATA_HOME"] = str(data / str(case.saver))
        shown: list[str] = []
        watch = _watch(file.resolve(), shown)
        if case.saver != os.getuid():
            os.setgroups([TEAM])
            os.setgid(case.saver)
            os.setuid(case.saver)
        with disk_faults(Faults(only=watch)):
            write_document(file, NEW, TextFormat(), None)
        status = SHOWN if shown else 0
    except DocumentError:
        status = SHOWN if shown else REFUSED
    finally:
        os._exit(status)


def _watch(file: Path, shown: list[str]) -> Callable[[str, tuple[Any, ...]], bool]:
    """Notes when a new file beside `file` has rights for others that are not those of `file`."""
    real_stat, real_get, real_list = os.stat, os.getxattr, os.listdir
    before = read_rights(file)
    old = dict(before.attributes).get(NAME, b"")

    def watch(name: str, _arguments: tuple[Any, ...]) -> bool:
        for other in real_list(file.parent):
            if not other.endswith(".part"):
                continue
            path = file.parent / other
            mode = real_stat(path).st_mode & 0o777
            try:
                new = real_get(path, NAME)
            except OSError:
                new = b""
            if mode & 0o077 and (mode & ~before.mode or new != old):
                shown.append(name)
        return False

    return watch


def kept(seed: int, scale: float) -> Figure:
    """Save files of drawn cases, and compare their rights, links and texts."""
    chance = random.Random(seed)
    count = max(10, int(FILES * scale))
    root = os.getuid() == 0
    outcomes: Counter[str] = Counter()
    with own_folders() as folder:
        folder.chmod(0o755)
        with_lists = can_have_lists(folder)
        for user in (0, SOMEBODY) if root else (os.getuid(),):
            own = folder / "data" / str(user)
            own.mkdir(parents=True)
            if root:
                os.chown(own, user, user)
        for _ in range(count):
            outcomes[_outcome(Case.drawn(chance, root, with_lists), folder)] += 1
    bad = count - outcomes["kept"] - outcomes["refused"]
    text = f"{count} files: {bad} with other rights, links or texts, or shown meanwhile"
    text += f"; {outcomes['refused']} might not be written, and stayed"
    if bad:
        text += f" ({', '.join(f'{name} {number}' for name, number in outcomes.items())})"
    if not with_lists:
        text += "; without access lists and attributes, which this disk does not take"
    if not root:
        text += "; without other users, which only root can be"
    return Figure(text, passed=not bad and outcomes["kept"] > count // 4)


def _outcome(case: Case, folder: Path) -> str:
    file = case.set_up(folder / "texts")
    real = file.resolve()
    before, inode = read_rights(real), real.stat().st_ino
    ended = _save(file, case, folder / "data")
    content, after = real.read_text("utf-8"), read_rights(real)
    names = sorted(path.name for path in real.parent.iterdir())
    if ended not in (0, REFUSED):
        return {SHOWN: "shown"}.get(ended, "broken")
    if content != (NEW if ended == 0 else OLD):
        return "other text"
    if after != before:
        return "other rights"
    linked = case.link != "hard" or (real.stat().st_ino == inode and real.stat().st_nlink == 2)
    if not linked or names != (["other.txt", "text.txt"] if case.link else ["text.txt"]):
        return "other links"
    return "kept" if ended == 0 else "refused"


ROWS = (
    Row(
        "rights",
        "saves over 2,000 files: modes, access lists, attributes, owners, groups and links, by two users",
        "0 with other rights, none shown meanwhile",
        kept,
        minutes=1,
    ),
)
