"""New, moved and deleted files of a folder: nothing is overwritten, and nothing leaves the folder."""

from __future__ import annotations

import sys

import pytest

from writer.app.project.text_files import create_text, move_entry, trash
from writer.documents.text_file import DocumentError


def test_a_new_text_gets_an_ending_and_its_subfolders(tmp_path):
    assert create_text(tmp_path, "Part 2/Chapter 1.5") == tmp_path / "Part 2" / "Chapter 1.5.md"
    assert create_text(tmp_path, "a.TXT") == tmp_path / "a.TXT"
    assert create_text(tmp_path, "第一章").read_bytes() == b""


@pytest.mark.parametrize(
    "name", ["../a", "/a", "a/../../b", ".a", "a//b", "a/", "", " ", "a:b", "a\x00b", "a\nb", "..\\a", "a/.b"]
)
def test_names_that_lead_out_or_cannot_be_seen_are_refused(tmp_path, name):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(DocumentError):
        create_text(folder, name)
    assert list(tmp_path.rglob("*")) == [folder]


def test_what_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    for change in (lambda: create_text(tmp_path, "a"), lambda: move_entry(tmp_path, "a.md", "b")):
        with pytest.raises(DocumentError, match="already"):
            change()
    assert ((tmp_path / "a.md").read_text(), (tmp_path / "b.md").read_text()) == ("a", "b")


def test_a_text_is_renamed_and_moved_and_keeps_its_ending(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    assert move_entry(tmp_path, "a.txt", "b") == tmp_path / "b.txt"
    assert move_entry(tmp_path, "b.txt", "part/c.md").read_text() == "a"
    assert move_entry(tmp_path, "part", "Part") == tmp_path / "Part"
    assert move_entry(tmp_path, "Part", "Part 1.0/sub") == tmp_path / "Part 1.0" / "sub"


def test_what_the_disk_refuses_is_said(tmp_path):
    (tmp_path / "part").mkdir()
    with pytest.raises(DocumentError, match="could not be moved"):
        move_entry(tmp_path, "part", "part/inside")
    with pytest.raises(DocumentError, match="could not be moved"):
        move_entry(tmp_path, "gone.md", "b")
    with pytest.raises(DocumentError, match="could not be made"):
        create_text(tmp_path, "x" * 300)
    with pytest.raises(DocumentError, match="trash"):
        trash(tmp_path / "gone.md")


@pytest.mark.skipif(sys.platform != "linux", reason="the trash of freedesktop.org")
def test_what_is_deleted_lies_in_the_trash(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "一.md").write_text("kept")
    trash(tmp_path / "part")
    assert not (tmp_path / "part").exists()
    assert [file.read_text() for file in (tmp_path / "data").rglob("一.md")] == ["kept"]
