"""Names that are proposed for texts, and their endings."""

from __future__ import annotations

import pytest

from writer.documents.file_name import file_name_of, first_heading, with_ending


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("letter", "letter.md"),
        ("Dr. Smith and Mr. Jones", "Dr. Smith and Mr. Jones.md"),
        ("draft v1.2", "draft v1.2.md"),
        ("The end.", "The end.md"),
        ("第3.5章", "第3.5章.md"),
        (".hidden", ".hidden.md"),
        ("letter.txt", "letter.txt"),
        ("LETTER.TXT", "LETTER.TXT"),
        ("page.html", "page.html"),
        ("notes.MarkDown", "notes.MarkDown"),
    ],
)
def test_a_name_without_an_ending_gets_the_chosen_one(name: str, named: str) -> None:
    assert with_ending(name, ".md") == named


def test_a_document_gets_the_ending_of_its_format() -> None:
    kept = (".docx", ".pdf")
    assert with_ending("draft v1.2", ".docx", kept) == "draft v1.2.docx"
    assert with_ending("a.txt", ".pdf", kept) == "a.txt.pdf"
    assert with_ending("a.PDF", ".docx", kept) == "a.PDF"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("words\n\n## The *old* [house](http://x.y) ##\n# Next", "The old house"),
        ("---\n# a comment\ntitle: x\n---\n# One", "One"),
        ("```\n# not this\n```\n# 早上", "早上"),
        ("#\n# \n#hashtag\nwords", ""),
        ("", ""),
        ("line\n" * 2_000 + "# late", ""),
    ],
)
def test_the_first_heading_is_found(text: str, title: str) -> None:
    assert first_heading(text.split("\n")) == title


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Chapter 1: What / why?", "Chapter 1 What why"),
        ("..", ""),
        ("   ", ""),
        ("a\x00b\u202ec\td", "abc d"),
        ("早" * 100, "早" * 60),
        ("a" * 100, "a" * 80),
        ("The end.", "The end"),
    ],
    ids=ascii,
)
def test_a_title_becomes_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert file_name_of(title) == name
