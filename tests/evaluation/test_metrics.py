"""Metrics, intervals, the curve."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from writer.evaluation.answer_costs import answer_costs
from writer.evaluation.documents import MIN_TEXTS, Passage
from writer.evaluation.metrics import (
    Estimate,
    ratio_estimate,
    ratio_metrics,
    reason_counts,
)
from writer.evaluation.precision_coverage_plot import CurvePoint, draw_curve, precision_coverage_curve
from writer.evaluation.ratios import net_seconds_name
from writer.evaluation.report import EvaluationReport, cell, difference_cell, table
from writer.evaluation.simulated_typist import ReplayStep


def step(cursor: int, **changes: object) -> ReplayStep:
    values: dict[str, object] = {
        "cursor": cursor,
        "shown": False,
        "correct": False,
        "fresh": True,
        "within_word": False,
        "confidence": 0.5,
        "offered": 0,
        "matched": 0,
        "accepted": 0,
        "written": 1,
        "keystrokes": 1,
        "manual_keystrokes": 1,
        "milliseconds": None,
        "reason": "unsure",
    }
    return ReplayStep(**(values | changes))  # type: ignore[arg-type]


PASSAGE = Passage("a", "", "", 0, 16)
RUN = {
    PASSAGE: [
        step(0),
        step(
            1,
            shown=True,
            correct=True,
            confidence=0.7,
            offered=2,
            matched=2,
            accepted=9,
            written=9,
            manual_keystrokes=9,
            milliseconds=20.0,
        ),
        step(10, shown=True, confidence=0.6, offered=3, refused=True, milliseconds=40.0),
        step(
            11,
            shown=True,
            correct=True,
            offered=1,
            matched=1,
            accepted=4,
            written=4,
            manual_keystrokes=4,
            within_word=True,
        ),
    ]
}


def test_ratio_metrics() -> None:
    found = {name: estimate.value for name, estimate in ratio_metrics(RUN).items()}
    assert {name: value for name, value in found.items() if not name.startswith("net_seconds")} == {
        "keystrokes_saved": pytest.approx(1 - 4 / 15),
        "precision": pytest.approx(2 / 3),
        "coverage": pytest.approx(3 / 4),
        "characters_per_acceptance": pytest.approx(6.5),
        "exact_match_1": pytest.approx(2 / 3),
        "exact_match_2": pytest.approx(1 / 2),
        "exact_match_3": pytest.approx(0),
        "exact_match_within_words": pytest.approx(1),
        "refused": pytest.approx(1 / 0.015),
    }


@pytest.mark.parametrize(
    ("speed", "reading", "seconds"),
    [
        (60, 0.5, (11 * 0.2 - 3 * 0.5) / 0.015),  # 11 keys of 0.2 s, 3 ghosts
        (40, 0.3, (11 * 0.3 - 3 * 0.3) / 0.015),
        (80, 0.7, (11 * 0.15 - 3 * 0.7) / 0.015),
    ],
)
def test_net_seconds_are_those_of_the_keys_less_those_to_read(
    speed: int, reading: float, seconds: float
) -> None:
    found = ratio_metrics(RUN)[net_seconds_name(speed, reading)]
    assert found.value == pytest.approx(seconds)


def test_a_ghost_that_stays_is_read_and_counted_once() -> None:
    run = {PASSAGE: [step(0, shown=True), step(1, shown=True, fresh=False, refused=True)]}
    found = ratio_metrics(run)
    assert found[net_seconds_name(60, 0.5)].value == pytest.approx(-0.5 / 0.002)
    assert found["refused"].value == pytest.approx(1 / 0.002)


def test_net_seconds_between_0_and_1_are_no_share() -> None:
    steps = {
        Passage(f"{n}", "", "", 0, 1_000): [
            step(0, shown=True, written=1_000, keystrokes=1_000, manual_keystrokes=1_003 + n % 5)
        ]
        for n in range(MIN_TEXTS)
    }
    found = ratio_metrics(steps)[net_seconds_name(60, 0.5)]
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    above, below = found.high - found.value, found.value - found.low
    assert above == pytest.approx(below, rel=0.5)  # cut at neither end


def test_a_suggestion_that_stays_is_no_new_one() -> None:
    run = {PASSAGE: [*RUN[PASSAGE], step(15, shown=True, fresh=False, offered=1)]}
    assert ratio_metrics(run)["exact_match_1"].value == pytest.approx(2 / 3)
    assert ratio_metrics(run)["precision"].value == pytest.approx(2 / 4)


def test_nothing_to_measure() -> None:
    found = ratio_metrics({PASSAGE: [step(0)]})
    assert found["precision"] == Estimate(None, None, None)
    assert found["keystrokes_saved"].value == 0
    assert answer_costs({PASSAGE: [step(0)]})["latency_p50"].value is None


def test_latencies() -> None:
    assert answer_costs(RUN)["latency_p50"].value == pytest.approx(30)
    assert answer_costs(RUN)["latency_p95"].value == pytest.approx(39)


def test_latencies_vary_between_texts_not_between_answers() -> None:
    run = {
        Passage(f"{n}", "", "", 0, 100): [step(cursor, milliseconds=10.0 * n) for cursor in range(100)]
        for n in range(MIN_TEXTS)
    }
    found = answer_costs(run)["latency_p50"]
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 20  # answers drawn one by one would give less than 10


def test_reasons_are_counted() -> None:
    assert reason_counts(RUN) == {"unsure": 1}


def test_the_interval_holds_the_truth_95_times_of_100() -> None:
    chance = np.random.default_rng(5)
    holds = 0
    for _ in range(200):
        sample = chance.random(80) < 0.3
        figure = ratio_estimate(sample.astype(float).tolist(), [1.0] * 80)
        assert figure.low is not None
        assert figure.high is not None
        holds += figure.low <= 0.3 <= figure.high
    assert 0.88 <= holds / 200 <= 0.99


def test_an_interval_over_few_texts_holds_the_truth_as_often() -> None:
    chance = np.random.default_rng(1)
    holds = 0
    for number in range(400):
        gains = chance.normal(2.0, 1.0, MIN_TEXTS).tolist()
        figure = ratio_estimate(gains, [1.0] * MIN_TEXTS, number)
        assert figure.low is not None
        assert figure.high is not None
        holds += figure.low <= 2.0 <= figure.high
    assert 0.92 <= holds / 400 <= 0.99  # percentiles of 2.5 and 97.5 % hold 89 times of 100


def spread(texts: int) -> float:
    """The width of an interval over texts that are all right or all wrong."""
    run = {
        Passage(f"{n}", "", "", 0, 1_000): [
            step(cursor, shown=True, correct=n % 2 == 0) for cursor in range(0, 1_000, 10)
        ]
        for n in range(texts)
    }
    figure = ratio_metrics(run)["precision"]
    assert figure.low is not None
    assert figure.high is not None
    return figure.high - figure.low


def test_texts_are_drawn_whole_where_there_are_enough() -> None:
    by_blocks, by_texts = spread(MIN_TEXTS - 2), spread(MIN_TEXTS)
    assert by_texts > 1.4 * by_blocks


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [1.0, 0.0, 3.0, 2.0]
    assert ratio_estimate(values, [1.0] * 4, 3) == ratio_estimate(values, [1.0] * 4, 3)
    assert ratio_estimate(values, [1.0] * 4, 3) != ratio_estimate(values, [1.0] * 4, 4)


def test_the_curve_goes_from_the_surest_to_all() -> None:
    steps = [step(i, shown=True, correct=i < 50, confidence=1 - i / 100) for i in range(100)]
    curve = precision_coverage_curve(steps, bins=10)
    assert [p.coverage for p in curve] == pytest.approx([n / 10 for n in range(1, 11)])
    assert curve[0].precision == 1
    assert curve[-1].precision == pytest.approx(0.5)


def test_the_picture_is_svg() -> None:
    picture = draw_curve(
        [CurvePoint("0.9", 0.1, 0.9), CurvePoint("0.1", 0.9, 0.3)], [CurvePoint("<sure>", 0.1, 0.9)], "a & b"
    )
    root = ElementTree.fromstring(picture)
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "<sure>" in texts
    assert "a & b" in texts


def test_one_block_has_no_interval() -> None:
    assert cell("precision", ratio_metrics(RUN)["precision"]) == "66.7% (no interval)"
    assert cell("precision", Estimate(0.5, 0.4, 0.6)) == "50.0% (40.0% to 60.0%)"
    assert difference_cell("precision", Estimate(0.05, -0.1, 0.2)) == "+5.0 (-10.0 to +20.0)"


def test_the_table_speaks_plainly() -> None:
    found = ratio_metrics(RUN)
    outcome = EvaluationReport(
        "m", "cpu", 0, 1, 15, 1.0, "balanced", found, {"balanced": found}, {"unsure": 1}, "/x.svg"
    )
    text = table(outcome)
    assert "Keystrokes saved" in text
    assert "73.3%" in text
    assert "Net seconds saved per 1,000 characters" in text
    assert "Right among places" in text
    assert "Right among ghosts" in text
    [row] = (line for line in text.splitlines() if line.split()[:4] == ["60", "words", "a", "minute"])
    assert row.count("no interval") == 3
    assert "unsure 1" in text
    assert outcome.as_object()["keystrokes_saved"]["value"] == pytest.approx(1 - 4 / 15)
