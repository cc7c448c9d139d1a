"""Which files are documents, what is passed over, and what changed since the last time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from writer.base.progress import Cancelled
from writer.corpus.document import CorpusError, RejectionReason
from writer.corpus.scan import FolderChanges, FolderSnapshot, ScanRules, scan


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def names(folder: Path, rules: ScanRules | None = None) -> list[str]:
    return [found.name for found in scan(folder, rules).files]


def test_documents_are_found_in_all_subfolders(tmp_path):
    fill(tmp_path, "a.txt", "b/c.MD", "b/d/e/f.docx", "b/g.py", "h.pdf")
    found = scan(tmp_path)
    assert [(f.name, f.kind) for f in found.files] == [
        ("a.txt", "txt"), ("b/c.MD", "md"), ("b/d/e/f.docx", "docx"), ("h.pdf", "pdf")
    ]  # fmt: skip
    assert (found.others, found.other_names) == ({".py": 1}, ("b/g.py",))


def test_mailboxes_of_macos_templates_and_notebooks_of_r_are_found(tmp_path):
    fill(tmp_path, "Sent.mbox/mbox", "Sent.mbox/table_of_contents", "a.ott", "b.Rmd", "c.qmd", "my mbox")
    found = scan(tmp_path)
    assert [(f.name, f.kind) for f in found.files] == [
        ("Sent.mbox/mbox", "mbox"), ("a.ott", "odt"), ("b.Rmd", "md"), ("c.qmd", "md")
    ]  # fmt: skip
    assert found.other_names == ("Sent.mbox/table_of_contents", "my mbox")


def test_what_nobody_wrote_as_prose_is_passed_over(tmp_path):
    fill(tmp_path, "a.txt", ".git/b.txt", ".hidden.md", "node_modules/x/README.md", "venv/y.txt", "~$a.docx",
         "venv/pyvenv.cfg", "requirements.txt", "LICENSE.txt", "sites/php/autoload.php", "sites/php/a.md",
         "CVS/z.rst")  # fmt: skip
    found = scan(tmp_path)
    assert [file.name for file in found.files] == ["a.txt"]
    assert {one.name: one.other for one in found.rejections} == {
        ".git": ".*", ".hidden.md": ".*", "CVS": "CVS", "LICENSE.txt": "LICENSE.txt", "~$a.docx": "~$*",
        "node_modules": "node_modules", "requirements.txt": "requirements.txt",
        "sites/php": "autoload.php", "venv": "pyvenv.cfg",
    }  # fmt: skip
    assert {one.reason for one in found.rejections} == {RejectionReason.EXCLUDED}


def test_texts_with_names_like_those_of_tools_are_found(tmp_path):
    texts = ["Copying machines.md", "License to kill.txt", "Sherlock.txt", "Writer's block.txt",
             "requirements of love.txt", "third_party/b.txt", "vendor/a.txt", "venv/c.md"]  # fmt: skip
    fill(tmp_path, *texts)
    assert names(tmp_path) == texts


def test_every_entry_of_a_folder_is_accounted_for(tmp_path):
    fill(tmp_path, "a.txt", "b/c.docx", "b/old.doc", "mail.eml", "noending", "~$x.docx", "cat.JPG", "z/z.md")
    (tmp_path / "b" / "self.txt").symlink_to(tmp_path / "b" / "self.txt")
    (tmp_path / "b" / "itself").symlink_to("itself")
    (tmp_path / "b" / "dead.md").symlink_to("nothing.md")
    (tmp_path / "b" / "dead").symlink_to("nothing")
    (tmp_path / "b" / "c").symlink_to(tmp_path / "z")
    found = scan(tmp_path)
    told = [file.name for file in found.files] + [one.name for one in found.rejections]
    told += found.other_names
    assert sum(found.others.values()) == len(found.other_names)
    leaves = [path for path in tmp_path.rglob("*") if path.is_symlink() or not path.is_dir()]
    assert sorted(told) == sorted(path.relative_to(tmp_path).as_posix() for path in leaves)
    reasons = {one.name: one.reason for one in found.rejections}
    assert reasons["b/self.txt"] == reasons["b/dead.md"] == RejectionReason.DEAD_LINK


def test_patterns_of_ones_own(tmp_path):
    fill(tmp_path, "a.txt", "drafts/b.txt", "letters/2020/c.txt", ".d.txt")
    assert names(tmp_path, ScanRules(("drafts", "letters/2020/*"))) == [".d.txt", "a.txt"]


@pytest.mark.parametrize(
    ("left_out", "name"),
    [
        ("my diary.txt", "my diary.txt"),
        ("letter [2].txt", "letter [2].txt"),
        ("what? *now*.md", "what? *now*.md"),
        ("caf\u00e9.txt", "cafe\u0301.txt"),
        ("cafe\u0301*", "caf\u00e9 2.txt"),
    ],
)
def test_a_name_leaves_out_its_file(tmp_path, left_out, name):
    fill(tmp_path, "my.txt", "diary.txt", name)
    assert names(tmp_path, ScanRules((left_out,))) == ["diary.txt", "my.txt"]


def test_links_are_not_followed_out_of_the_folder(tmp_path):
    fill(tmp_path, "in/a.txt", "out/b.txt", "out/deep/c.txt")
    folder = tmp_path / "in"
    (folder / "file.txt").symlink_to(tmp_path / "out" / "b.txt")
    (folder / "deep").symlink_to(tmp_path / "out" / "deep")
    (folder / "loop").symlink_to(folder)
    (folder / "again.txt").symlink_to(folder / "a.txt")
    found = scan(folder)
    assert [f.name for f in found.files] == ["a.txt"]
    assert [(r.name, r.reason, r.other) for r in found.rejections] == [
        ("again.txt", RejectionReason.LINK, "a.txt"), ("deep", RejectionReason.OUTSIDE, ""),
        ("file.txt", RejectionReason.OUTSIDE, ""), ("loop", RejectionReason.LINK, "in"),
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (rejection,) = scan(tmp_path).rejections
    assert rejection.reason == RejectionReason.NO_FILE


def test_changes_since_the_last_time(tmp_path):
    folder, kept = tmp_path / "texts", tmp_path / "kept" / "snapshot.json"
    fill(folder, "a.txt", "b.txt", "c.txt")
    scan(folder).snapshot().save(kept)
    before = FolderSnapshot.load(kept)
    assert before is not None
    assert not before.changes(scan(folder).snapshot())
    (folder / "b.txt").write_text("longer than it was")
    (folder / "c.txt").rename(folder / "d.txt")
    assert before.changes(scan(folder).snapshot()) == FolderChanges(("d.txt",), ("b.txt",), ("c.txt",))
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "{"])
def test_a_damaged_snapshot_is_none(tmp_path, content):
    (tmp_path / "s.json").write_text(content)
    assert FolderSnapshot.load(tmp_path / "s.json") in (None, FolderSnapshot({}))


def test_folders_that_cannot_be_used_are_one_sentence(tmp_path):
    fill(tmp_path, "a.txt")
    with pytest.raises(CorpusError, match=r"There is no folder .*; choose another, or plug its disk in"):
        scan(tmp_path / "none")
    with pytest.raises(CorpusError, match="is not a folder; choose the folder that holds your texts"):
        scan(tmp_path / "a.txt")


def test_a_scan_can_be_stopped(tmp_path):
    with pytest.raises(Cancelled):
        scan(tmp_path, cancelled=lambda: True)
