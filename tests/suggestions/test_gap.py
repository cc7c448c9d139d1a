"""Gaps in a text: which word stands there, how another one is put in, and which ones are offered."""

from __future__ import annotations

import pytest

from writer.base.errors import UserError
from writer.suggestions.alternatives import MAX_ALTERNATIVES, ranked
from writer.suggestions.gap import Alternative, Gap, fit_word, gap_at, parse_gap

SENTENCE = "She don't know the well-known door. 这个苹果很甜，hello世界"


@pytest.mark.parametrize(
    ("touched", "word"),
    [("She", "She"), ("on't", "don't"), ("ell-k", "well-known"), ("苹果", "这个"), ("果很", "苹果")],
)
def test_the_word_that_the_cursor_touches_is_the_gap(touched: str, word: str) -> None:
    place = SENTENCE.index(touched)
    gap = gap_at(SENTENCE, place, place)
    assert gap.word == word
    assert gap.before + gap.word + gap.after == SENTENCE


def test_a_selection_is_a_gap_without_the_spaces_around_it() -> None:
    assert gap_at("one two three", 3, 8) == Gap("one ", " three", "two")
    assert gap_at("one  two", 4, 4) == Gap("one ", " two")


def test_a_mark_is_wanted_once() -> None:
    assert parse_gap("这个苹果[MASK]甜\n") == Gap("这个苹果", "甜")
    assert parse_gap("这个苹果[MASK]甜").language == "zh"
    assert parse_gap("She opened the [MASK].").language == "en"
    for text in ("no mark", "[MASK] and [MASK]"):
        with pytest.raises(UserError, match="once"):
            parse_gap(text)


@pytest.mark.parametrize(
    ("gap", "word", "written"),
    [
        (Gap("opened the ", " and", "door"), "gate", "gate"),
        (Gap("walked in.", ""), "they", " They"),
        (Gap("the ", "door"), "big", "big "),
        (Gap("a (", ")"), "word", "word"),
        (Gap("", " it is", "Yes"), "no", "No"),
        (Gap("of ", ".", "NASA"), "esa", "ESA"),
        (Gap("我们去", "散步", "公园"), "学校", "学校"),
    ],
)
def test_a_word_is_put_in_with_its_capitals_and_spaces(gap: Gap, word: str, written: str) -> None:
    assert fit_word(word, gap) == written


def test_the_word_itself_doubles_and_what_is_no_word_are_not_offered() -> None:
    found = [("door", -1), ("gate", -2), ("Gate", -1.5), ("gate2", -1), ("又香又", -1), ("", -1)]
    words = ranked([Alternative(*word) for word in found], Gap("opened the ", " and", "Door"))
    assert [word.text for word in words] == ["Gate"]
    assert words[0].logprob == pytest.approx(0)


def test_the_form_of_the_replaced_word_is_kept_where_it_can_be() -> None:
    found = [Alternative("walk", -1.0), Alternative("walked", -2.0), Alternative("ran", -1.2)]
    words = ranked(found, Gap("She ", " home", "strolled"))
    assert [word.text for word in words] == ["walked", "walk", "ran"]


def test_at_most_ten_are_offered_and_none_that_is_withheld() -> None:
    found = [Alternative("a" * n, -n) for n in range(2, 20)]
    words = ranked(found, Gap("x ", " y"), lambda word: word == "aa")
    assert [len(word.text) for word in words] == list(range(3, 3 + MAX_ALTERNATIVES))
