"""Words and phrases as keys accept them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from tests.text.texts import texts
from writer.text.words import first_phrase, first_word, saves_keystrokes, splits_word, words


@given(text=texts)
def test_the_words_of_a_text_are_the_text(text: str) -> None:
    pieces = list(words(text))
    assert "".join(pieces) == text
    assert all(pieces)


@given(text=texts)
def test_a_space_belongs_to_the_word_behind_it(text: str) -> None:
    pieces = list(words(text))
    assert not any(piece[-1].isspace() for piece in pieces[:-1])


@given(text=texts)
def test_no_word_is_cut(text: str) -> None:
    pieces = list(words(text))
    for place, (first, second) in enumerate(pairwise(pieces)):
        assert not splits_word(first, second), (place, pieces)


@given(text=texts)
def test_a_phrase_is_a_beginning(text: str) -> None:
    phrase = first_phrase(text)
    assert text.startswith(phrase)
    assert bool(phrase) == bool(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" great, and so", " great"),
        (", and so", ","),
        ("don't stop", "don't"),
        (" well-known facts", " well-known"),
        (' "Hello there"', ' "Hello'),
        (" (see below)", " (see"),
        ("**bold** text", "**bold"),
        (" 1,000.5 km", " 1,000.5"),
        ("我们最近很忙", "我们"),
        ("可能性很大", "可能性"),
        ("，其实", "，"),
        ("Qt窗口", "Qt"),
        ("👨‍👩‍👧 family", "👨‍👩‍👧"),
        ("e\u0301te\u0301 chaud", "e\u0301te\u0301"),
        ("  ", "  "),
        ("", ""),
    ],
)
def test_first_word(text: str, expected: str) -> None:
    assert first_word(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" one two, three", " one two,"),
        ("我们去公园，然后回家。", "我们去公园，"),
        ("3.5 miles. Then", "3.5 miles."),
        ("no end", "no end"),
    ],
)
def test_first_phrase(text: str, expected: str) -> None:
    assert first_phrase(text) == expected


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("s", False),
        (".", False),
        (" a", True),
        ("ing", True),
        ("我", False),
        ("我们", True),
        ("了，", True),
        ("，", False),
        (" ", False),
        ("", False),
    ],
)
def test_what_is_worth_a_key(text: str, worth: bool) -> None:
    assert saves_keystrokes(text) is worth
