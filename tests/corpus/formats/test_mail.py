"""Of mails, what the person wrote; nothing that was quoted, signed by a program, or received."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest

from writer.commands.workers.extract import PANDOC
from writer.corpus.document import RejectedFile, RejectionReason
from writer.corpus.document_reader import read_text
from writer.corpus.formats.mail import own_lines

HEAD = "From: Anna <anna@example.org>\nTo: bert@example.org\nDate: Fri, 5 Jan 2024 10:00:00 +0100\n"
RECEIVED = "Received: from a by b; Fri, 5 Jan 2024 10:00:00 +0100\nFrom: bert@example.org\nSubject: Ferry\n"
HTML = (
    "Content-Type: text/html; charset=utf-8\n\n<p>I come <b>on Monday</b>.</p><div class='gmail_quote'>"
    "On Sunday Bert wrote:<blockquote>Do you come?</blockquote></div>"
)


def text_of(source: str, kind: str = "eml") -> str:
    return read_text(source.encode(), kind, PANDOC).text


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        ("I come.\n\nOn Fri, 5 Jan 2024 at 10:00, Bert <b@x.y>\nwrote:\n> Do you?\n> Or not?\n", "I come."),
        ("> Do you?\n\nYes.\n\n> And Carl?\n\nNo.", "Yes.\n\nNo."),
        ("I come.\n-- \nAnna Berg\nHamburg", "I come."),
        ("I come.\n\nSent from my iPhone", "I come."),
        ("I come.\n\n-----Original Message-----\nFrom: Bert\nDo you?", "I come."),
        ("I come.\n\nFrom: Bert\nSent: Friday\nTo: Anna\n\nDo you?", "I come."),
        ("Ich komme.\n\nAm 05.01.24 um 10:00 schrieb Bert:\n> Kommst du?", "Ich komme."),
        ("我来。\n\n在 2024年1月5日，Bert 写道：\n> 你来吗？", "我来。"),
        ("On Monday I wrote:\na long letter.", "On Monday I wrote:\na long letter."),
        (
            "From: the beginning it was cold.\nIt stayed so.",
            "From: the beginning it was cold.\nIt stayed so.",
        ),
    ],
)
def test_what_is_quoted_or_signed_goes(mail, text):
    assert own_lines(mail) == text


def test_a_mail_that_was_sent_is_read_without_its_headers():
    found = read_text(f"{HEAD}\nI come.\n".encode(), "eml", PANDOC)
    assert (found.text, found.date) == ("I come.", date(2024, 1, 5))
    assert text_of(HEAD + HTML) == "I come on Monday."
    flowed = "Content-Type: text/plain; format=flowed\n\nI come \non Monday.\n"
    assert text_of(HEAD + flowed) == "I come on Monday."


def test_a_mail_that_was_received_is_refused():
    with pytest.raises(RejectedFile) as refused:
        text_of(f"{RECEIVED}\nDo you come?\n")
    assert refused.value.reason is RejectionReason.RECEIVED


def test_of_a_mailbox_the_mails_that_were_sent_are_read():
    line = "From anna@example.org Fri Jan  5 10:00:00 2024\n"
    to_herself = f"Received: from a by b\n{HEAD}\nA note.\n"
    mails = (f"{HEAD}\nI come.\n>From here it is far.\n", f"{RECEIVED}\nDo you?\n", to_herself, HEAD + HTML)
    assert text_of("\n".join(line + mail for mail in mails), "mbox") == (
        "I come.\nFrom here it is far.\n\nA note.\n\nI come on Monday."
    )


@pytest.mark.parametrize("charset", ["gb2312", "gbk", "x-unknown", "utf-8"])
def test_mails_are_read_in_the_charset_that_they_mean(charset):
    encoding = "gb18030" if charset.startswith("gb") else "utf-8"
    mail = f"{HEAD}Content-Type: text/plain; charset={charset}\n\n我来，朱镕基。\n"
    assert read_text(mail.encode(encoding), "eml", PANDOC).text == "我来，朱镕基。"


@pytest.mark.parametrize("damaged", ["", "From ", "\0\0", "Content-Type: text/plain; charset=nope\n\nA\xff"])
def test_damaged_mails_are_refused_or_read(damaged):
    for kind in ("eml", "mbox"):
        with contextlib.suppress(RejectedFile):
            assert isinstance(text_of(damaged, kind), str)
