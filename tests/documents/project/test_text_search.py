"""A search through files: places, open texts, what cannot be read; and replacing in files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from writer.base.progress import Cancelled, never
from writer.documents.project import text_search
from writer.documents.project.text_replacement import replace_in_file
from writer.documents.project.text_search import SkippedText, TextHits, search_texts
from writer.documents.text_file import ChangedOutsideError, DocumentError
from writer.text.search import Query, SearchError


def found(
    folder: Path, pattern: str, names: list[str], open_texts: dict[Path, str] | None = None, **more: bool
):
    return list(search_texts(Query(pattern, **more), folder, names, open_texts or {}, never))


def test_matches_have_line_place_and_the_text_around(tmp_path):
    (tmp_path / "a.md").write_bytes("one\r\n  𝒳 the river\r\nriver".encode())
    (tmp_path / "b.md").write_bytes(b"none")
    [text] = found(tmp_path, "river", ["a.md", "b.md"])
    first, second = text.hits
    assert (first.line, first.start, first.end) == (1, 13, 18)  # 𝒳 counts as two
    assert (first.before, first.found, first.after) == ("𝒳 the ", "river", "")
    assert (second.line, second.start, second.before) == (2, 19, "")


def test_long_lines_and_matches_over_lines_are_cut(tmp_path):
    (tmp_path / "a.md").write_text("x" * 5000 + "river" + "y" * 5000 + "\nend", "utf-8")
    [text] = found(tmp_path, "river", ["a.md"])
    assert (len(text.hits[0].before), len(text.hits[0].after)) == (33, 80)
    [text] = found(tmp_path, r"y+\nend", ["a.md"], regex=True)
    assert len(text.hits[0].found) == 400


def test_an_open_text_is_searched_as_it_is_in_the_window(tmp_path):
    (tmp_path / "a.md").write_text("old", "utf-8")
    link = tmp_path / "link.md"
    link.symlink_to(tmp_path / "a.md")
    [text] = found(tmp_path, "new", ["a.md"], {link: "the new"})
    assert (text.version, text.open_path, text.path) == (None, link, tmp_path / "a.md")
    assert found(tmp_path, "old", ["a.md"], {link: "the new"}) == []


def test_what_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a.md").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "c.md").write_text("river", "utf-8")
    os.mkfifo(tmp_path / "b.md")
    first, second, third, last = found(tmp_path, "river", ["a.md", "b.md", "gone.md", "c.md"])
    assert (first, second, third) == (SkippedText("a.md"), SkippedText("b.md"), SkippedText("gone.md"))
    assert isinstance(last, TextHits)


def test_a_search_ends_at_its_limit_and_when_it_is_cancelled(tmp_path, monkeypatch):
    (tmp_path / "a.md").write_text("a" * 50, "utf-8")
    monkeypatch.setattr(text_search, "MAX_HITS", 70)
    assert [len(text.hits) for text in found(tmp_path, "a", ["a.md"] * 3)] == [50, 20]
    with pytest.raises(Cancelled):
        list(search_texts(Query("a"), tmp_path, ["a.md"], {}, lambda: True))
    with pytest.raises(SearchError):
        found(tmp_path, "(", ["a.md"], regex=True)


def test_a_file_is_replaced_in_its_own_format(tmp_path):
    file = tmp_path / "a.md"
    file.write_bytes("\ufeff𝒳 river\r\nriver".encode())
    file.chmod(0o640)
    [text] = found(tmp_path, "river", ["a.md"])
    assert replace_in_file(file, Query("river"), "河", text.version) == 2
    assert file.read_bytes() == "\ufeff𝒳 河\r\n河".encode()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_that_changed_since_or_is_of_unsure_encoding_stays(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("river", "utf-8")
    [text] = found(tmp_path, "river", ["a.md"])
    file.write_text("river!", "utf-8")
    with pytest.raises(ChangedOutsideError):
        replace_in_file(file, Query("river"), "sea", text.version)
    assert file.read_text() == "river!"
    unsure = b"river caf\xe9"
    file.write_bytes(unsure)
    [text] = found(tmp_path, "river", ["a.md"])
    with pytest.raises(DocumentError, match="not certain"):
        replace_in_file(file, Query("river"), "sea", text.version)
    assert file.read_bytes() == unsure


def test_a_character_that_the_encoding_lacks_leaves_the_file(tmp_path):
    file = tmp_path / "a.md"
    content = "Das Mädchen läuft über die Brücke, schöne Grüße an Jürgen und die Bäckerin.".encode("cp1252")
    file.write_bytes(content)
    [text] = found(tmp_path, "Brücke", ["a.md"])
    with pytest.raises(DocumentError):
        replace_in_file(file, Query("Brücke"), "桥", text.version)
    assert file.read_bytes() == content
