"""What a slip of the keyboard costs: the slips of fingers are cheap, other differences are not."""

from __future__ import annotations

import pytest

from writer.suggestions.corrections.slips import NEIGHBOURS, one_slip_away, slip_cost


@pytest.mark.parametrize(
    ("typed", "cheap", "dear"),
    [
        ("teh", "the", "tea"),  # transposed
        ("habe", "have", "hate"),  # the key beside
        ("schooll", "school", "schools"),  # a letter twice
        ("dont", "don't", "donut"),  # no apostrophe
        ("thursday", "Thursday", "thirsty"),  # no capital
        ("seperate", "separate", "severe"),  # another vowel
        ("oved", "moved", "overt"),
    ],
)
def test_the_slip_of_a_finger_is_cheaper_than_another_word(typed: str, cheap: str, dear: str) -> None:
    assert slip_cost(typed, cheap) < slip_cost(typed, dear)


def test_what_is_equal_costs_nothing() -> None:
    assert slip_cost("word", "word") == 0.0


def test_a_slip_in_the_first_letter_costs_more() -> None:
    assert slip_cost("gouse", "house") > slip_cost("hoyse", "house")


@pytest.mark.parametrize("word", ["the", "have", "letter", "don't", "moved"])
def test_all_of_one_slip_are_found(word: str) -> None:
    slips = {word[:1] + word[2:], word[1] + word[0] + word[2:], word + word[-1]}
    for typed in slips - {word}:
        assert word in set(one_slip_away(typed))


def test_neighbours_are_mutual() -> None:
    assert all(key in NEIGHBOURS[other] for key, others in NEIGHBOURS.items() for other in others)
    assert set("ftyhvb") <= set(NEIGHBOURS["g"])
    assert "p" not in NEIGHBOURS["q"]
