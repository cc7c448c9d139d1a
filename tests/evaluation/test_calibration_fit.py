"""Curves are fitted to words that were offered: many show what claims are worth, few change little."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.evaluation.calibration_fit import Claim, fitted
from writer.suggestions.calibration import Calibration, Curve, Place

PROBABILITIES = st.floats(0.001, 0.999)
BENT = Curve(((0.1, 0.3), (0.3, 0.35), (0.9, 0.85)))


def drawn(count: int, truth: Curve, seed: int = 0) -> list[Claim]:
    """Claims of a model whose words are right as `truth` says."""
    rng = random.Random(seed)
    claims = [rng.random() for _ in range(count)]
    return [Claim(Place.SPACE, claim, rng.random() < truth.right(claim)) for claim in claims]


@pytest.mark.parametrize("truth", [Curve(), BENT, Curve(((0.5, 0.2),))])
def test_many_words_show_what_claims_are_worth(truth: Curve) -> None:
    curve = fitted(drawn(6000, truth)).curves[Place.SPACE]
    assert all(abs(curve.right(claim) - truth.right(claim)) < 0.06 for claim in (0.05, 0.1, 0.3, 0.6, 0.9))


def test_few_words_change_little_of_what_was_known() -> None:
    wrong = [Claim(Place.MARK, 0.9, right=False)] * 2
    assert 0.6 < fitted(wrong).curves[Place.MARK].right(0.9) < 0.9
    known = Calibration({Place.MARK: BENT, Place.LETTER: BENT})
    learned = fitted(wrong, known)
    assert 0.5 < learned.curves[Place.MARK].right(0.9) < BENT.right(0.9)
    assert learned.curves[Place.MARK].right(0.1) == pytest.approx(BENT.right(0.1), abs=0.2)
    assert learned.curves[Place.LETTER] == BENT


def test_a_model_that_is_always_right_has_a_curve_that_rises() -> None:
    curve = fitted([Claim(Place.SPACE, claim / 1000, right=True) for claim in range(1, 1000)] * 20).curves[
        Place.SPACE
    ]
    assert curve.rises
    assert curve.right(0.5) > 0.99


@given(
    claims=st.lists(st.builds(Claim, st.sampled_from(Place), st.floats(0, 1), st.booleans()), max_size=60),
    first=PROBABILITIES,
    other=PROBABILITIES,
)
def test_surer_claims_stay_surer_whatever_was_seen(claims: list[Claim], first: float, other: float) -> None:
    low, high = sorted((first, other))
    for curve in fitted(claims).curves.values():
        assert curve.rises
        assert 0 <= curve.right(low) <= curve.right(high) <= 1
    assert fitted([]).right("", "word", first) == first
