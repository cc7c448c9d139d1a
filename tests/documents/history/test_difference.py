"""The difference of two texts: complete, by words, in Chinese, and bounded for long and repetitive ones."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.documents.history.difference import Change, Part, difference, replaced_middle

TEXTS = st.lists(st.sampled_from(["a", "b ", "word ", "\n", "。", "早上", "é", "\n\n"]), max_size=60).map(
    "".join
)


def sides(parts: list[Part]) -> tuple[str, str]:
    """The two texts of a difference."""
    return (
        "".join(part.text for part in parts if part.change is not Change.ADDED),
        "".join(part.text for part in parts if part.change is not Change.REMOVED),
    )


@given(TEXTS, TEXTS)
def test_the_parts_make_up_both_texts(before: str, after: str) -> None:
    parts = difference(before, after, seconds=60)
    assert sides(parts) == (before, after)
    assert all(part.text for part in parts)
    assert all(one.change is not two.change for one, two in pairwise(parts))


@given(TEXTS, TEXTS)
def test_the_replaced_middle_makes_one_of_the_other(before: str, after: str) -> None:
    start, end, other_end = replaced_middle(before, after)
    assert before[:start] + after[start:other_end] + before[end:] == after
    assert not before[start:end] or before[start] != after[start : start + 1]


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("", "", []),
        ("one", "one", ["=one"]),
        ("", "one", ["+one"]),
        ("one two three\n", "one 2 three\n", ["=one ", "-two", "+2", "= three\n"]),
        ("one two three four", "one 2 3 four", ["=one ", "-two three", "+2 3", "= four"]),
        ("a\nb\nc\n", "a\nc\nd\n", ["=a\n", "-b\n", "=c\n", "+d\n"]),
        ("今天天气很好", "今天天气不好", ["=今天天气", "-很", "+不", "=好"]),
    ],
)
def test_words_and_paragraphs_are_marked(before: str, after: str, marked: list[str]) -> None:
    signs = {Change.SAME: "=", Change.REMOVED: "-", Change.ADDED: "+"}
    assert [signs[part.change] + part.text for part in difference(before, after, seconds=60)] == marked


def test_long_texts_with_many_changes_are_compared_by_words() -> None:
    before = [f"This is line {n} of {n * 7} in all.\n" for n in range(4_000)]
    after = [line.replace("line", "row") if n % 9 == 0 else line for n, line in enumerate(before)]
    parts = difference("".join(before), "".join(after), seconds=60)
    assert sides(parts) == ("".join(before), "".join(after))
    assert {part.text for part in parts if part.change is Change.ADDED} == {"row"}


@pytest.mark.parametrize("unit", ["a ", "a\n", "早"], ids=["words", "lines", "Chinese"])
def test_what_repeats_without_end_takes_no_square_of_time(unit: str) -> None:
    before, after = unit * 60_000, unit * 30_000 + "b" + unit * 20_000 + "c" + unit
    begin = time.monotonic()
    assert sides(difference(before, after)) == (before, after)
    assert time.monotonic() - begin < 20


def test_one_that_is_cancelled_is_still_complete() -> None:
    before = "".join(f"a{n} " for n in range(3_000))
    after = before.replace("7", "8")
    assert sides(difference(before, after, cancelled=lambda: True)) == (before, after)
