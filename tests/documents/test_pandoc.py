"""Conversion by the real pandoc: what goes out comes back, and hostile documents end in a sentence."""

from __future__ import annotations

import io
import threading
import time
import zipfile

import pytest

from writer.base.progress import Cancelled
from writer.documents import pandoc
from writer.documents.pandoc import ConvertError, from_text, to_markdown

TEXT = "# The garden\n\nIt *rained* **hard**.\nIt stopped.\n\n## 第二章\n\n下了**雨**。😀\n\n- one\n- two\n"
KEPT = ("# The garden", "*rained*", "**hard**", "It stopped.", "第二章", "下了**雨**。😀", "one", "two")


@pytest.mark.parametrize("kind", pandoc.EXPORT_FORMATS, ids=lambda kind: kind.pandoc)
def test_what_is_exported_comes_back(kind):
    data = from_text(TEXT, kind, "Title", "en-US")
    text = to_markdown(data, kind, "a.file")
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
    assert expected in to_markdown(data, kind, "a.file")


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
    text = to_markdown(rb"\input{%s} after" % str(secret).encode(), pandoc.LATEX, "a.tex")
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


def test_time_is_limited_and_waiting_can_end(monkeypatch):
    slow = ("<div>" * 3000 + "x" + "</div>" * 3000) * 40
    monkeypatch.setattr(pandoc, "SECONDS", 0.3)
    with pytest.raises(ConvertError, match="took too long"):
        to_markdown(slow.encode(), pandoc.HTML, "slow.html")
    monkeypatch.setattr(pandoc, "SECONDS", 60.0)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Cancelled):
        to_markdown(slow.encode(), pandoc.HTML, "slow.html", stop.is_set)
