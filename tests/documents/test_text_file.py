"""Reading and saving on a real disk: forms, rights, links, errors in words, and kills in the middle."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.killed_work import KilledWork, needs_forks
from tests.fakes.other_user import let_others_pass, needs_root, run_as_other_user
from writer.documents import text_file
from writer.documents.text_file import (
    ChangedOutsideError,
    DocumentError,
    changed_outside,
    read_document,
    write_document,
)
from writer.documents.text_format import TextFormat


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_a_file_that_is_opened_and_saved_is_the_same_file(tmp_path_factory, text, newline, bom):
    file = tmp_path_factory.mktemp("d") / "a.txt"
    data = (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", newline).encode()
    file.write_bytes(data)
    loaded = read_document(file)
    assert "\r" not in loaded.text
    write_document(file, loaded.text, loaded.form, loaded.version)
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    ("data", "newline"),
    [(b"a\r\nb\r\n", "\r\n"), (b"a\rb", "\r"), (b"a\nb", "\n"), (b"a\r\nb\nc\r", "\n"), (b"", "\n")],
)
def test_line_ends_are_kept_also_by_new_lines(tmp_path, data, newline):
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    loaded = read_document(file)
    assert loaded.form.newline == newline
    write_document(file, loaded.text + "\nnew", loaded.form, loaded.version)
    assert file.read_bytes() == data + newline.encode() + b"new"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00", b"\x7fELF\x02\x01\x01\x00\x00", bytes(64)])
def test_what_is_no_text_is_refused_in_words(tmp_path, data):
    file = tmp_path / "a.bin"
    file.write_bytes(data)
    with pytest.raises(DocumentError, match=r"is not a text file; "):
        read_document(file)
    assert file.read_bytes() == data


def test_a_folder_and_a_missing_file_are_refused_in_words(tmp_path):
    with pytest.raises(DocumentError, match="is not a file; choose"):
        read_document(tmp_path)
    with pytest.raises(DocumentError, match="There is no file"):
        read_document(tmp_path / "none.txt")
    with pytest.raises(DocumentError, match="is a folder"):
        write_document(tmp_path, "x", TextFormat(), None)
    with pytest.raises(DocumentError, match=r"The folder of .* is gone"):
        write_document(tmp_path / "gone" / "a.txt", "x", TextFormat(), None)
    assert list(tmp_path.iterdir()) == []


def test_mode_and_links_stay(tmp_path):
    file, link = tmp_path / "real.txt", tmp_path / "link.txt"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    loaded = read_document(link)
    write_document(link, "new", loaded.form, loaded.version)
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "real.txt"]


def test_the_name_may_be_as_long_as_the_disk_allows(tmp_path):
    file = tmp_path / ("章" * 83 + ".txt")
    for text in ("new", "newer"):
        write_document(file, text, TextFormat(), None)
        assert [path.name for path in tmp_path.iterdir()] == [file.name]
        assert file.read_text() == text


def test_a_file_changed_outside_is_not_overwritten(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("mine")
    loaded = read_document(file)
    file.write_text("ours")
    with pytest.raises(ChangedOutsideError):
        write_document(file, "mine again", loaded.form, loaded.version)
    assert file.read_text() == "ours"
    write_document(file, "mine again", loaded.form, None)
    assert file.read_text() == "mine again"


def test_a_folder_in_the_place_of_the_file_is_named_and_not_replaced(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("mine")
    loaded = read_document(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(DocumentError, match="is a folder") as raised:
        write_document(file, "mine", loaded.form, loaded.version)
    assert not isinstance(raised.value, ChangedOutsideError)


def test_a_file_that_was_only_touched_or_is_gone_has_not_changed(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("same")
    version = read_document(file).version
    os.utime(file, (1, 1))
    assert not changed_outside(file, version)
    file.unlink()
    assert not changed_outside(file, version)
    write_document(file, "back", TextFormat(), version)
    assert file.read_text() == "back"


def test_the_version_is_that_of_the_saved_file_and_needs_no_second_reading(tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    for _ in range(2):  # new, then replaced
        version = write_document(file, "text", TextFormat(), None)
        with monkeypatch.context() as patch:
            patch.setattr(text_file, "read_regular", None)
            assert not changed_outside(file, version)


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path):
    file = tmp_path / "a.txt"
    version = write_document(file, "mine", TextFormat(), None)
    status = file.stat()
    file.write_text("ours")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert changed_outside(file, version)
    write_document(file, "mine", TextFormat(), None)
    (tmp_path / "b").write_text("ours")
    os.utime(tmp_path / "b", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "b").replace(file)
    assert changed_outside(file, version)


def test_a_disk_that_notes_whole_seconds_is_not_relied_upon(tmp_path, monkeypatch):
    """A file can change again within the second."""
    file = tmp_path / "a.txt"
    with monkeypatch.context() as patch:
        patch.setattr(text_file.user_file, "write", lambda target, data: coarse(target, data))
        version = write_document(file, "mine", TextFormat(), None)
    assert (version.time % 10**9, version.status_time) == (0, 0)
    file.write_text("ours")
    os.utime(file, ns=(version.time, version.time))
    assert changed_outside(file, version)


def coarse(target: Path, data: bytes) -> SimpleNamespace:
    """The status of a file that was just written, on such a disk."""
    target.write_bytes(data)
    now = target.stat().st_mtime_ns // 10**9 * 10**9
    os.utime(target, ns=(now, now))
    return SimpleNamespace(st_mtime_ns=now, st_ctime_ns=now)


def test_what_is_no_file_is_not_saved_over(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    with pytest.raises(DocumentError, match=r"is not a file; choose another name"):
        write_document(tmp_path / "a.txt", "x", TextFormat(), None)


def as_nobody(what: str, file: Path) -> str:
    """What reading or writing says to a user without rights, in a process of his own."""
    reader, writer = os.pipe()

    def work() -> None:
        try:
            if what == "read":
                read_document(file)
            else:
                write_document(file, "new", TextFormat(), None)
        except DocumentError as error:
            os.write(writer, str(error).encode())

    assert run_as_other_user(work) == 0
    os.close(writer)
    with os.fdopen(reader) as stream:
        return stream.read()


@needs_root
@pytest.mark.parametrize(("what", "mode"), [("read", 0o600), ("write", 0o444)])
def test_without_permission_one_sentence_and_the_file_stays(tmp_path, what, mode):
    let_others_pass(tmp_path)
    file = tmp_path / "a.txt"
    file.write_text("old")
    file.chmod(mode)
    tmp_path.chmod(0o777)
    assert as_nobody(what, file).startswith(f"You may not {what} {file}; ")
    assert file.read_text() == "old"
    tmp_path.chmod(0o755)
    assert as_nobody("write", tmp_path / "new.txt").startswith("You may not write")


ON_A_SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from writer.documents.text_file import DocumentError, write_document
from writer.documents.text_format import TextFormat
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_document(Path(sys.argv[1]), "x" * 5000, TextFormat(), None)
except DocumentError as error:
    print(error)
"""


def test_where_nothing_more_fits_one_sentence_and_the_file_stays(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", ON_A_SMALL_DISK, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{file} could not be saved (File too large); ")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def save_letter(file: Path) -> None:
    write_document(file, "new" * 60_000, TextFormat(), None)


@needs_forks
def test_killed_at_any_place_the_disk_holds_a_whole_text(tmp_path: Path) -> None:
    file, texts = tmp_path / "a.txt", set()
    file.write_text("old")
    with KilledWork(partial(save_letter, file), tmp_path) as work:
        for _ in itertools.takewhile(work.run, itertools.count()):
            texts.add(file.read_text())
    assert texts == {"old", "new" * 60_000}
    assert file.read_text() == "new" * 60_000
