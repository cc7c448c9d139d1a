"""Mailboxes and exports of notes: each day of them is a document, so that they can be learned and proved."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.corpus.documents import SENTENCE
from writer.corpus.build import Corpus, build_corpus
from writer.corpus.dated_parts import divide_by_day, fits, join_by_day
from writer.corpus.document import make_document

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


def corpus_of(tmp_path: Path, name: str, content: str) -> Corpus:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / name).write_text(content)
    return build_corpus(folder, tmp_path / "cache", lambda _step: None, own_addresses=["anna@example.org"])


@pytest.mark.parametrize("name", ["all.mbox", "notes.enex"])
def test_the_newest_days_are_held_out_enough_for_a_verdict(tmp_path: Path, name: str) -> None:
    """A whole mailbox was one document: nothing could be proven with it, or it was not learned at all."""
    corpus = corpus_of(tmp_path, name, mailbox(40) if name == "all.mbox" else notebook(40))
    names = [f"{name}/{MONDAY + timedelta(number)}" for number in range(40)]
    assert [d.name for d in corpus.documents] == names
    assert len(corpus.held_out) == 8
    assert [d.date for d in corpus.held_out] == [MONDAY + timedelta(number) for number in range(32, 40)]
    if name == "all.mbox":
        assert [d.text for d in corpus.training[:2]] == [f"{words(n)}\n\n{words(n + 2)}" for n in (0, 3)]
    again = build_corpus(
        tmp_path / "texts", tmp_path / "cache", lambda _step: None, own_addresses=["anna@example.org"]
    )
    assert again == corpus


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
