"""Probabilities are taken for what they were worth: a model that claims too much is believed less."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.calibration import Calibration, Claim, Line, Place, fitted, place_behind
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate

PROBABILITIES = st.floats(0.001, 0.999)


def drawn(count: int, truth: Line, seed: int = 0) -> list[Claim]:
    """Claims of a model whose words are right as `truth` says."""
    rng = random.Random(seed)
    claims = [rng.random() for _ in range(count)]
    return [Claim(Place.SPACE, claim, rng.random() < truth.right(claim)) for claim in claims]


@pytest.mark.parametrize("truth", [Line(), Line(-1.6, 1.0), Line(0.3, 0.6)])
def test_many_words_show_what_claims_are_worth(truth: Line) -> None:
    line = fitted(drawn(4000, truth)).lines[Place.SPACE]
    assert all(abs(line.right(claim) - truth.right(claim)) < 0.03 for claim in (0.1, 0.5, 0.9))


def test_few_words_change_little() -> None:
    wrong = [Claim(Place.MARK, 0.9, right=False)] * 2
    line = fitted(wrong).lines[Place.MARK]
    assert 0.6 < line.right(0.9) < 0.9


@given(
    claims=st.lists(st.builds(Claim, st.sampled_from(Place), st.floats(0, 1), st.booleans()), max_size=60),
    first=PROBABILITIES,
    other=PROBABILITIES,
)
def test_surer_claims_stay_surer_whatever_was_seen(claims: list[Claim], first: float, other: float) -> None:
    low, high = sorted((first, other))
    for line in fitted(claims).lines.values():
        assert 0 <= line.right(low) <= line.right(high) <= 1
        assert line.claim(line.right(low)) == pytest.approx(low, abs=1e-3)
    assert fitted([]).behind("").right(first) == pytest.approx(first)


def test_what_stands_before_the_cursor_decides() -> None:
    places = {text: place_behind(text) for text in ("", "a ", "a\n", "a", "天", "3", "a,", "。")}
    assert list(places.values()) == [
        *[Place.SPACE] * 3,
        *[Place.LETTERS] * 3,
        *[Place.MARK] * 2,
    ]


@given(probability=PROBABILITIES, offset=st.floats(-2, 2))
def test_a_first_word_is_shown_by_what_it_is_worth(probability: float, offset: float) -> None:
    line = Line(offset, 1.0)
    rules = BuilderRules(ConfidenceGate(0.5), calibration=Calibration({Place.SPACE: line}))
    context = Context("So ")
    builder = SuggestionBuilder(context, 0, rules)
    builder.add(b"far", math.log(probability), ends_word=True)
    shown = builder.end()
    worth = line.right(probability)
    if abs(worth - 0.5) > 1e-6:
        assert bool(shown.text) == (worth > 0.5)
        assert bool(shown.text) == (probability >= rules.floor(context))
    assert not shown.text or shown.confidence == pytest.approx(worth)
