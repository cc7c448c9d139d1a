"""Mailboxes and exports of notes: each day of them is a document, so that they can be learned and proved."""

from __future__ import annotations

import io
import random
import tarfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.corpus.documents import SENTENCE
from writer.commands.workers.extract import PANDOC
from writer.corpus.build import Corpus, build_corpus
from writer.corpus.dated_parts import divide_by_day, fits, join_by_day
from writer.corpus.document import RejectedFile, RejectionReason, make_document
from writer.corpus.document_reader import read_text
from writer.corpus.extraction_pool import _seconds
from writer.corpus.formats.html_batches import convert_pages
from writer.corpus.scan import FoundFile

MONDAY = date(2024, 1, 1)


def words(seed: int) -> str:
    draw = random.Random(seed)
    return " ".join("".join(draw.choices("abcdefgh", k=5)) for _ in range(60))


def mailbox(days: int) -> str:
    """Two mails of Anna each day, and one of Bert."""
    mails = []
    for number in range(days):
        day = f"{MONDAY + timedelta(number):%a, %d %b %Y} 10:00:00 +0100"
        for sender, turn in (("anna@example.org", 0), ("bert@example.com", 1), ("anna@example.org", 2)):
            head = f"From: {sender}\nTo: carl@example.net\nSubject: {number}\nDate: {day}\n"
            mails.append(f"From x Mon Jan  1 00:00:00 2024\n{head}\n{words(3 * number + turn)}\n\n")
    return "".join(mails)


def notebook(days: int) -> str:
    notes = (
        f"<note><title>Note {number}</title><created>{MONDAY + timedelta(number):%Y%m%d}T100000Z</created>"
        f"<content><![CDATA[<en-note><div>{words(number)}</div></en-note>]]></content></note>"
        for number in range(days)
    )
    return f"<en-export>{''.join(notes)}</en-export>"


def joplin(days: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number in range(days + 2):
            day, kind = MONDAY + timedelta(number), 1 if number < days else 2
            about = f"id: {number:032}\ncreated_time: {day}T10:00:00.000Z\ntype_: {kind}"
            text = f"Note {number}\n\n{words(number)} [more](:/{number:032})\n\n{about}".encode()
            for name, data in ((f"{number:032}.md", text), (f"resources/{number:032}.png", b"\x89PNG")):
                about_file = tarfile.TarInfo(name)
                about_file.size = len(data)
                archive.addfile(about_file, io.BytesIO(data))
    return file.getvalue()


def corpus_of(tmp_path: Path, name: str, content: str | bytes) -> Corpus:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return build_corpus(folder, tmp_path / "cache", lambda _step: None, own_addresses=["anna@example.org"])


MADE = {"all.mbox": mailbox, "notes.enex": notebook, "notes.jex": joplin}


@pytest.mark.parametrize("name", MADE)
def test_the_newest_days_are_held_out_enough_for_a_verdict(tmp_path: Path, name: str) -> None:
    """A whole mailbox was one document: nothing could be proven with it, or it was not learned at all."""
    corpus = corpus_of(tmp_path, name, MADE[name](40))
    names = [f"{name}/{MONDAY + timedelta(number)}" for number in range(40)]
    assert [d.name for d in corpus.documents] == names
    assert len(corpus.held_out) == 8
    assert [d.date for d in corpus.held_out] == [MONDAY + timedelta(number) for number in range(32, 40)]
    if name == "all.mbox":
        assert [d.text for d in corpus.training[:2]] == [f"{words(n)}\n\n{words(n + 2)}" for n in (0, 3)]
    if name == "notes.jex":
        assert corpus.training[0].text == f"Note 0\n\n{words(0)} more"
    again = build_corpus(
        tmp_path / "texts", tmp_path / "cache", lambda _step: None, own_addresses=["anna@example.org"]
    )
    assert again == corpus


@pytest.mark.parametrize("name", ["all.mbox", "notes.enex"])
@pytest.mark.parametrize("end", ["<!-- ", '<p class="x>', "<svg>", "\ue001"])
def test_a_page_that_does_not_end_takes_no_other_with_it(tmp_path: Path, name: str, end: str) -> None:
    """All mails in HTML behind one that was cut off were gone without a word."""
    pages = [f"<p>{words(number)}</p>{end if number == 1 else ''}" for number in range(12)]
    head = "From x Mon Jan  1 00:00:00 2024\nFrom: anna@example.org\nTo: carl@example.net\n"
    kind = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
    mails = (
        f"{head}{kind}Date: Mon, {n + 11} Jan 2024 10:00:00 +0100\n\n{p}\n\n" for n, p in enumerate(pages)
    )
    notes = (
        f"<note><created>202401{n + 11}T100000Z</created>"
        f"<content><![CDATA[<en-note>{page}</en-note>]]></content></note>"
        for n, page in enumerate(pages)
    )
    corpus = corpus_of(tmp_path, name, "".join(mails if name == "all.mbox" else notes))
    found = {document.name: document.text for document in corpus.documents}
    assert [words(n) in found[f"{name}/2024-01-{n + 11}"] for n in range(12)] == [True] * 12


@pytest.mark.parametrize("data", [b"no archive", joplin(3)[:700], joplin(3)[:100]])
def test_a_damaged_export_is_named(data: bytes) -> None:
    with pytest.raises(RejectedFile):
        read_text(data, "jex", PANDOC)


def test_a_mail_that_cannot_be_read_is_named_and_costs_no_other() -> None:
    def convert(source: str) -> str:
        if "bad" in source:
            raise RejectedFile(RejectionReason.TOO_MUCH_MEMORY)
        return source.replace("<p>", "").replace("</p>", "")

    pages = [f"page {number} {'bad' if number == 5 else 'good'}" for number in range(9)]
    texts = convert_pages(pages, convert)
    assert [str(text).strip() for text in texts] == [*pages[:5], "too much memory", *pages[6:]]
    assert convert_pages([], convert) == []


def test_a_large_mailbox_has_the_time_that_its_mails_take() -> None:
    def seconds(kind: str, megabytes: int) -> float:
        return _seconds(FoundFile("a", Path("a"), kind, megabytes << 20, 0))

    assert seconds("mbox", 0) == seconds("md", 90) == 9
    assert (seconds("mbox", 7), seconds("mbox", 90)) == (30, 59)


def test_texts_without_a_date_stay_together_and_nothing_is_lost() -> None:
    texts = [(MONDAY, " one "), (None, "two"), (MONDAY, ""), (None, "three"), (MONDAY, "four")]
    text, parts = join_by_day(texts)
    assert text == "one\n\nfour\n\ntwo\n\nthree"
    document = make_document("a.mbox", "mbox", text, date(2020, 1, 1), "0" * 64)
    first, second = divide_by_day(replace(document, parts=parts))
    assert (first.name, first.text, first.date) == ("a.mbox/2024-01-01", "one\n\nfour", MONDAY)
    assert (second.name, second.text, second.date) == ("a.mbox", "two\n\nthree", date(2020, 1, 1))
    assert first.sha256 != second.sha256
    assert divide_by_day(document) == [document]
    assert join_by_day([(MONDAY, "one"), (MONDAY, SENTENCE)]) == (f"one\n\n{SENTENCE}", ())


@pytest.mark.parametrize("parts", [((None, 3), (None, 4)), ((None, 9),), ((None, -1), (None, 9))])
def test_parts_that_are_not_those_of_the_text_are_noticed(parts) -> None:
    assert not fits(parts, "one\n\ntwo")
    assert fits(((None, 3), (None, 3)), "one\n\ntwo")
