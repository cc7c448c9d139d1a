"""Replacing a file: killed, on a full disk, without permission, it is the old or the new one, whole."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.fakes.killed_work import KilledWork, place
from tests.fakes.other_user import let_others_pass, needs_root, run_as_other_user
from writer.base import atomic_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="rights and links of POSIX")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@posix
@pytest.mark.parametrize("sync", [True, False])
def test_only_the_owner_may_read_what_is_there_afterwards(tmp_path: Path, sync: bool) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    file.chmod(0o666)
    status = atomic_file.replace(file, b"new", sync=sync)
    assert (file.read_bytes(), mode(file)) == (b"new", 0o600)
    assert (status.st_size, status.st_mtime_ns) == (3, file.stat().st_mtime_ns)
    assert names(tmp_path) == ["a"]


@posix
def test_nothing_is_readable_for_others_while_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    file.chmod(0o640)
    with atomic_file.replacing(file) as part:
        assert mode(Path(part.name)) == 0o600
        part.write(b"secret")


@posix
def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, file = tmp_path / "link", tmp_path / "there" / "a"
    link.symlink_to("there/a")
    for content in (b"new where the link leads nowhere", b"new again"):
        atomic_file.replace(link, content)
        assert (link.is_symlink(), file.read_bytes()) == (True, content)
    assert names(tmp_path) == ["link", "there"]
    assert names(file.parent) == ["a"]


@pytest.mark.parametrize("name", ["a" * 255, "字" * 85, "." + "b" * 254, "é" * 127])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path, name: str) -> None:
    other = name[:-1]
    with atomic_file.replacing(tmp_path / name) as one, atomic_file.replacing(tmp_path / other) as two:
        one.write(b"one")
        two.write(b"two")
    assert (tmp_path / name).read_bytes() == b"one"
    assert (tmp_path / other).read_bytes() == b"two"
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_a_block_that_raises_changes_and_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    file = tmp_path / "a"
    file.write_text("old")

    def fail() -> None:
        with atomic_file.replacing(file) as part:
            part.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert (file.read_text(), names(tmp_path)) == ("old", ["a"])


@pytest.mark.parametrize("close", [True, False])
def test_a_library_may_write_by_name(tmp_path: Path, close: bool) -> None:
    """Into the file, or, once that is closed, into one of its own that it puts there."""
    file = tmp_path / "a"
    with atomic_file.replacing(file) as part:
        if close:
            part.close()
            (tmp_path / "own").write_bytes(b"new")
            os.replace(tmp_path / "own", part.name)
        else:
            Path(part.name).write_bytes(b"new")
    assert (file.read_bytes(), names(tmp_path)) == (b"new", ["a"])


def test_where_a_folder_has_the_name_it_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises((IsADirectoryError, PermissionError)):
        atomic_file.replace(tmp_path / "a", b"new")
    with pytest.raises(FileNotFoundError):
        atomic_file.replace(tmp_path / "none" / "a", b"new")
    assert names(tmp_path) == ["a"]


@needs_root
def test_in_a_folder_that_may_not_be_written_nothing_changes(tmp_path: Path) -> None:
    let_others_pass(tmp_path)
    file = tmp_path / "a"
    file.write_text("old")

    def work() -> None:
        with pytest.raises(PermissionError):
            atomic_file.replace(file, b"new")

    assert run_as_other_user(work) == 0
    assert (file.read_text(), names(tmp_path)) == ("old", ["a"])


def test_many_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    """Each writer finishes its own file; nobody takes another's for left over."""
    file = tmp_path / "a"

    def write(number: int) -> None:
        for _ in range(40):
            with atomic_file.replacing(file, sync=False) as part:
                part.write(b"%d" % number * 9_000)
                part.flush()
                part.write(b"%d" % number * 9_000)
            content = file.read_bytes()
            assert content == content[:1] * 18_000

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    assert names(tmp_path) == ["a"]


ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
from writer.base import atomic_file
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
file, size = Path(sys.argv[1]), int(sys.argv[2])
try:
    with atomic_file.replacing(file) as part:
        for _ in range(size // 1000):
            part.write(b"x" * 1000)
except OSError as error:
    print(error.strerror)
resource.setrlimit(resource.RLIMIT_FSIZE, before)  # else no coverage could be written
"""


@posix
@pytest.mark.parametrize("size", [101_000, 300_000])
def test_where_nothing_more_fits_the_old_file_stays(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    command = [sys.executable, "-c", ON_A_SMALL_DISK, str(file), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("File too large\n", "", 0)
    assert (file.read_text(), names(tmp_path)) == ("old", ["a"])


def write_in_pieces(file: Path, letter: bytes) -> None:
    with atomic_file.replacing(file, sync=False) as part:
        for _ in range(10):
            part.write(letter * 1_000)
            part.flush()
            place(file)


@posix
@pytest.mark.parametrize("writers", [1, 3])
def test_killed_at_any_place_it_is_whole_and_little_is_left(tmp_path: Path, writers: int) -> None:
    file = tmp_path / "a"
    file.write_text("first")
    inside = 0
    letters = [b"%d" % number for number in range(writers)]
    with ExitStack() as stack:
        works = [KilledWork(partial(write_in_pieces, file, letter), tmp_path) for letter in letters]
        for work in works:
            stack.enter_context(work)
        for at in itertools.count():
            for number, work in enumerate(works):
                work.begin(max(0, at - number))
            killed = [work.end() for work in works]
            if not any(killed):
                break
            assert file.read_bytes() in (b"first", *(letter * 10_000 for letter in letters))
            left = [name for name in names(tmp_path) if name != "a"]
            inside += bool(left)
            if writers == 1:
                assert left in ([], [".a.part"])
    assert inside > 10
    atomic_file.replace(file, b"last")
    assert (file.read_bytes(), ".a.part" in names(tmp_path)) == (b"last", False)


@posix
def test_what_somebody_else_holds_is_not_deleted(tmp_path: Path) -> None:
    """A living writer's file stays, a dead one's goes; a pipe or folder of that name is in nobody's way."""
    file, part = tmp_path / "a", tmp_path / ".a.part"
    with atomic_file.replacing(file) as first:
        first.write(b"first")
        atomic_file.replace(file, b"second")
        assert part.exists()
    assert file.read_bytes() == b"first"
    part.write_bytes(b"left over")
    atomic_file.replace(file, b"third")
    assert names(tmp_path) == ["a"]
    for make in (os.mkfifo, os.mkdir):
        make(part)
        atomic_file.replace(file, b"fourth")
        assert file.read_bytes() == b"fourth"
        if part.exists():
            part.rmdir()


def test_a_folder_is_moved_in_one_step(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()
    atomic_file.move(tmp_path / "a", tmp_path / "b")
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match=r"not empty|denied"):
        atomic_file.move(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path / "b") == ["file"]
