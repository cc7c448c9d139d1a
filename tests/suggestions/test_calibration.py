"""Probabilities are taken for what they were worth: a model that claims too much is believed less."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.calibration import Calibration, Curve, Place, logistic, logit, place_behind
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate

PROBABILITIES = st.floats(0.001, 0.999)


def moved(offset: float) -> Curve:
    """A curve that moves all logits."""
    return Curve(tuple((claim, logistic(logit(claim) + offset)) for claim in (0.2, 0.5, 0.8)))


def test_a_curve_goes_through_its_points_and_on_beside_the_last_ones() -> None:
    curve = Curve(((0.1, 0.3), (0.5, 0.5), (0.9, 0.8)))
    assert [curve.right(claim) for claim in (0.1, 0.5, 0.9)] == pytest.approx([0.3, 0.5, 0.8])
    assert 0.3 < curve.right(0.3) < 0.5
    assert logit(curve.right(0.99)) - logit(0.99) == pytest.approx(logit(0.8) - logit(0.9))
    assert logit(curve.right(0.01)) - logit(0.01) == pytest.approx(logit(0.3) - logit(0.1))
    assert Curve().right(0.37) == 0.37


@given(steps=st.lists(st.tuples(st.floats(0.1, 3), st.floats(0.1, 3)), max_size=5), claim=PROBABILITIES)
def test_a_claim_is_found_for_what_is_right(steps: list[tuple[float, float]], claim: float) -> None:
    ends = [(sum(x for x, _ in steps[:n]), sum(y for _, y in steps[:n])) for n in range(1, len(steps) + 1)]
    curve = Curve(tuple((logistic(x - 4), logistic(y - 4)) for x, y in ends))
    assert curve.rises
    assert curve.claim(curve.right(claim)) == pytest.approx(claim, rel=0.01, abs=1e-4)
    assert curve.claim(0.0) == 0.0


def test_a_curve_that_falls_is_told() -> None:
    assert not Curve(((0.1, 0.3), (0.2, 0.3))).rises
    assert not Curve(((0.2, 0.3), (0.1, 0.4))).rises


def test_what_stands_before_the_cursor_decides() -> None:
    texts = ("", "a ", "a\n", "a", "if", "\u00fcbe", "the word", "covid19", "a,", "don'")
    assert [place_behind(text, within_word=True) for text in texts] == [
        *[Place.SPACE] * 3,
        Place.LETTER,
        Place.TWO_LETTERS,
        Place.THREE_LETTERS,
        *[Place.LETTERS] * 2,
        *[Place.MARK] * 2,
    ]
    texts = ("", "a ", "a", "the word", "天", "3", "a,", "。")
    assert [place_behind(text, within_word=False) for text in texts] == [
        *[Place.SPACE] * 2,
        *[Place.WORD] * 4,
        *[Place.MARK] * 2,
    ]


def test_the_rest_of_a_word_and_the_next_word_are_worth_different_things() -> None:
    calibration = Calibration({Place.WORD: Curve(((0.5, 0.2),)), Place.LETTERS: Curve(((0.5, 0.8),))})
    assert calibration.right("So much", " more", 0.5) == pytest.approx(0.2)
    assert calibration.right("So beaut", "iful", 0.5) == pytest.approx(0.8)
    assert calibration.claim("So beaut", 0.8) == pytest.approx(0.5)


@given(probability=PROBABILITIES, offset=st.floats(-2, 2))
def test_a_first_word_is_shown_by_what_it_is_worth(probability: float, offset: float) -> None:
    curve = moved(offset)
    rules = BuilderRules(ConfidenceGate(0.5), calibration=Calibration({Place.SPACE: curve}))
    context = Context("So ")
    builder = SuggestionBuilder(context, 0, rules)
    builder.add(b"far", math.log(probability), ends_word=True)
    shown = builder.end()
    worth = curve.right(probability)
    if abs(worth - 0.5) > 1e-6:
        assert bool(shown.text) == (worth > 0.5)
        assert bool(shown.text) == (probability >= rules.floor(context))
    assert not shown.text or shown.confidence == pytest.approx(worth)
