"""What the author wrote is read from RTF, and notes do not stand in the sentence."""

from __future__ import annotations

import pytest

from writer.commands.workers.extract import PANDOC
from writer.corpus.document_reader import read_text
from writer.corpus.formats.rtf_source import authors_source


def text_of(body: str) -> str:
    return read_text(("{\\rtf1\\ansi " + body + "}").encode(), "rtf", PANDOC).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"A {\v hidden }word.", "A word."),
        (r"A \v hidden \v0 word.", "A word."),
        (r"A {\v {\b hid\'65n }\u8230? \emdash }word.", "A word."),
        (r"A \v hidden \plain word.", "A word."),
        (r"A {\deleted\strike gone }word.", "A word."),
        (r"It is {\field{\*\fldinst PAGE }{\fldrslt seven}} long.", "It is seven long."),
        (r"It is {\field{\fldinst {TOC \\o} }{\fldrslt seven}} long.", "It is seven long."),
        (r'See {\field{\*\fldinst{HYPERLINK "http://a.b"}}{\fldrslt{\ul here}}} now.', "See here now."),
        (r"A {\*\annotation Why? }word.", "A word."),
        (r"A{\bin5 {}{}{}word.", "Aword."),
    ],
)  # fmt: skip
def test_what_the_author_did_not_write_is_left_out(body, text):
    assert text_of(body).strip() == text


def test_notes_stand_behind_their_paragraph():
    note = r"{\super\chftn}{\footnote \pard\plain {\super\chftn} Of {\i iron}.}"
    text = text_of(rf"A kettle{note} stood there.\par It sang{note}.")
    assert [line.strip() for line in text.split("\n") if line.strip()] == [
        "A kettle stood there.", "Of iron.", "It sang.", "Of iron."
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["", "}", "{", "\\", "}}{{", "{\\footnote", "{\\footnote a}}b", "\\bin9"])
def test_damaged_sources_have_some_text(source):
    assert isinstance(authors_source(source), str)
