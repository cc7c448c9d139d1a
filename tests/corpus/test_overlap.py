"""What is kept aside is not learned elsewhere: not in a manuscript, not in another draft."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from writer.base.progress import Cancelled
from writer.corpus.build import Corpus, build_corpus
from writer.corpus.document import RejectionReason, SourceDocument, make_document
from writer.corpus.overlap import MAX_OVERLAP, SEQUENCE, SequenceHasher, largest_overlap, separate, units


def paragraph(draw: random.Random, words: int = 60) -> str:
    return " ".join("".join(draw.choices("abcdefghij", k=5)) for _ in range(words)) + "."


def text(seed: int, paragraphs: int = 12) -> str:
    draw = random.Random(seed)
    return "\n\n".join(paragraph(draw) for _ in range(paragraphs))


def document(name: str, content: str) -> SourceDocument:
    return make_document(name, "txt", content, None, name)


def sequences(content: str) -> set[tuple[str, ...]]:
    words = units(content)
    return {tuple(words[i : i + SEQUENCE]) for i in range(len(words) - SEQUENCE + 1)}


def shared_by_definition(corpus: Corpus) -> float:
    """The largest share of a held-out document's sequences in the learned ones, computed without hashes."""
    learned = set().union(*(sequences(d.text) for d in corpus.training))
    return max(len(sequences(d.text) & learned) / len(sequences(d.text)) for d in corpus.held_out)


def built(folder: Path, files: dict[str, str]) -> Corpus:
    (folder / "texts").mkdir()
    for name, content in files.items():
        (folder / "texts" / name).write_text(content, encoding="utf-8")
    return build_corpus(folder / "texts", folder / "cache", lambda _step: None)


def chapters() -> dict[str, str]:
    days = (date(2024, 1, 1) + timedelta(days=i) for i in range(12))
    return {f"{day}-chapter.txt": text(number) for number, day in enumerate(days)}


def test_a_chapter_that_is_kept_aside_is_not_learned_from_the_manuscript(tmp_path: Path) -> None:
    files = chapters()
    manuscript = "\n\n".join((*files.values(), text(99, 40)))
    corpus = built(tmp_path, {**files, "2023-01-01-manuscript.txt": manuscript})
    assert corpus.held_out
    assert corpus.overlap == shared_by_definition(corpus) <= MAX_OVERLAP
    assert corpus.shortened == {}
    learned = next(d for d in corpus.training if "manuscript" in d.name)
    assert learned.text == text(99, 40)


def test_an_earlier_draft_is_learned_without_what_stayed(tmp_path: Path) -> None:
    later = text(1, 20)
    kept = later.split("\n\n")[:10]
    others = {f"2020-01-{day:02}.txt": text(100 + day, 10) for day in range(1, 20)}
    draft = "\n\n".join((*kept, text(2, 15)))
    corpus = built(tmp_path, {**others, "2019-01-01-draft.txt": draft, "2024-01-01-later.txt": later})
    assert "2024-01-01-later.txt" in {d.name for d in corpus.held_out}
    assert corpus.overlap == shared_by_definition(corpus) <= MAX_OVERLAP
    assert next(d for d in corpus.training if "draft" in d.name).text == text(2, 15)


def test_what_mostly_stands_in_a_document_kept_aside_is_left_out_and_named() -> None:
    part = "\n\n".join(text(1).split("\n\n")[:8])
    others = [document(f"{n}", text(10 + n)) for n in range(5)]
    found = separate([document("part", part), *others], [document("whole", text(1))])
    assert [d.name for d in found.learned] == [d.name for d in others]
    [rejection] = found.rejections
    assert (rejection.name, rejection.reason, rejection.other) == ("part", RejectionReason.HELD_OUT, "whole")
    assert "whole" in str(rejection.sentence)
    assert found.overlap == 0


def test_a_short_sentence_that_both_have_is_no_leak() -> None:
    saying = paragraph(random.Random(5), SEQUENCE)
    learned = [document("a", f"{text(1)}\n\n{saying}")]
    found = separate(learned, [document("b", f"{text(2, 20)}\n\n{saying}")])
    assert list(found.learned) == learned
    assert 0 < found.overlap <= MAX_OVERLAP


def test_texts_that_repeat_each_other_throughout_stay_and_the_figure_says_so() -> None:
    draw = random.Random(1)
    lines = [paragraph(draw, 20) for _ in range(5)]
    many = [document(f"{n}", "\n".join(draw.choices(lines, k=30))) for n in range(10)]
    found = separate(many[1:], many[:1])
    assert list(found.learned) == many[1:]
    assert found.overlap > 0.5


def test_chinese_is_compared_by_characters() -> None:
    letters = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少床前明月光疑是地上霜举头望低思故乡"
    draw = random.Random(2)
    poem = "".join(draw.choices(letters, k=200))
    assert largest_overlap([f"他说：{poem}。"], [poem]) == 1.0
    assert largest_overlap(["".join(draw.choices(letters, k=200))], [poem]) == 0.0


def test_sequences_of_any_length_have_hashes_of_their_own() -> None:
    hasher = SequenceHasher()
    words = [f"w{n}" for n in range(40)]
    assert len({int(h) for h in hasher.hashes(words)}) == len(words) - SEQUENCE + 1
    for some, more in pairwise(range(SEQUENCE + 1)):
        assert hasher.hashes(words[:some]).tolist() != hasher.hashes(words[:more]).tolist()
    assert not len(hasher.hashes([]))
    assert largest_overlap(["a b"], []) == largest_overlap([], ["a b"]) == largest_overlap(["x"], [""]) == 0


def test_it_stops_when_asked() -> None:
    answers = iter([False] * 3)
    with pytest.raises(Cancelled):
        separate(
            [document(f"{n}", text(n)) for n in range(9)],
            [document("x", text(99))],
            lambda: next(answers, True),
        )
