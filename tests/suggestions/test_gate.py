"""When a suggestion is shown, and when one more word is worth it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from writer.suggestions.gate import DEFAULT_LEVEL, LEVELS, MAX_UNKNOWN_WORDS, ConfidenceGate, level_named


def keys(words: int, right: int) -> int:
    """Keys for the first `right` of `words` words: one for all of them, else one for each."""
    return 1 if right == words else right


@given(words=st.integers(1, 8), probability=st.floats(0, 1))
def test_a_word_more_is_taken_where_it_saves_keys_on_average(words: int, probability: float) -> None:
    with_it = probability * keys(words + 1, words + 1) + (1 - probability) * keys(words + 1, words)
    without = probability * (keys(words, words) + 1) + (1 - probability) * keys(words, words)
    gain = without - with_it
    if abs(gain) > 1e-9:
        assert ConfidenceGate().allows_next(words, probability) == (gain > 0)


def test_no_word_is_less_likely_than_the_floor() -> None:
    assert not ConfidenceGate(0.5).allows_first(0.49)
    assert ConfidenceGate(0.5).allows_first(0.5)
    assert not ConfidenceGate(0.5).allows_next(1, 0.49)


def test_fewer_suggestions_are_right_more_often() -> None:
    for surer, other in pairwise(LEVELS):
        assert surer.gate.floor > other.gate.floor
        assert surer.precision > other.precision > 0


def test_an_unknown_level_is_the_default() -> None:
    assert level_named("no such level") == level_named(DEFAULT_LEVEL)
    assert level_named("sure").name == "sure"


def test_unknown_words_pass_and_few_of_them() -> None:
    gate = LEVELS[0].gate
    assert gate.allows_first(None)
    assert [gate.allows_next(words, None) for words in (1, MAX_UNKNOWN_WORDS - 1, MAX_UNKNOWN_WORDS)] == [
        True,
        True,
        False,
    ]
