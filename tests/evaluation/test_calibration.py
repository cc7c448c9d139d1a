"""Claimed probabilities beside how often they are right."""

from __future__ import annotations

import pytest

from tests.evaluation.test_metrics import step
from writer.evaluation.calibration import MOST_LETTERS, calibration
from writer.evaluation.documents import MIN_TEXTS, Passage

PASSAGES = [Passage(f"{n}", "", "", 0, 100) for n in range(MIN_TEXTS)]


def test_claims_stand_beside_what_was_right_by_letters() -> None:
    run = {
        passage: [
            step(0, shown=True, confidence=0.5, correct=n % 2 == 0),
            step(1, shown=True, confidence=0.4, correct=True),
            step(2, shown=True, confidence=1.0, correct=True, typed_letters=2),
            step(3, shown=True, confidence=0.9, correct=False, typed_letters=MOST_LETTERS + 5),
        ]
        for n, passage in enumerate(PASSAGES)
    }
    found = {(one.letters, one.low): one for one in calibration([run])}
    assert set(found) == {(0, 0.4), (2, 0.8), (MOST_LETTERS, 0.8)}
    assert found[0, 0.4].claimed == pytest.approx(0.45)
    assert found[0, 0.4].right.value == pytest.approx(0.75)
    assert found[0, 0.4].count == 2 * MIN_TEXTS
    assert found[2, 0.8].right.value == 1
    assert found[MOST_LETTERS, 0.8].right.value == 0
    low, high = found[0, 0.4].right.low, found[0, 0.4].right.high
    assert low is not None
    assert high is not None
    assert low < 0.75 < high


def test_a_place_counts_once_and_only_what_appears_with_a_probability() -> None:
    strict = {passage: [step(5, shown=True, confidence=0.9, correct=True)] for passage in PASSAGES}
    lax = {
        passage: [
            step(4, shown=True, confidence=0.3),
            step(5, shown=True, confidence=0.9, correct=True),
            step(6, shown=True, confidence=0.3, fresh=False),
            step(7, shown=False, confidence=0.0),
            step(8, shown=True, confidence=0.0),
        ]
        for passage in PASSAGES
    }
    assert [(one.low, one.count) for one in calibration([strict, lax])] == [(0.2, 8), (0.8, 8)]


def test_nothing_shown_makes_no_bins() -> None:
    assert calibration([{PASSAGES[0]: [step(0)]}]) == []
