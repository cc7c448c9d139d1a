"""The runs of origins, held against a list with one tag for each character."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from writer.documents.authorship import origin_runs
from writer.documents.authorship.origin import Run
from writer.documents.authorship.origin_runs import OriginRuns
from writer.documents.authorship.unit_text import UnitText, decoded_units, units

RUNS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6)), max_size=8)


def spread(runs: list[Run]) -> list[int]:
    return [tag for length, tag in runs for _ in range(length)]


@settings(max_examples=60)
@given(RUNS, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), RUNS), max_size=20))
def test_splices_are_those_of_a_list(begin: list[Run], edits: list[tuple[float, float, list[Run]]]) -> None:
    runs, tags = OriginRuns(begin), spread(begin)
    for place, share, added in edits:
        start = round(place * len(tags))
        removed = round(share * (len(tags) - start))
        assert spread(runs.splice(start, removed, added)) == tags[start : start + removed]
        tags[start : start + removed] = spread(added)
        assert spread(runs.runs()) == tags
        assert runs.length == len(tags)
        assert {tag: n for tag, n in runs.totals.items() if n} == {tag: tags.count(tag) for tag in set(tags)}
        assert spread(runs.between(start, len(tags))) == tags[start:]


def test_many_runs_are_those_of_a_list() -> None:
    chance = random.Random(7)
    runs, tags = OriginRuns(), []
    for _ in range(4000):
        start = chance.randint(0, len(tags))
        removed = chance.choice((0, 0, 0, 0, min(3, len(tags) - start)))
        added = [(chance.randint(1, 2), chance.randint(0, 5))]
        if chance.random() < 0.01:
            removed = chance.randint(0, len(tags) - start)
        runs.splice(start, removed, added)
        tags[start : start + removed] = spread(added)
    assert spread(runs.runs()) == tags
    for _ in range(100):
        start, end = sorted((chance.randint(0, len(tags)), chance.randint(0, len(tags))))
        assert spread(runs.between(start, end)) == tags[start:end]


def test_an_edit_touches_few_runs() -> None:
    runs = OriginRuns((1, n % 2) for n in range(20_000))
    chunks = [id(chunk) for chunk in runs._chunks]
    runs.splice(10_000, 1, [(1, 5)])
    assert len(set(chunks) - {id(chunk) for chunk in runs._chunks}) <= 2
    assert all(len(chunk) <= 2 * origin_runs.CHUNK for chunk in runs._chunks)


@pytest.mark.parametrize(("start", "removed"), [(-1, 0), (0, 4), (4, 0), (0, -1)])
def test_edits_outside_the_text_are_refused(start: int, removed: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        OriginRuns([(3, 0)]).splice(start, removed, [])
    with pytest.raises(ValueError, match="outside"):
        UnitText("abc").splice(start, removed, "")
    with pytest.raises(ValueError, match="part"):
        UnitText("abc").between(start, start + removed)


def test_copies_of_a_text_are_those_of_a_string(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("writer.documents.authorship.unit_text.CHUNK", 8)
    chance = random.Random(3)
    text, copy = "", UnitText("")
    for _ in range(2000):
        start = chance.randint(0, len(text))
        removed = chance.choice((0, 0, 1, 1, chance.randint(0, len(text) - start)))
        removed = min(removed, len(text) - start)
        added = "".join(chance.choice("abcd") for _ in range(chance.choice((0, 1, 1, 30))))
        copy.splice(start, removed, added)
        text = text[:start] + added + text[start + removed :]
        assert copy.length == len(text)
        end = chance.randint(start, len(text)) if start <= len(text) else start
        assert copy.between(start, end) == text[start:end]
    assert copy.between(0, len(text)) == text


def test_a_unit_is_one_character() -> None:
    assert len(units("a\U0001f600b")) == 4
    assert decoded_units("a\U0001f600b".encode("utf-16-le")) == units("a\U0001f600b")
    assert decoded_units(b"\x00\xd8") == "\ud800"
