"""Overwriting in place: wherever it is interrupted, the old or the new content is there afterwards."""

from __future__ import annotations

import errno
import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.fakes.disk_faults import Faults, disk_faults, raising
from tests.fakes.recorded_disk import RecordedDisk
from writer.base import paths
from writer.base.user_files import overwriting
from writer.base.user_files.overwriting import is_mixture, overwrite, roll_back, roll_back_all

OLD, NEW = b"The old content. " * 400, b"And the new one! " * 500


def journals() -> list[str]:
    folder = paths.data_dir() / overwriting.NAME
    return sorted(path.name for path in folder.iterdir() if path.name != "journals.lock")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a"
    path.write_bytes(OLD)
    return path


def interrupted(file: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed process leaves that had written as much as `content`."""
    with monkeypatch.context() as patch:
        patch.setattr(overwriting, "_write_through", lambda *_: None)
        overwrite(file, NEW)
    file.write_bytes(content)
    assert len(journals()) == 1


@pytest.mark.parametrize("content", [OLD, NEW, OLD + NEW[len(OLD) : -100], NEW[:700] + OLD[700:]])
@pytest.mark.parametrize("everywhere", [True, False])
def test_an_interrupted_one_is_rolled_back(
    file: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, everywhere: bool
) -> None:
    interrupted(file, content, monkeypatch)
    if everywhere:
        roll_back_all()
    else:
        roll_back(file)
    assert file.read_bytes() == (NEW if content == NEW else OLD)
    assert journals() == []


def test_what_others_wrote_since_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    interrupted(file, b"Somebody else's." * 420, monkeypatch)
    roll_back_all()
    assert file.read_bytes() == b"Somebody else's." * 420
    assert "written by others" in caplog.text
    assert [name.endswith(".rollback-bad") for name in journals()] == [True]
    roll_back_all()
    overwriting.clear()
    assert journals() == []


def test_a_file_on_a_disk_that_is_away_is_rolled_back_later(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(file, NEW[:700] + OLD[700:], monkeypatch)
    away = file.with_name("away")
    file.rename(away)
    roll_back_all()
    assert len(journals()) == 1
    away.rename(file)
    overwrite(file, b"third")
    assert (file.read_bytes(), journals()) == (b"third", [])


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_journal_is_kept_and_not_used(
    file: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    mixed = NEW[:700] + OLD[700:]
    interrupted(file, mixed, monkeypatch)
    journal = paths.data_dir() / overwriting.NAME / journals()[0]
    data = journal.read_bytes()
    journal.write_bytes({"cut": data[:-9], "flipped": data[:-9] + b"?" + data[-8:], "empty": b""}[damage])
    roll_back_all()
    assert file.read_bytes() == mixed
    assert [name.endswith(".rollback-bad") for name in journals()] == [True]


def test_where_writing_fails_the_old_content_is_put_back(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.write, 0

    def write(descriptor: int, data: bytes) -> int:
        nonlocal calls
        if os.readlink(f"/proc/self/fd/{descriptor}") != str(file):
            return real(descriptor, data)
        calls += 1
        if calls == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(descriptor, data[: len(data) // 2 + 1])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OSError, match="Input/output"):
        overwrite(file, NEW)
    assert (file.read_bytes(), journals()) == (OLD, [])


def test_mixtures_are_told_from_other_contents() -> None:
    chance = random.Random(5)
    for _ in range(50):
        at = chance.randrange(len(OLD))
        assert is_mixture(NEW[:at] + OLD[at:], OLD, NEW)
        assert is_mixture(OLD + NEW[len(OLD) : len(OLD) + at // 20] + bytes(at // 20), OLD, NEW)
        assert not is_mixture(NEW[:at] + b"\x07" + OLD[at + 1 :], OLD, NEW)
    assert not is_mixture(OLD[:-1], OLD, NEW)
    assert not is_mixture(NEW + b"x", OLD, NEW)
    assert is_mixture(b"", b"", b"")


@pytest.mark.parametrize("name", ["close", "flock", "fstat"])
def test_what_fails_behind_the_new_content_is_no_failed_write(file: Path, name: str) -> None:
    for content in (NEW, OLD):  # at first there are folders to make
        with disk_faults(Faults()) as seen:
            overwrite(file, content)
    last = max(at for at, call in enumerate(seen.calls) if call == name)
    with disk_faults(Faults(raising(errno.EIO), last, "after")):
        overwrite(file, NEW)
    assert (file.read_bytes(), journals()) == (NEW, [])


def test_the_journal_is_on_the_disk_before_the_file_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the very first session, which makes all folders."""
    root = tmp_path / "disk"
    root.mkdir()
    (root / "a").write_bytes(OLD)
    monkeypatch.setenv("XDG_DATA_HOME", str(root / "data"))
    moments: list[float] = []
    monkeypatch.setattr(overwriting, "_write_through", lambda *_: moments.append(time.monotonic()))
    disk = RecordedDisk(root)
    with disk_faults(disk):
        overwrite(root / "a", NEW)
    for seed in range(10):
        shutil.rmtree(root)
        root.mkdir()
        disk.restore(moments[0], random.Random(seed))
        assert len(list(root.glob("data/*/rollback/*.rollback"))) == 1
