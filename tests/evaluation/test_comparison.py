"""Two variants on the same texts: each figure of both, and the paired difference."""

from __future__ import annotations

import pytest

from tests.evaluation.test_metrics import step
from writer.evaluation.comparison import PairedReport, ReplayedVariant, comparison_table, paired_figures
from writer.evaluation.documents import MIN_TEXTS, Passage
from writer.evaluation.simulated_typist import ReplayStep


def variant(name: str, more: int, timed: bool = False) -> ReplayedVariant:
    """Texts that differ much, in each of which `more` keys of 100 are saved than without."""
    return ReplayedVariant(name, {text(n): steps(10 * n + more) for n in range(MIN_TEXTS)}, {}, timed)


def text(number: int) -> Passage:
    return Passage(f"{number}", "", "", 0, 100)


def steps(saved: int) -> list[ReplayStep]:
    taken = step(
        0,
        shown=True,
        correct=True,
        matched=1,
        offered=1,
        accepted=saved + 1,
        written=saved + 1,
        manual_keystrokes=saved + 1,
        milliseconds=20.0 + saved,
        cpu_seconds=0.01,
    )
    return [taken, *(step(cursor) for cursor in range(saved + 1, 100))]


def test_the_difference_is_paired_over_whole_texts() -> None:
    saved = paired_figures(variant("a", 5), variant("b", 2))["keystrokes_saved"]
    assert saved.one.value == pytest.approx(0.4)
    assert saved.other.value == pytest.approx(0.37)
    assert (saved.difference.value, saved.difference.low, saved.difference.high) == pytest.approx(
        (0.03, 0.03, 0.03)
    )
    assert saved.one.high is not None
    assert saved.one.low is not None
    assert saved.one.high - saved.one.low > 0.2  # between texts


def test_few_texts_are_paired_by_blocks() -> None:
    passage = Passage("one", "", "", 0, 1_000)
    run = [step(cursor, shown=True, correct=cursor % 3 == 0) for cursor in range(1_000)]
    other = [step(cursor, shown=True, correct=cursor % 4 == 0) for cursor in range(1_000)]
    pair = ReplayedVariant("a", {passage: run}), ReplayedVariant("b", {passage: other})
    found = paired_figures(*pair)["precision"].difference
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1 / 3 - 1 / 4 < found.high


def test_nothing_shown_has_no_difference() -> None:
    silent = ReplayedVariant("a", {text(n): [step(0)] for n in range(MIN_TEXTS)})
    found = paired_figures(silent, variant("b", 2))["precision"]
    assert found.one.value is None
    assert found.difference.value is None


def test_costs_are_compared_where_both_were_timed() -> None:
    assert "latency_p95" not in paired_figures(variant("a", 5), variant("b", 2, timed=True))
    found = paired_figures(variant("a", 5, timed=True), variant("b", 2, timed=True))
    assert found["latency_p50"].difference.value == pytest.approx(3)
    assert found["cpu_seconds"].difference.value == pytest.approx(0)
    assert found["cpu_seconds"].one.value == pytest.approx(0.1)


def test_the_table_names_both_and_the_difference() -> None:
    found = paired_figures(variant("a", 5, timed=True), variant("b", 2, timed=True))
    shown = comparison_table(PairedReport("m:sure", "m:often", "cpu", 0, 8, 800, 1.0, found)).splitlines()
    assert shown[0].startswith("8 texts, 800 characters")
    assert shown[1:3] == ["A: m:sure", "B: m:often"]
    [row] = (line for line in shown if line.strip().startswith("Keystrokes saved"))
    assert "40.0%" in row
    assert "+3.0 (+3.0 to +3.0)" in row
    [row] = (line for line in shown if "95 %" in line and "ms" in line)
    assert "+3 ms" in row
