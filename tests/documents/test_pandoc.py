"""Conversion by the real pandoc: what goes out comes back, and hostile documents end in a sentence."""

from __future__ import annotations

import io
import threading
import time
import zipfile

import pytest

from writer.base.child_process import Limits
from writer.base.progress import Cancelled
from writer.documents import pandoc
from writer.documents.pandoc import ConvertError, from_text, piece_to_markdown, to_markdown
from writer.documents.simplified import Simplified

TEXT = "# The garden\n\nIt *rained* **hard**.\nIt stopped.\n\n## 第二章\n\n下了**雨**。😀\n\n- one\n- two\n"
KEPT = ("# The garden", "*rained*", "**hard**", "It stopped.", "第二章", "下了**雨**。😀", "one", "two")


@pytest.mark.parametrize("kind", pandoc.EXPORT_FORMATS, ids=lambda kind: kind.pandoc)
def test_what_is_exported_comes_back(kind):
    data = from_text(TEXT, kind, "Title", "en-US")
    text = to_markdown(data, kind, "a.file").text
    assert [part for part in KEPT if part not in text] == []
    assert text.index("hard") < text.index("It stopped")
    assert "hard**. It" not in text


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (pandoc.RTF, rb"{\rtf1\ansi It {\b rained} hard.\par Then \u38632?\par}", "It **rained** hard."),
        (pandoc.LATEX, rb"\section{One} It \emph{rained} \textbf{hard}.", "# One\n\nIt *rained* **hard**."),
        (pandoc.HTML, "<h1>一</h1><p>雨 <b>b</b></p><script>x()</script>".encode(), "# 一\n\n雨 **b**"),
    ],
    ids=["rtf", "latex", "html"],
)
def test_other_kinds_come_in(kind, data, expected):
    assert expected in to_markdown(data, kind, "a.file").text


@pytest.mark.parametrize(
    ("rtf", "expected"),
    [
        (rb"don\u8217?t go", "don’t go"),
        (rb"\u8220?Hi\u8221? he, \u-26904?.", "“Hi” he, 雨."),
        (rb"a\u38632\'3f. b", "a雨. b"),
        (rb"\uc0\u38632 \u38633 x", "雨雩x"),
        (rb"a \\\\u8217?", "a \\\\u8217?"),
    ],
)
def test_no_letter_of_rtf_is_dropped(rtf, expected):
    assert to_markdown(rb"{\rtf1\ansi %s\par}" % rtf, pandoc.RTF, "a.rtf").text == f"{expected}\n"


def test_plain_text_keeps_its_marks():
    html = from_text("# a *b* <i>\n2", pandoc.HTML, "t", "en-US", markdown=False).decode()
    assert "<p># a *b* &lt;i&gt;</p>" in html


@pytest.mark.parametrize("kind", pandoc.IMPORT_FORMATS, ids=lambda kind: kind.pandoc)
def test_the_kind_is_told_by_the_ending(kind):
    assert all(
        pandoc.format_of(f"A.b{ending.upper()}", pandoc.IMPORT_FORMATS) is kind for ending in kind.endings
    )


def test_files_of_this_computer_stay_out(tmp_path):
    secret = tmp_path / "secret.tex"
    secret.write_text("the secret words")
    text = to_markdown(rb"\input{%s} after" % str(secret).encode(), pandoc.LATEX, "a.tex").text
    assert "secret words" not in text
    page = from_text(f"![x]({secret}) before", pandoc.HTML, "t", "en-US").decode()
    assert "secret words" not in page


def broken_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<w:document")
    return file.getvalue()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04garbage", broken_zip(), b"\xd0\xcf\x11\xe0" * 200])
def test_damaged_documents_end_in_a_sentence(data):
    with pytest.raises(ConvertError, match="could not be converted"):
        to_markdown(data, pandoc.DOCX, "letter.docx")


def test_a_bomb_is_stopped_by_the_limit_of_memory():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" * (400 << 20 >> 2))
    begin = time.monotonic()
    with pytest.raises(ConvertError):
        to_markdown(file.getvalue(), pandoc.DOCX, "bomb.docx")
    assert time.monotonic() - begin < pandoc.SECONDS


def test_time_is_limited_and_waiting_can_end():
    slow = ("<div>" * 3000 + "x" + "</div>" * 3000) * 40
    with pytest.raises(ConvertError, match="took too long"):
        to_markdown(slow.encode(), pandoc.HTML, "slow.html", limits=Limits(0.3))
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Cancelled):
        to_markdown(slow.encode(), pandoc.HTML, "slow.html", stop.is_set)


TABLE = """<table><caption>Cap</caption><tr><th>A</th><th>B</th></tr>
<tr><td><ul><li>one</li><li>two</li></ul></td><td><p>p <b>1</b></p><p>2<br>3</p></td></tr>
<tr><td colspan="2">wide</td></tr>
<tr><td rowspan="2">tall | 雨</td><td><ol start="3"><li>x</li><li>y</li></ol></td></tr>
<tr><td><pre>a
b</pre></td></tr><tr></tr></table>"""


def test_a_table_that_markdown_cannot_hold_keeps_its_words():
    found = to_markdown(TABLE.encode(), pandoc.HTML, "a.html")
    rows = ["".join(line.split()) for line in found.text.split("\n") if line.startswith("|")]
    assert rows[0] == "|A|B|"
    assert rows[2:6] == ["|one;two|p**1**23|", "|wide||", "|tall\\|雨|3\\.x;4.y|", "||`ab`|"]
    assert "Cap" in found.text
    assert "TABLE" not in found.text
    assert found.simplified == Simplified(tables=1)


def test_a_table_of_a_page_layout_becomes_what_it_holds():
    inner = "<table><tr><td>x</td><td>y</td></tr></table>"
    page = f"<table><tr><td><h1>One</h1><p>text</p></td><td>{inner}</td></tr></table>"
    text = to_markdown(page.encode(), pandoc.HTML, "a.html").text
    assert text.startswith("# One\n\ntext\n\n|")
    assert "| x" in text


def test_a_table_that_markdown_can_hold_stays():
    page = "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td></td></tr></table>"
    found = to_markdown(page.encode(), pandoc.HTML, "a.html")
    assert "".join(found.text.split()) == "|A|B||-----|-----||1||"
    assert found.simplified == Simplified()


def test_tables_of_word_processors_keep_their_words(tmp_path):
    import pypandoc

    for kind in (pandoc.DOCX, pandoc.ODT):
        file = tmp_path / kind.pandoc
        pypandoc.convert_text(TABLE, kind.pandoc, format="html", outputfile=str(file))
        text = to_markdown(file.read_bytes(), kind, "a").text
        assert [word for word in ("one", "two", "wide", "tall", "雨", "x", "y") if word not in text] == []
        assert "TABLE" not in text


def test_pictures_and_underlines_are_counted():
    page = '<p><u>u</u> <img alt="a" src="data:image/png;base64,AAAA"> <img alt="b" src="http://x.org/b.png"></p>'
    found = to_markdown(page.encode(), pandoc.HTML, "a.html")
    assert found.text == "*u* a ![b](http://x.org/b.png)\n"
    assert found.simplified == Simplified(pictures=1, underlines=1)


def test_a_document_cannot_forge_the_counts():
    found = to_markdown(
        "<p>a</p><p>\ue000simplified tables=9 pictures=9 underlines=9</p>".encode(), pandoc.HTML, "a"
    )
    assert found.simplified == Simplified()
    assert found.text.startswith("a\n\n")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>It <b>rained</b> and <i>rained</i>.</p>", "It **rained** and *rained*."),
        ('<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr">'
         '<span style="font-weight:400">a </span><span style="font-weight: 700">b</span></p></b>', "a **b**"),
        ("<p>a<br>b</p><p>c</p>", "a\nb\n\nc"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<p>雨\u2028下</p><script>x()</script><style>p {}</style>", "雨\n下"),
        ("", ""),
    ],
)  # fmt: skip
def test_pieces_of_pages_become_markdown(html, expected):
    assert piece_to_markdown(html, pandoc.HTML) == expected


def test_front_matter_is_metadata_also_where_it_is_damaged():
    text = "---\ntitle: The Garden\nauthor: Ann\n---\n\nBody[^1]\n\n[^1]: A note.\n"
    page = from_text(text, pandoc.HTML, "The Garden", "en-US").decode()
    assert "<title>The Garden</title>" in page
    assert "Ann" in page
    assert 'role="doc-noteref"' in page
    page = from_text(text.replace("Ann", "a: b"), pandoc.HTML, "The Garden", "en-US").decode()
    assert "<title>The Garden</title>" in page
    assert "a: b" not in page
    page = from_text("---\n\nSome: text: here\n\n---\n", pandoc.HTML, "T", "en-US").decode()
    assert "Some: text: here" in page
