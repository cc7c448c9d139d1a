"""Writing a user's file: rights, lists, attributes, owners and links stay; nobody reads it who did not."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.access_lists import DEFAULT, NAME, access_list, can_have_lists
from tests.fakes.odd_files import odd_file
from tests.fakes.other_user import OTHER_USER, let_others_pass, needs_root, run_as_other_user
from writer.base import atomic_file, paths
from writer.base.regular_file import NotRegularError
from writer.base.user_files import user_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights and links of POSIX")
SOMEBODY, TEAM = OTHER_USER, 65533


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.fixture
def file(tmp_path: Path) -> Path:
    let_others_pass(tmp_path)
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    path = folder / "a"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def with_lists(file: Path) -> Path:
    if not can_have_lists(file.parent):
        pytest.skip("this disk has no access lists")
    return file


def as_somebody(work: Callable[[], object], groups: tuple[int, ...] = ()) -> None:
    """Do it in a process of another user, who has folders of his own. What it raises fails here."""
    own = paths.data_dir().parent / "somebody"
    own.mkdir()
    os.chown(own, SOMEBODY, SOMEBODY)
    let_others_pass(own)

    def in_own_folders() -> None:
        os.environ["XDG_DATA_HOME"] = str(own)
        work()

    assert run_as_other_user(in_own_folders, groups) == 0


def test_the_mode_is_kept_and_a_new_file_has_the_usual_one(file: Path) -> None:
    new = file.with_name("new")
    before = os.umask(0o027)
    try:
        user_file.write(new, b"new")
        for rights in (0o604, 0o400, 0o755, 0o664):
            file.chmod(rights)
            user_file.write(file, b"new")
            assert mode(file) == rights
    finally:
        os.umask(before)
    assert mode(new) == 0o640


@needs_root
def test_the_owner_is_kept(file: Path) -> None:
    os.chown(file, SOMEBODY, TEAM)
    user_file.write(file, b"new")
    assert (file.stat().st_uid, file.stat().st_gid) == (SOMEBODY, TEAM)


def test_access_list_and_attributes_are_kept(with_lists: Path) -> None:
    entries = access_list(6, 4, 4, 0, {SOMEBODY: 4})
    os.setxattr(with_lists, NAME, entries)
    os.setxattr(with_lists, "user.note", b"a note")
    before = with_lists.stat()
    user_file.write(with_lists, b"new")
    assert with_lists.read_bytes() == b"new"
    assert with_lists.stat().st_ino != before.st_ino
    assert mode(with_lists) == 0o640
    assert os.getxattr(with_lists, NAME) == entries
    assert os.getxattr(with_lists, "user.note") == b"a note"


def test_a_masked_list_does_not_become_the_group_s_rights(with_lists: Path) -> None:
    """The mode of such a file shows the mask in the place of the group's own rights."""
    os.setxattr(with_lists, NAME, access_list(6, 0, 6, 0, {SOMEBODY: 6}))
    assert mode(with_lists) == 0o660
    user_file.write(with_lists, b"new")
    assert os.getxattr(with_lists, NAME) == access_list(6, 0, 6, 0, {SOMEBODY: 6})


@needs_root
def test_what_the_folder_would_pass_on_lets_nobody_read(with_lists: Path) -> None:
    os.setxattr(with_lists.parent, DEFAULT, access_list(7, 0, 7, 0, {SOMEBODY: 7}))
    with_lists.chmod(0o640)
    user_file.write(with_lists, b"new")
    assert mode(with_lists) == 0o640
    assert NAME not in os.listxattr(with_lists)


@needs_root
def test_a_member_of_the_team_keeps_its_group(file: Path) -> None:
    os.chown(file, SOMEBODY, TEAM)
    file.chmod(0o660)
    before = file.stat().st_ino
    as_somebody(lambda: user_file.write(file, b"new"), (TEAM,))
    status = file.stat()
    assert (file.read_bytes(), status.st_uid, status.st_gid, mode(file)) == (b"new", SOMEBODY, TEAM, 0o660)
    assert status.st_ino != before


@needs_root
@pytest.mark.parametrize("rights", [0o664, 0o666])
def test_where_the_owner_cannot_be_kept_the_file_is_overwritten(file: Path, rights: int) -> None:
    os.chown(file, 0, TEAM)
    file.chmod(rights)
    before = file.stat()
    as_somebody(lambda: user_file.write(file, b"new"), (TEAM,))
    after = file.stat()
    assert (after.st_ino, after.st_uid, after.st_gid, mode(file)) == (before.st_ino, 0, TEAM, rights)
    assert file.read_bytes() == b"new"
    assert [path.name for path in file.parent.iterdir()] == ["a"]


@needs_root
def test_what_cannot_be_put_back_after_a_crash_is_not_overwritten(file: Path) -> None:
    """The old content may be written by this user, but not read."""
    file.chmod(0o602)

    def work() -> None:
        with pytest.raises(PermissionError):
            user_file.write(file, b"new")

    as_somebody(work)
    assert file.read_bytes() == b"old"


@needs_root
def test_in_a_folder_that_takes_no_new_files_the_file_is_overwritten(file: Path) -> None:
    file.chmod(0o666)
    file.parent.chmod(0o755)
    as_somebody(lambda: user_file.write(file, b"new"))
    assert file.read_bytes() == b"new"


@pytest.mark.parametrize("content", [b"", b"n", b"longer than the old one" * 1000])
def test_hard_links_stay(file: Path, content: bytes) -> None:
    other = file.with_name("other")
    other.hardlink_to(file)
    status = user_file.write(file, content)
    assert other.read_bytes() == file.read_bytes() == content
    assert other.samefile(file)
    assert (status.st_ino, status.st_ctime_ns) == (file.stat().st_ino, file.stat().st_ctime_ns)
    assert not list((paths.data_dir() / "rollback").glob("*.rollback"))


def test_the_status_is_that_of_the_file_in_its_place(file: Path) -> None:
    for target in (file, file.with_name("new")):
        status, found = user_file.write(target, b"new"), target.stat()
        assert (status.st_ctime_ns, status.st_mtime_ns) == (found.st_ctime_ns, found.st_mtime_ns)
        assert status.st_ino == found.st_ino


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder"])
def test_what_is_no_file_is_not_replaced(file: Path, kind: str) -> None:
    with odd_file(file.with_name("odd"), kind) as path:
        before = path.lstat()
        with pytest.raises(NotRegularError):
            user_file.write(path, b"new")
        assert path.lstat().st_ino == before.st_ino


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO, errno.ENOTSUP, errno.EACCES])
def test_a_folder_that_cannot_be_synced_is_no_failed_write(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    user_file.write(file, b"new")
    assert file.read_bytes() == b"new"
    assert str(file.parent) not in caplog.text
    assert ("sync of a folder" in caplog.text) == (number in (errno.EIO, errno.EACCES))


def test_a_rename_that_is_done_is_no_failed_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network disk may repeat a request whose answer was lost, and report that the file is gone."""
    real = os.replace

    def rename(old: Path, new: Path) -> None:
        real(old, new)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    monkeypatch.setattr(os, "replace", rename)
    status = atomic_file.replace(file, b"new")
    assert (file.read_bytes(), status.st_ino) == (b"new", file.stat().st_ino)


def refusing(monkeypatch: pytest.MonkeyPatch, call: str, wanted: str = "") -> None:
    """Let a function of `os` fail, for attributes of one kind."""
    real = getattr(os, call)

    def refuse(file: object, name: object, *values: object) -> object:
        if str(name).startswith(wanted):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return real(file, name, *values)

    monkeypatch.setattr(os, call, refuse)


def test_a_disk_without_modes_is_no_reason_to_overwrite(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There each file has the same mode, and none can be changed."""
    file.chmod(0o600)
    before = file.stat().st_ino
    refusing(monkeypatch, "fchmod")
    user_file.write(file, b"new")
    assert (file.read_bytes(), mode(file)) == (b"new", 0o600)
    assert file.stat().st_ino != before


@needs_root
@pytest.mark.parametrize("call", ["getxattr", "setxattr"])
def test_labels_of_the_system_are_copied_where_that_can_be(
    with_lists: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    os.setxattr(with_lists, "trusted.label", b"a")
    user_file.write(with_lists, b"new")
    assert os.getxattr(with_lists, "trusted.label") == b"a"
    before = with_lists.stat().st_ino
    with monkeypatch.context() as patch:
        refusing(patch, call, "trusted.")
        user_file.write(with_lists, b"newer")
    assert with_lists.read_bytes() == b"newer"
    assert with_lists.stat().st_ino != before


def test_where_attributes_cannot_be_copied_the_file_is_overwritten(
    with_lists: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.setxattr(with_lists, "user.note", b"a note")
    refusing(monkeypatch, "setxattr", "user.")
    before = with_lists.stat().st_ino
    user_file.write(with_lists, b"new")
    assert (with_lists.read_bytes(), with_lists.stat().st_ino) == (b"new", before)
    assert os.getxattr(with_lists, "user.note") == b"a note"
