"""Notebooks, outlines, screenplays, subtitles, notes and old Word files give their prose."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from datetime import date

import pytest

from tests.corpus.documents import CHINESE, MARKDOWN, SENTENCE, pdf, through_pandoc
from tests.fakes.processes import children
from writer.base import paths
from writer.commands.workers.extract import PANDOC
from writer.corpus import document_reader
from writer.corpus.document import RejectedFile, RejectionReason
from writer.corpus.document_reader import read_text
from writer.corpus.extraction_pool import extract
from writer.corpus.formats import libre_office
from writer.corpus.scan import KINDS, scan

ENEX = f"""<?xml version="1.0"?><en-export><note>
<title>Tom &amp; Anna</title><created>20240105T100000Z</created>
<content><![CDATA[<?xml version="1.0"?><en-note><div>{SENTENCE}<br/></div><en-media hash="x"/>
<div><en-todo checked="true"/>A lamp</div></en-note>]]></content>
<resource><data encoding="base64">QUJD</data></resource></note></en-export>"""
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": [SENTENCE]},
            {
                "cell_type": "code",
                "execution_count": 1,
                "metadata": {},
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["out"]}],
                "source": ["x = 1"],
            },
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)
FOUNTAIN = """Title: The Ferry
Author:
    Anna

# Act one

EXT. RIVER - DAY

= He waits.

/* cut
this */The river [[blue?]] goes by.

@McANNA
(low)
I come.

> THE END <
"""
SUBTITLES = """1
00:00:01,000 --> 00:00:02,000
<i>It was cold,</i>
and nobody

2
00:00:03,000 --> 00:00:04,000
{\\an8}came.

3
00:00:05,000 --> 00:00:06,000
- Anna?
- Yes.
"""
FLAT = f"""<?xml version="1.0"?><office:document
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"
 office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>
<text:p>{SENTENCE}</text:p><text:p>{CHINESE}</text:p></office:text></office:body></office:document>"""


def text_of(source: str | bytes, kind: str) -> str:
    data = source if isinstance(source, bytes) else source.encode()
    return read_text(data, kind, PANDOC).text


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("enex", ENEX, f"Tom & Anna\n\n{SENTENCE}\n\nA lamp"),
        ("ipynb", NOTEBOOK, SENTENCE),
        ("fodt", FLAT, f"{SENTENCE}\n\n{CHINESE}"),
        ("opml", '<opml><body><outline text="A"><outline text="B"/></outline></body></opml>', "A\n\nB"),
        ("adoc", f"= Ferry\n\n{SENTENCE}\n\n[source,python]\n----\nx = 1\n----\n", f"Ferry\n\n{SENTENCE}"),
        ("srt", SUBTITLES, "It was cold, and nobody came.\n- Anna?\n- Yes."),
        (
            "fountain",
            FOUNTAIN,
            "EXT. RIVER - DAY\n\n\nThe river  goes by.\n\nMcANNA\n(low)\nI come.\n\nTHE END",
        ),
    ],
)  # fmt: skip
def test_prose_of_small_formats(kind, source, text):
    assert text_of(source, kind).strip() == text


def test_a_note_has_its_date():
    assert read_text(ENEX.encode(), "enex", PANDOC).date == date(2024, 1, 5)


def test_word_files_with_macros_are_read():
    assert SENTENCE in text_of(through_pandoc("docx"), "docm")


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def refusal(data: bytes, kind: str) -> RejectionReason:
    with pytest.raises(RejectedFile) as refused:
        text_of(data, kind)
    return refused.value.reason


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """The only folder in which programs are found."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(libre_office, "_PLACES", {})
    return folder


def test_old_word_files_are_read_where_a_program_for_them_is_here(programs, monkeypatch):
    assert refusal(OLD, "doc") is RejectionReason.OLD_FORMAT
    monkeypatch.setattr(document_reader, "command", lambda: [sys.executable, "-c", f"print({SENTENCE!r})"])
    assert text_of(OLD, "doc").strip() == SENTENCE


def test_files_that_are_only_called_doc_are_read_as_what_they_are():
    assert text_of(rf"{{\rtf1 {SENTENCE}}}", "doc") == SENTENCE
    assert SENTENCE in text_of(through_pandoc("html", MARKDOWN), "doc")
    assert SENTENCE in text_of(through_pandoc("docx"), "doc")


def pages(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, pdf([[SENTENCE]]))
    return file.getvalue()


def test_pages_are_read_through_their_preview_where_they_have_one(programs):
    assert text_of(pages("QuickLook/Preview.pdf"), "pages") == SENTENCE
    assert refusal(pages("Index/Document.iwa"), "pages") is RejectionReason.OLD_FORMAT


SOFFICE = """#!{python}
import pathlib, sys, time
seen = dict(zip(sys.argv, sys.argv[1:]))
profile = next(word for word in sys.argv if word.startswith("-env:UserInstallation=file:///"))
pathlib.Path(profile.partition("file://")[2], "user").mkdir(parents=True)
assert "--headless" in sys.argv and seen["--convert-to"] == "docx"
source = pathlib.Path(sys.argv[-1])
if b"hang" in source.read_bytes():
    time.sleep(600)
if b"unknown" in source.read_bytes():
    sys.exit(print("Error: source file could not be loaded", file=sys.stderr))
target = pathlib.Path(seen["--outdir"], source.stem + ".docx")
target.parent.mkdir(exist_ok=True)
target.write_bytes(pathlib.Path({docx!r}).read_bytes())
print("convert", source, "->", target, "using filter : Office Open XML Text")
"""
"""Behaves as LibreOffice 7.4 does at its command line; what it cannot read changes no exit status."""


@pytest.fixture
def soffice(programs, tmp_path):
    docx = tmp_path / "converted.docx"
    docx.write_bytes(through_pandoc("docx"))
    program = programs / "soffice"
    program.write_text(SOFFICE.format(python=sys.executable, docx=str(docx)))
    program.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="a script in place of LibreOffice")
@pytest.mark.parametrize("start", [OLD, b"\xffWPC", b"PK\x03\x04 vnd.sun.xml.writer"])
def test_what_nothing_else_reads_is_read_through_libreoffice(soffice, start):
    assert SENTENCE in text_of(start, "doc")
    assert SENTENCE in text_of(pages("Index/Document.iwa"), "pages")
    assert [*paths.cache_dir().glob(".*.part")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="a script in place of LibreOffice")
def test_a_libreoffice_that_cannot_read_a_file_or_does_not_end_costs_that_file(soffice, monkeypatch):
    assert refusal(OLD + b"unknown", "doc") is RejectionReason.OLD_FORMAT
    assert refusal(b"no document", "doc") is RejectionReason.OLD_FORMAT
    monkeypatch.setattr(libre_office, "SECONDS", 1.0)
    assert refusal(OLD + b"hang", "doc") is RejectionReason.TOO_SLOW
    assert children() == []
    assert [*paths.cache_dir().glob(".*.part")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="a script in place of LibreOffice")
def test_old_files_of_a_folder_are_read_once_libreoffice_is_here(programs, tmp_path, request):
    folder, cache = tmp_path / "texts", tmp_path / "cache"
    for place in (folder, cache):
        place.mkdir()
    (folder / "a.wps").write_bytes(OLD)
    refused = extract(scan(folder), cache, lambda _step: None).rejections
    assert [rejection.reason for rejection in refused] == [RejectionReason.OLD_FORMAT]
    request.getfixturevalue("soffice")
    assert SENTENCE in extract(scan(folder), cache, lambda _step: None).documents[0].text


def test_every_kind_that_is_found_has_a_reader():
    assert set(KINDS.values()) <= set(document_reader._READERS) | set(document_reader._FORMATS)
