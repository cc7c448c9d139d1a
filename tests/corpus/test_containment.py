"""What of a text another one holds is learned once, in the newest, and nothing else is lost."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date

import numpy as np

from writer.corpus.clean import CleanedDocuments, clean
from writer.corpus.containment import LearnedTexts, SequenceTable
from writer.corpus.document import Rejection, RejectionReason, SourceDocument, make_document


def paragraphs(seed: int, count: int, words: int = 60) -> list[str]:
    draw = random.Random(seed)
    return [" ".join("".join(draw.choices("abcdefghij", k=5)) for _ in range(words)) for _ in range(count)]


def text(parts: Iterable[str]) -> str:
    return "\n\n".join(parts)


def document(name: str, content: str, day: date | None = None) -> SourceDocument:
    return make_document(name, "txt", content, day, name)


def cleaned(*documents: SourceDocument) -> CleanedDocuments:
    return clean(documents, lambda _step: None)


def test_chapters_are_contained_in_the_newer_manuscript() -> None:
    chapters = [paragraphs(n, 8) for n in range(12)]
    book = document("book", text(text(one) for one in chapters), date(2024, 1, 1))
    found = cleaned(*(document(f"{n}", text(one), date(2023, 1, 1)) for n, one in enumerate(chapters)), book)
    assert found.documents == (book,)
    assert {(r.reason, r.other) for r in found.rejections} == {(RejectionReason.CONTAINED, "book")}
    assert len(found.rejections) == 12
    assert str(found.rejections[0].sentence).startswith("It is contained in book, from which is learned")


def test_of_a_manuscript_without_a_date_its_chapters_stay_and_the_rest_of_it() -> None:
    chapters = [document(f"{n}", text(paragraphs(n, 8))) for n in range(12)]
    more = paragraphs(99, 30)
    book = document("book", text([*(one.text for one in chapters), *more]))
    found = cleaned(book, *chapters)
    assert [(d.name, d.text) for d in found.documents] == [
        ("book", text(more)), *((d.name, d.text) for d in chapters)
    ]  # fmt: skip
    assert found.rejections == ()
    assert list(found.contained) == ["book"]


def test_of_an_earlier_draft_only_what_was_rewritten_is_learned() -> None:
    same, old, new = paragraphs(1, 18), paragraphs(2, 7), paragraphs(3, 7)
    touched = [one.replace(one.split()[30], "other", 1) for one in same[:5]]
    first = document("first", text([*old[:3], *same, *old[3:]]), date(2020, 1, 1))
    later = document("later", text([*touched, *same[5:], *new]), date(2021, 1, 1))
    found = cleaned(first, later)
    assert [(d.name, d.text) for d in found.documents] == [("first", text(old)), ("later", later.text)]
    assert found.contained == {"first": "later"}


def test_scraps_of_a_draft_are_not_learned_and_of_equal_age_the_longest_stays() -> None:
    same = paragraphs(1, 20)
    first = document("a", text([*same, *paragraphs(2, 2)]))
    found = cleaned(first, document("b", text([*same, *paragraphs(3, 5)])))
    assert [d.name for d in found.documents] == ["b"]
    assert found.rejections == (Rejection("a", RejectionReason.CONTAINED, "b"),)


def test_what_a_text_itself_repeats_is_no_sign_of_a_copy() -> None:
    lines = paragraphs(1, 5, words=20)
    forms = [
        document(f"{n}", text([*random.Random(n).choices(lines, k=30), *paragraphs(100 + n, 1)]))
        for n in range(10)
    ]
    found = clean(forms, lambda _step: None)
    assert len(found.documents) == 10
    assert found.contained == {}


def test_a_dialogue_of_short_lines_goes_with_its_text() -> None:
    draw = random.Random(1)
    lines = [" ".join("".join(draw.choices("abcdefghij", k=5)) for _ in range(4)) for _ in range(60)]
    found = cleaned(
        document("old", "\n".join(lines), date(2020, 1, 1)),
        document("new", "\n".join([*paragraphs(3, 1), *lines]), date(2021, 1, 1)),
    )
    assert [d.name for d in found.documents] == ["new"]


def test_memory_is_bounded_and_copies_are_found_in_a_sample_too() -> None:
    learned = LearnedTexts(most=1 << 14)
    texts = [paragraphs(n, 10) for n in range(80)]
    for one in texts:
        learned.add(learned.new_part(text(one)))
    for number in (0, 40, 79):
        new = learned.new_part(text([*paragraphs(1000 + number, 3), *texts[number], "a b c"]))
        assert new.text == text(paragraphs(1000 + number, 3))
        assert new.holder == number


def test_a_table_of_sequences_knows_the_first_owner_of_each() -> None:
    draw = np.random.default_rng(1)
    table, told = SequenceTable(1 << 16), {}
    for owner in range(50):
        hashes = draw.integers(0, 60_000, 2_000, np.uint64)
        table.add(hashes, owner)
        for one in hashes[hashes != 0].tolist():
            told.setdefault(one, owner)
    asked = np.arange(1, 70_000, dtype=np.uint64)
    assert table.owners(asked).tolist() == [told.get(one, -1) for one in asked.tolist()]
