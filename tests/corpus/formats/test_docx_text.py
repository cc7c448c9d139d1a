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


def docx(body: str, chunks: dict[str, bytes] | None = None, **more: str) -> bytes:
    """A document with this body; `chunks` are parts that it may refer to by r:id, which is their name.

    `more` holds what stands in its parts styles, numbering and footnotes.
    """
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
        + "".join(rels.format(name, f"{OFFICE}/{name}", f"{name}.xml") for name in more)
        + "</Relationships>",
        **{f"word/{name}.xml": f"<w:{name} {spaces}>{part}</w:{name}>" for name, part in more.items()},
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


HIDDEN = "<w:rPr><w:vanish/></w:rPr>"
INNER = '<w:rPr><w:rStyle w:val="Inner"/></w:rPr>'
SHOWN = '<w:rPr><w:vanish w:val="0"/></w:rPr>'
STYLES = (
    f'<w:style w:type="character" w:styleId="Secret">{HIDDEN}</w:style>'
    '<w:style w:type="character" w:styleId="Inner"><w:basedOn w:val="Secret"/></w:style>'
    f'<w:style w:type="paragraph" w:styleId="Remark">{HIDDEN}</w:style>'
    '<w:style w:type="paragraph" w:styleId="Head"><w:name w:val="heading 1"/></w:style>'
)


def field(code: str, shown: str) -> str:
    marks = [f'<w:r><w:fldChar w:fldCharType="{mark}"/></w:r>' for mark in ("begin", "separate", "end")]
    return f"{marks[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{marks[1]}{shown}{marks[2]}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (paragraph(run("a "), f"<w:r>{HIDDEN}<w:t>hidden</w:t></w:r>", run("b")), "a b"),
        (paragraph(run("a "), f"<w:r>{INNER}<w:t>hidden</w:t></w:r>", run("b")), "a b"),
        (
            '<w:p><w:pPr><w:pStyle w:val="Remark"/></w:pPr>'
            f"{run('hidden')}<w:r>{SHOWN}<w:t>shown</w:t></w:r></w:p>",
            "shown",
        ),
        (paragraph(run("a "), "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>", run("b")), "a b"),
        (paragraph(run("a "), f"<w:moveFrom>{run('gone')}</w:moveFrom><w:ins>{run('b')}</w:ins>"), "a b"),
        ("<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>" + run("on") + "</w:p>" + paragraph(run("e")), "one"),
        (paragraph(run("a "), field(" REF x", run("b")), run(" c")), "a b c"),
        (paragraph(run("a "), field(f"IF {field('x', run('gone'))}", run("b")), run(" c")), "a b c"),
        (paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>') + paragraph(run("next")), "next"),
        (paragraph('<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>' + run("Click here")
                   + "</w:sdtContent></w:sdt>", run("b")), "b"),
        (
            "<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc><w:p/></w:tc></w:tr>"
            '<w:tr><w:trPr><w:hidden w:val="0"/></w:trPr>'
            f"<w:tc>{paragraph(run('a'))}</w:tc><w:tc>{paragraph(run('b'))}</w:tc></w:tr></w:tbl>",
            "a\tb",
        ),
    ],
    ids=["run", "style", "style of a paragraph", "deleted", "moved", "deleted end", "field", "nested field",
         "field without end", "hint", "rows"],
)  # fmt: skip
def test_what_is_hidden_deleted_or_the_programs_own_is_left_out(body, text):
    assert text_of(docx(body, styles=STYLES)) == text


@pytest.mark.parametrize(
    "change",
    [
        lambda source: (
            source.replace("<w:", "<ns0:").replace("</w:", "</ns0:").replace("xmlns:w=", "xmlns:ns0=")
        ),
        lambda source: source.replace(WORD, "http://purl.oclc.org/ooxml/wordprocessingml/main"),
        lambda source: source.replace("</w:body>", "</w:body><w:body>" + paragraph(run("two")) + "</w:body>"),
    ],
    ids=["other prefixes", "strict", "two bodies"],
)
def test_what_other_programs_write_is_read(change):
    old = zipfile.ZipFile(io.BytesIO(docx(paragraph(run("one")))))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in old.namelist():
            archive.writestr(name, change(old.read(name).decode()))
    assert text_of(file.getvalue()).startswith("one")


def test_notes_and_boxes_stand_behind_their_paragraph_and_lists_have_their_marks():
    def item(text: str, level: int = 0, style: str = "") -> str:
        place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{place}</w:pPr>{run(text)}</w:p>'

    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{style}"/></w:lvl>'
        for level, style in enumerate(("decimal", "bullet"))
    )
    numbering = f'<w:abstractNum w:abstractNumId="5">{levels}</w:abstractNum><w:num w:numId="1">'
    body = (
        item("Ferry", style="Head")
        + paragraph(run("A kettle"), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" stood."))
        + item("one") + item("deep", 1) + item("two")
    )  # fmt: skip
    assert text_of(docx(
        body,
        styles=STYLES,
        numbering=numbering + '<w:abstractNumId w:val="5"/></w:num>',
        footnotes=f'<w:footnote w:id="2">{paragraph(run("Of iron."))}</w:footnote>',
    )) == "Ferry\n\nA kettle stood.\n\nOf iron.\n\n1. one\n- deep\n2. two"  # fmt: skip


def test_words_of_drawings_stay_and_descriptions_of_pictures_do_not():
    body = paragraph(
        run("a "),
        '<w:r><w:drawing><wp:docPr xmlns:wp="urn:wp" descr="logo"/><w:t>drawn</w:t></w:drawing></w:r>',
        "<m:oMath xmlns:m='urn:m'><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r>"
        "</m:sup></m:sSup></m:oMath>",
    )
    assert text_of(docx(body)) == "a drawnx^2"
