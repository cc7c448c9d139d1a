"""When a suggestion is shown, and when one more word is worth it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from writer.suggestions.gate import (
    DEFAULT_LEVEL,
    LEVELS,
    MAX_UNKNOWN_WORDS,
    USUAL_INTERVAL,
    ConfidenceGate,
    level_named,
    saved_keys,
)


def keys(words: int, right: int) -> int:
    """Keys for the first `right` of `words` words: one for all of them, else one for each."""
    return 1 if right == words else right


def shows(gate: ConfidenceGate, words: int, text: str, probability: float | None) -> bool:
    return gate.allows(words, probability, gate.threshold(words, saved_keys(text)))


@given(words=st.integers(1, 8), probability=st.floats(0, 1))
def test_a_word_more_is_taken_where_it_saves_keys_on_average(words: int, probability: float) -> None:
    with_it = probability * keys(words + 1, words + 1) + (1 - probability) * keys(words + 1, words)
    without = probability * (keys(words, words) + 1) + (1 - probability) * keys(words, words)
    gain = without - with_it
    if abs(gain) > 1e-9:
        assert shows(ConfidenceGate(), words, " word", probability) == (gain > 0)


def test_no_word_is_less_likely_than_the_floor() -> None:
    gate = ConfidenceGate(0.5, 0.3)
    assert [shows(gate, 0, " word", p) for p in (0.49, 0.5)] == [False, True]
    assert [shows(gate, 1, " word", p) for p in (0.29, 0.3)] == [False, True]


@given(probability=st.floats(0, 1), keys=st.integers(1, 20), reading=st.floats(0, 5), wrong=st.floats(0, 5))
def test_a_word_is_shown_where_it_saves_more_time_than_it_costs(
    probability: float, keys: int, reading: float, wrong: float
) -> None:
    worth = probability * keys - reading - (1 - probability) * wrong
    if abs(worth) > 1e-6:
        gate = ConfidenceGate(reading=reading, wrong=wrong)
        assert shows(gate, 0, "x" * (keys + 1), probability) == (worth > 0)
        assert worth < 0 or keys > 12 or probability >= gate.least


def test_a_chinese_character_is_worth_its_pinyin() -> None:
    assert saved_keys("天气") == 5
    assert saved_keys("我") == 0
    assert saved_keys(" day") == 3


def test_reading_costs_a_slow_writer_fewer_keys() -> None:
    gate = ConfidenceGate(reading=1.0, wrong=2.0)
    assert gate.at_pace(USUAL_INTERVAL) == gate
    assert gate.at_pace(0.3).threshold(0, 4) < gate.threshold(0, 4) < gate.at_pace(0.15).threshold(0, 4)
    assert gate.at_pace(0.0).reading == 1.5
    assert gate.at_pace(9.0).reading == 0.5


def test_fewer_suggestions_are_right_more_often() -> None:
    for surer, other in pairwise(LEVELS):
        assert all(
            min(1, surer.gate.threshold(words, keys)) >= min(1, other.gate.threshold(words, keys))
            for words in (0, 1)
            for keys in range(12)
        )
        assert surer.gate.least > other.gate.least
        assert surer.precision > other.precision > 0


def test_an_unknown_level_is_the_default() -> None:
    assert level_named("no such level") == level_named(DEFAULT_LEVEL)
    assert level_named("sure").name == "sure"


def test_unknown_words_pass_and_few_of_them() -> None:
    gate = LEVELS[0].gate
    assert shows(gate, 0, " a", None)
    assert [shows(gate, words, " a", None) for words in (1, MAX_UNKNOWN_WORDS - 1, MAX_UNKNOWN_WORDS)] == [
        True,
        True,
        False,
    ]
