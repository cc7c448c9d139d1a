"""Pages that are damaged, cut out of a mail, or come from a mainframe, are read as browsers show them."""

from __future__ import annotations

import pytest

from writer.commands.workers.extract import PANDOC
from writer.corpus.document import RejectedFile, RejectionReason
from writer.corpus.document_reader import read_text
from writer.corpus.formats.page_bytes import declared_text, ebcdic_text, repaired

WORDS = "It was cold, and nobody came for a long time; then the “bell” rang twice. "


def page(charset: str, words: str = WORDS) -> str:
    head = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head>'
    return f"{head}\n<body><p>{words}</p></body></html>"


def text_of(data: bytes) -> str:
    return read_text(data, "html", PANDOC).text


def test_control_bytes_and_bytes_without_a_character_are_not_shown() -> None:
    source = page("windows-1252", WORDS * 3).encode("cp1252")
    damaged = source.replace(b"cold", b"co\x02\x07ld\x90", 1).replace(b"came", b"ca\0me", 1)
    assert text_of(damaged) == text_of(source)
    assert repaired(b"\x1b$B\x0e\x0f\t\r\n" * 9) == b"\x1b$B\x0e\x0f\t\r\n" * 9
    assert repaired(source[:20] * 2 + b"\0\x01" * 9) == source[:20] * 2 + b"\0\x01" * 9


@pytest.mark.parametrize("label", ["iso-8859-1", "latin1", "us-ascii", "windows-1252"])
def test_the_labels_of_latin_1_mean_windows_1252(label: str) -> None:
    assert declared_text(page(label).encode("cp1252")) == page(label)


def test_a_page_that_declares_what_it_is_not_is_not_guessed() -> None:
    assert declared_text(page("utf-8").encode("cp1252")) is None
    assert declared_text(page("no-such-thing").encode("cp1252")) is None
    assert declared_text(b"<p>\xe9</p>") is None
    with pytest.raises(RejectedFile) as refused:
        text_of(b"<p>\xe9\xa7\xb1 \xe4\xc1</p>")
    assert refused.value.reason == RejectionReason.UNSURE


def test_the_source_of_a_mail_s_page_is_taken_out_of_quoted_printable() -> None:
    import quopri

    source = page("windows-1252", f'<b class="a">{WORDS}</b><i id="b">É assim.</i>').encode("cp1252")
    quoted = quopri.encodestring(source)
    assert b"=3D" in quoted
    assert text_of(quoted) == text_of(source)
    told = b'<p title="x">An equals sign is written as =3D, =3D and =3D there.</p>'
    assert repaired(told) == told


@pytest.mark.parametrize("codec", ["cp037", "cp500", "cp1140"])
def test_pages_in_ebcdic_are_read(codec: str) -> None:
    words = "It was cold, and nobody came for a long time [so it is told]!"
    source = f'<?xml version="1.0" encoding="IBM{codec[2:]}"?>\n' + page(f"IBM{codec[2:]}", words)
    assert text_of(source.encode(codec)) == words
    assert text_of(source.replace("\n", "\x85").encode(codec)) == words
    assert ebcdic_text(source.encode()) is None
    wrong = source.replace(f"IBM{codec[2:]}", "IBM1252").encode(codec)
    assert (ebcdic_text(wrong) or "").startswith("<?xml")
    plain = f"<html><body><p>{words[:40]}</p></body></html>"
    assert ebcdic_text(plain.encode(codec)) == plain
