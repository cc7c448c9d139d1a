"""Which addresses are the person's is found in their mails, and not guessed where nothing tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.corpus.document import RejectionReason
from writer.corpus.extraction_pool import Extracted, MailOwner, extract
from writer.corpus.formats.mail import read_envelopes
from writer.corpus.formats.own_addresses import Envelope, dump, find_own_addresses, load
from writer.corpus.scan import scan

ANNA, BERT, CARL = "anna@example.org", "bert@example.org", "carl@example.org"


def mail(sender: str, to: str, text: str, *headers: str) -> str:
    head = (*headers, f"From: X <{sender}>", f"To: {to}", "Date: Fri, 5 Jan 2024 10:00:00 +0100")
    return "\n".join((*head, "", text, ""))


def received(sender: str, to: str, text: str, *headers: str) -> str:
    return mail(sender, to, text, "Received: from a by b; Fri, 5 Jan 2024 10:00:00 +0100", *headers)


def delivered(sender: str, to: str = ANNA) -> Envelope:
    return Envelope(sender, (to,), is_delivered=True)


@pytest.mark.parametrize(
    ("mails", "own"),
    [
        ({"Sent/1.eml": [delivered(ANNA, BERT)], "Inbox/2.eml": [delivered(BERT)]}, {ANNA}),
        ({"mail/Gesendete Elemente/1.eml": [delivered(ANNA, BERT)]}, {ANNA}),
        ({"Sent.mbox": [delivered(ANNA, BERT)] * 9 + [delivered(CARL)]}, {ANNA}),
        ({"邮件/已发送/1.eml": [delivered(ANNA, BERT)]}, {ANNA}),
        ({"all.mbox": [Envelope(ANNA, (BERT,), is_marked=True, is_delivered=True), delivered(BERT)]}, {ANNA}),
        ({"1.eml": [Envelope(BERT, ("list@example.org",), is_delivered=True, delivered_to=(ANNA,))]}, {ANNA}),
        ({"1.eml": [Envelope(ANNA, (BERT,))], "2.eml": [delivered(BERT)]}, {ANNA}),
        ({f"{n}.eml": [delivered(f"p{n}@example.org")] for n in range(6)}, {ANNA}),
        ({"a.mbox": [Envelope(f"p{n}@x", (ANNA,)) for n in range(6)]}, {ANNA}),
        ({f"{n}.eml": [delivered(ANNA, f"p{n}@x")] for n in range(6)}, {ANNA}),
        ({"1.eml": [delivered(BERT)]}, set()),
        ({"presents/1.eml": [delivered(BERT)], "2.eml": [delivered(CARL, BERT)]}, set()),
        ({}, set()),
    ],
)
def test_the_addresses_are_found(mails, own):
    assert find_own_addresses(mails) == own


def test_envelopes_are_read_from_headers_alone():
    to = f"{BERT}, C <{CARL.upper()}>"
    source = received(ANNA, to, f"\nDelivered-To: {BERT}", "X-Gmail-Labels: Sent")
    [envelope] = read_envelopes(source.encode(), "eml")
    assert envelope == Envelope(ANNA, (BERT, CARL), is_marked=True, is_delivered=True)
    lines = "From a Fri Jan  5 10:00:00 2024\n"
    box = "".join(lines + mail(ANNA, to, "Words.") for to in (BERT, CARL))
    assert [one.recipients for one in read_envelopes(box.encode(), "mbox")] == [(BERT,), (CARL,)]
    assert load(dump([envelope])) == [envelope]


def read(folder: Path, *addresses: str) -> Extracted:
    cache = folder.parent / "cache"
    cache.mkdir(exist_ok=True)
    return extract(scan(folder), cache, lambda _step: None, own_addresses=addresses)


def test_mails_of_others_are_told_and_the_persons_own_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    (folder / "Sent").mkdir(parents=True)
    (folder / "Sent" / "a.eml").write_text(received(ANNA, BERT, "I come on Monday."))
    (folder / "b.eml").write_text(received(BERT, ANNA, "Do you come?"))
    (folder / "c.eml").write_text(received(ANNA, CARL, "He comes, too."))
    found = read(folder)
    assert [d.text for d in found.documents] == ["I come on Monday.", "He comes, too."]
    assert [(r.name, r.reason) for r in found.rejections] == [("b.eml", RejectionReason.RECEIVED)]
    assert "written by somebody else" in str(found.rejections[0].sentence)
    assert found.mails == MailOwner((ANNA,), 1)
    told = read(folder, f" {BERT.upper()}")
    assert [d.text for d in told.documents] == ["Do you come?"]
    assert told.mails == MailOwner((BERT,), 2)


def test_where_nothing_tells_whose_mails_they_are_a_sentence_asks(tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "a.txt").write_text("No mail.")
    assert read(folder).mails is None
    (folder / "b.eml").write_text(received(BERT, ANNA, "Do you come?"))
    found = read(folder)
    assert found.mails == MailOwner((), 0)
    assert [r.reason for r in found.rejections] == [RejectionReason.WHOSE]
    assert "say which mail addresses are yours" in str(found.rejections[0].sentence)
