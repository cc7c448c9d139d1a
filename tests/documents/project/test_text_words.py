"""The words of a folder: open texts as they are, nothing read twice, and what cannot be read."""

from __future__ import annotations

import pytest

from writer.base.progress import Cancelled, never
from writer.documents.project import text_words
from writer.documents.project.text_words import FolderWords, count_words

NOTHING = FolderWords()


def test_words_of_files_and_open_texts_are_counted(tmp_path):
    (tmp_path / "a.md").write_text("one two 下雨", "utf-8")
    (tmp_path / "b.md").write_text("one", "utf-8")
    (tmp_path / "c.md").write_bytes(bytes(range(256)) * 9)
    names = ["a.md", "b.md", "c.md", "gone.md"]
    assert count_words(tmp_path, names, {}, NOTHING, never).words == 5
    assert count_words(tmp_path, names, {tmp_path / "b.md": "one two three"}, NOTHING, never).words == 7


def test_only_what_changed_is_read_again(tmp_path, monkeypatch):
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("one two", "utf-8")
    read = []
    real = text_words.read_document
    monkeypatch.setattr(text_words, "read_document", lambda path: (read.append(path.name), real(path))[1])
    first = count_words(tmp_path, ["a.md", "b.md"], {}, NOTHING, never)
    (tmp_path / "b.md").write_text("one two three", "utf-8")
    assert count_words(tmp_path, ["a.md", "b.md"], {}, first, never).words == 5
    assert read == ["a.md", "b.md", "b.md"]
    with pytest.raises(Cancelled):
        count_words(tmp_path, ["a.md"], {}, first, lambda: True)
