"""The gate learns what a person takes, in the right direction, and within bounds whatever it learns."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.suggestions.calibration import logit
from writer.suggestions.gate import LEVELS, ConfidenceGate, level_named
from writer.suggestions.taking_model import ENOUGH, MOST_SHIFT, Leaning, TakingModel, TypingSituation

Writer = Callable[[int, bool, random.Random], float]
"""What a writer keeps of a suggestion that saves so many keys, and is right or not."""

SHORT = 3
BALANCED = level_named("balanced").gate
HERE = TypingSituation()


def takes_all(keys: int, right: bool, rng: random.Random) -> float:
    return float(right)


def takes_no_short_ones(keys: int, right: bool, rng: random.Random) -> float:
    return float(right and keys > SHORT)


def takes_by_chance(keys: int, right: bool, rng: random.Random) -> float:
    return float(rng.random() < 0.5)


def takes_hardly_any(keys: int, right: bool, rng: random.Random) -> float:
    return float(right and rng.random() < 0.3)


def written(writer: Writer, seed: int, learns: bool, count: int = 2_000) -> tuple[TakingModel, float]:
    """The model, and the keys less the costs of all suggestions shown, after so many places."""
    rng, model, worth = random.Random(seed), TakingModel(), 0.0
    for _ in range(count):
        probability, keys = rng.random(), rng.randint(1, 12)
        right = rng.random() < probability
        leaning = model.leaning(HERE) if learns else Leaning()
        gate = ConfidenceGate(BALANCED.floor, 0.1, BALANCED.reading, BALANCED.wrong, leaning)
        if probability < gate.threshold(0, keys):
            continue
        kept = writer(keys, right, rng)
        worth += kept * keys - gate.reading - (1 - kept) * gate.wrong
        model = model.learned(HERE, keys, probability, kept)
    return model, worth


def shifts(model: TakingModel) -> tuple[float, float]:
    """By how much the logits of the thresholds of a short and of a long word rise."""
    leaning = model.leaning(HERE)
    return tuple(logit(leaning.moved(0.5, keys)) for keys in (2, 9))  # type: ignore[return-value]


def test_who_never_takes_short_ones_sees_fewer_of_them() -> None:
    short, long = shifts(written(takes_no_short_ones, 1, learns=True)[0])
    assert short > 1
    assert long < 0.5


def test_who_takes_all_that_is_right_sees_as_many() -> None:
    assert shifts(written(takes_all, 1, learns=True)[0]) == pytest.approx((0, 0), abs=0.3)


def test_who_takes_hardly_any_sees_fewer() -> None:
    assert min(shifts(written(takes_hardly_any, 1, learns=True)[0])) > 0.5


@pytest.mark.parametrize("writer", [takes_all, takes_no_short_ones, takes_hardly_any, takes_by_chance])
def test_what_is_learned_costs_little_and_mostly_pays(writer: Writer) -> None:
    gains = []
    for seed in range(5):
        fixed, learned = (written(writer, seed, learns)[1] for learns in (False, True))
        assert learned > fixed - 0.1 * abs(fixed)
        gains.append(learned - fixed)
    if writer is takes_no_short_ones:
        assert sum(gains) > 0


@given(
    outcomes=st.lists(
        st.tuples(st.integers(-1, 40), st.floats(0, 1), st.floats(0, 1), st.booleans()),
        min_size=1,
        max_size=30,
    ),
    keys=st.integers(1, 20),
    level=st.sampled_from(LEVELS),
)
def test_no_threshold_moves_far(
    outcomes: list[tuple[int, float, float, bool]], keys: int, level: object
) -> None:
    model = TakingModel(outcomes=ENOUGH)
    for saved, probability, kept, refused in outcomes:
        model = model.learned(TypingSituation(0.1, 2, refused), saved, probability, kept)
    gate = level.gate  # type: ignore[attr-defined]
    before = gate.threshold(0, keys)
    after = ConfidenceGate(
        gate.floor, gate.next_floor, gate.reading, gate.wrong, model.leaning(TypingSituation())
    ).threshold(0, keys)
    assert after == before if not 0 < before < 1 else abs(logit(after) - logit(before)) <= MOST_SHIFT + 1e-6


def test_nothing_changes_until_there_is_enough() -> None:
    model = TakingModel()
    for _ in range(ENOUGH - 1):
        model = model.learned(HERE, 2, 0.9, 0.0)
    assert model.leaning(HERE) == Leaning()
    assert model.learned(HERE, 2, 0.9, 0.0).leaning(HERE).moved(0.5, 2) > 0.6


def test_it_takes_less_than_a_millisecond() -> None:
    model, began = TakingModel(outcomes=ENOUGH), time.process_time()
    for _ in range(200):
        model = model.learned(HERE, 4, 0.6, 1.0)
        model.leaning(HERE)
    assert (time.process_time() - began) / 200 < 0.001
