"""The headings of files: also in code, in other encodings, in huge files and in pictures."""

from __future__ import annotations

import pytest

from writer.documents.project import text_headings
from writer.documents.project.text_headings import TextHeading, read_headings


def test_headings_have_their_lines_and_code_has_none(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes("# 一\r\n\r\n```\r\n# no\r\n```\r\n### Three ###\r\n#\r\n".encode())
    assert read_headings(file) == (TextHeading(0, 1, "一"), TextHeading(5, 3, "Three"))


def test_other_encodings_and_what_is_no_text(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes("# 第一章\n这是中国的一个人和我们的时候\n".encode("gb18030"))
    assert [h.text for h in read_headings(file)] == ["第一章"]
    file.write_bytes(bytes(range(256)) * 9)
    assert read_headings(file) == ()
    file.write_bytes(b"")
    assert read_headings(file) == ()
    with pytest.raises(FileNotFoundError):
        read_headings(tmp_path / "gone.md")


def test_only_the_beginning_of_a_huge_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(text_headings, "MAX_BYTES", 50)
    file = tmp_path / "a.md"
    file.write_bytes("# 一二三四五六七\n".encode() * 1000)
    assert len(read_headings(file)) == 2
