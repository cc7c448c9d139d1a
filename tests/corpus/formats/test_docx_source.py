"""No word of a Word document's body is lost, whatever stands around it."""

from __future__ import annotations

import io
import zipfile

import pytest

from writer.commands.workers.extract import PANDOC
from writer.corpus.document_reader import read_text

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(body: str, chunks: dict[str, bytes] | None = None) -> bytes:
    """A document with this body; `chunks` are parts that it may refer to by r:id, which is their name."""
    chunks = chunks or {}
    spaces = f'xmlns:w="{WORD}" xmlns:r="{OFFICE}" xmlns:mc="urn:mc" xmlns:v="urn:v"'
    rels = '<Relationship Id="{0}" Type="{1}" Target="{2}"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}">'
        f'<Default Extension="xml" ContentType="{MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">'
        + rels.format("a", f"{OFFICE}/officeDocument", "word/document.xml")
        + "</Relationships>",
        "word/document.xml": f"<w:document {spaces}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        + "".join(rels.format(name, f"{OFFICE}/aFChunk", name) for name in chunks)
        + "</Relationships>",
        **{f"word/{name}": data for name, data in chunks.items()},
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


BOX = f"<w:txbxContent>{paragraph(run('boxed'))}</w:txbxContent>"


def text_of(data: bytes) -> str:
    return read_text(data, "docx", PANDOC).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            paragraph(
                "<w:r><w:ruby><w:rubyPr/><w:rt><w:r><w:t>pīn</w:t></w:r></w:rt>"
                "<w:rubyBase><w:r><w:t>拼</w:t></w:r></w:rubyBase></w:ruby></w:r>",
                run("音"),
            ),
            "拼音",
        ),
        (
            '<w:customXml w:element="a"><w:customXmlPr><w:attr w:name="x" w:val="y"/></w:customXmlPr>'
            + paragraph(run("one "), f'<w:customXml w:element="b">{run("two")}</w:customXml>')
            + "</w:customXml>",
            "one two",
        ),
        (paragraph(run("page "), f'<w:fldSimple w:instr=" PAGE ">{run("7")}</w:fldSimple>'), "page 7"),
        (paragraph(f'<w:bdo w:val="rtl">{run("one")}</w:bdo><w:dir>{run(" two")}</w:dir>'), "one two"),
        (
            paragraph(run("out"), f"<w:r><w:pict><v:shape>{BOX}</v:shape></w:pict></w:r>", run("side")),
            "outside\n\nboxed",
        ),
        (
            paragraph(
                f"<w:r><mc:AlternateContent><mc:Choice>{BOX}</mc:Choice><mc:Fallback>{BOX}</mc:Fallback>"
                "</mc:AlternateContent></w:r>"
            )
            + paragraph(run("next")),
            "boxed\n\nnext",
        ),
        (paragraph(run("plain")), "plain"),
    ],
    ids=["ruby", "custom XML", "field", "direction", "box", "alternatives", "plain"],
)  # fmt: skip
def test_no_word_is_lost(body, text):
    assert text_of(docx(body)) == text


def test_parts_in_other_formats_stand_in_their_place():
    body = (
        paragraph(run("one"))
        + '<w:altChunk r:id="a.htm"/><w:altChunk r:id="b.bin"/>'
        + paragraph(run("five"))
    )
    chunks = {"a.htm": b"<p>two &amp; <b>three</b></p><p>four</p>", "b.bin": b"\0"}
    assert text_of(docx(body, chunks)) == "one\n\ntwo & three\n\nfour\n\nfive"
