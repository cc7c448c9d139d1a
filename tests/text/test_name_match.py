"""Names found by a few letters: the better match first, in any script, and quickly."""

from __future__ import annotations

import time
import unicodedata

import pytest

from writer.text.name_match import NameIndex

NAMES = (
    "part/chapter one.md",
    "part/chapter two.md",
    "on time.md",
    "One.md",
    "第一章.md",
    "Café.md",
    "notes/a.md",
)


def found(query: str, names: tuple[str, ...] = NAMES) -> list[str]:
    return [names[i] for i in NameIndex(names).best(query, 9)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("one", ["One.md", "part/chapter one.md"]),
        ("CHAP two", ["part/chapter two.md"]),
        ("cto", ["part/chapter one.md", "part/chapter two.md"]),
        ("一", ["第一章.md"]),
        ("第章", ["第一章.md"]),
        ("café", ["Café.md"]),
        ("notes", ["notes/a.md"]),
        ("zzz", []),
        ("  ", list(NAMES)),
    ],
)
def test_names_are_found(query, names):
    assert found(query)[: len(names)] == names
    assert bool(found(query)) == bool(names)


def test_accents_are_found_however_they_are_stored():
    decomposed = unicodedata.normalize("NFD", "Café.md")
    assert found("café", (decomposed,)) == [decomposed]


def test_five_thousand_names_take_no_time_to_be_felt():
    index = NameIndex([f"part {i % 40}/chapter {i} of the long winter.md" for i in range(5000)])
    start = time.perf_counter()
    for query in ("c", "ch", "cha 4", "clw 49", "xyz"):
        index.best(query, 50)
    assert time.perf_counter() - start < 5 * 0.25  # 0.05 is the aim, measured by the benchmark
