"""The list of a folder's texts: what is in it, in which order, and what no list may stumble over."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from writer.app.project import listing as listings
from writer.app.project.listing import list_texts
from writer.app.project.text_tree import make_tree
from writer.corpus.document import CorpusError


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("# One\n", "utf-8")


def test_texts_are_listed_in_the_order_of_people(tmp_path):
    make(tmp_path, "Chapter 10.md", "chapter 2.txt", "b/two.md", "b/a/一.md", "letter.docx", "picture.png")
    found = list_texts(tmp_path)
    assert found.names == ("b/a/一.md", "b/two.md", "chapter 2.txt", "Chapter 10.md", "letter.docx")
    assert "letter.docx" not in found.readable
    assert [found.tree.entries[i].label for i in found.tree.top] == [
        *("b", "chapter 2.txt", "Chapter 10.md", "letter.docx")
    ]


def test_hidden_files_and_those_of_programs_are_left_out(tmp_path):
    make(tmp_path, ".hidden.md", ".git/a.md", "~$open.docx", "old.md~", "node_modules/a.md", "vendor/real.md")
    assert list_texts(tmp_path).names == ("vendor/real.md",)


def test_an_empty_folder_is_no_error_and_a_missing_one_is_said(tmp_path):
    assert list_texts(tmp_path).names == ()
    with pytest.raises(CorpusError, match="There is no folder"):
        list_texts(tmp_path / "gone")


@pytest.mark.skipif(sys.platform == "win32", reason="links and rights of POSIX")
def test_links_in_circles_and_folders_without_rights_end(tmp_path):
    make(tmp_path, "a/one.md", "closed/two.md")
    (tmp_path / "a" / "circle").symlink_to(tmp_path)
    (tmp_path / "closed").chmod(0)
    try:
        names = list_texts(tmp_path).names
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert names == (("a/one.md",) if os.getuid() else ("a/one.md", "closed/two.md"))


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_name_of_undecodable_bytes_is_listed(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.md", "wb"):
        pass
    assert list_texts(tmp_path).names == ("caf\udce9.md",)


def test_a_huge_or_deep_folder_ends_and_is_called_incomplete(tmp_path, monkeypatch):
    make(tmp_path, *(f"{i}.md" for i in range(20)))
    assert list_texts(tmp_path).complete
    monkeypatch.setattr(listings, "MAX_ENTRIES", 10)
    found = list_texts(tmp_path)
    assert (len(found.names), found.complete) == (10, False)
    monkeypatch.undo()
    make(tmp_path, "/".join("d" * 70) + "/deep.md")
    assert not list_texts(tmp_path).complete


def test_parents_and_rows_of_the_tree_agree():
    tree = make_tree(["b/c/1.md", "b/2.md", "a.md", "b/10.md"])
    for number, entry in enumerate(tree.entries):
        siblings = tree.top if entry.parent < 0 else tree.entries[entry.parent].children
        assert siblings[entry.row] == number
