"""The places at which a single text is divided, and the order of documents."""

from __future__ import annotations

from datetime import date

import pytest

from writer.corpus.document import make_document
from writer.corpus.split import LEAST_TEXTS, _divide_newest, oldest_first, split_documents


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("One line of words. " * 20 + "\n\nThe end.\n\nMore of it.", "The end.\n\nMore of it."),
        ("Not much is said in this letter. " * 10, "Not much is said in this letter."),
        ("words without an end " * 20, "words without an end words without an end"),
        ("小溪从山上流下来，绕过村子，流进了湖里。" * 20, "小溪从山上流下来，绕过村子，流进了湖里。"),
        ("不" * 100, "不" * 10),
    ],
)
def test_the_end_begins_with_a_paragraph_a_sentence_or_a_word(text, end):
    rest, taken = _divide_newest([make_document("a.txt", "txt", text.strip(), None, "0" * 64)])
    whole = rest[0].text + taken[0].text
    assert "".join(whole.split()) == "".join(text.split())
    assert taken[0].text.startswith(end[:20])
    assert sum(part.words for part in (*rest, *taken)) == make_document("a", "txt", text, None, "").words


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ({"b": 2020, "a": 2021, "c": 2019}, "cba"),
        ({"b": 2020, "z": None, "c": 2019}, "zcb"),
        ({"b": 2020, "z": None, "c": None}, "bzc"),  # most have no date: an order that is drawn by hashes
    ],
)
def test_documents_are_ordered_by_age(years, expected):
    documents = [
        make_document(name, "txt", "words", date(year, 1, 1) if year else None, str(20 - ord(name) % 20))
        for name, year in years.items()
    ]
    assert "".join(document.name for document in oldest_first(documents)) == expected
    assert oldest_first([]) == []


@pytest.mark.parametrize("dated", [False, True])
def test_many_short_texts_beside_a_huge_one_are_learned_for_the_most_part(dated):
    """A tenth of the words would be all the letters, and only the diary would be learned."""
    texts = [("diary", "A day. " * 200_000), *((f"letter {n}", f"Dear {n}, " * 150) for n in range(40))]
    documents = [
        make_document(name, "txt", text, date(2020, 1, 1 + n % 28) if dated else None, f"{n:064}")
        for n, (name, text) in enumerate(texts)
    ]
    split = split_documents(documents)
    assert LEAST_TEXTS <= len(split.held_out) <= 9
    assert len(split.choosing) <= 4
    assert len(split.training) >= 28
