"""What a model's suggestions are worth is measured on a text: its claims, and ghosts that begin right."""

from __future__ import annotations

import random

import pytest

from tests.evaluation.test_simulated_typist import Scripted
from writer.evaluation.suggestion_measurement import STRETCH, SuggestionMeasurement, stretches
from writer.suggestions.calibration import Place
from writer.suggestions.gate import LEVELS

TEXT = " ".join(f"word{n:03d}" for n in range(400))


def engine(right: float, sure: float) -> Scripted:
    """It suggests a word behind each space, with the probability `sure`, and is right so often."""
    rng = random.Random(3)
    script = {}
    for start in range(8, len(TEXT), 8):
        script[TEXT[:start]] = TEXT[start : start + 7] if rng.random() < right else "nothing"
    return Scripted(script, sure)


def test_a_model_that_claims_too_much_is_believed_less() -> None:
    found = SuggestionMeasurement(engine(0.5, 0.95), stretches([TEXT])).measured()
    assert found.calibration.curves[Place.SPACE].right(0.95) == pytest.approx(0.5, abs=0.15)
    assert set(found.calibration.curves) == {Place.SPACE}
    assert found.right["always"] == pytest.approx(0.5, abs=0.15)
    assert found.right["sure"] == pytest.approx(LEVELS[0].precision)  # nothing is that sure any more


def test_a_model_that_is_as_right_as_it_says_stays_as_it_is() -> None:
    found = SuggestionMeasurement(engine(0.9, 0.9), stretches([TEXT])).measured()
    assert found.calibration.curves[Place.SPACE].right(0.9) == pytest.approx(0.9, abs=0.04)
    assert found.right["sure"] == pytest.approx(0.9, abs=0.04)


def test_it_ends_where_its_time_is_over() -> None:
    scripted = engine(0.5, 0.5)
    SuggestionMeasurement(scripted, stretches([TEXT, TEXT[::-1]])).measured(seconds=0.0)
    assert max(map(len, scripted.asked)) <= STRETCH


def test_without_a_text_nothing_is_known() -> None:
    assert SuggestionMeasurement(engine(1.0, 0.5), ()).measured().right == {}
