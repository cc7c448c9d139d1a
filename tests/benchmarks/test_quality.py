"""The arithmetic of the comparisons of quality, and that they run, on a small model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import context, paired
from tests.fakes import small_models
from writer.engine import loading
from writer.evaluation.documents import Passage

EASY = {"a": (40.0, 100.0), "b": (10.0, 100.0)}


def test_what_makes_a_text_hard_counts_for_neither() -> None:
    better = {name: (above + 5, below) for name, (above, below) in EASY.items()}
    found = paired.difference(better, EASY)
    assert (found.low, found.value, found.high) == pytest.approx((0.05, 0.05, 0.05))
    alone = paired.value(EASY, bounds=(0, 1))
    assert (alone.low, alone.value, alone.high) == pytest.approx((0, 0.25, 1))  # of two texts


def test_a_table_says_value_and_interval() -> None:
    assert paired.cell(paired.value(EASY, bounds=(0, 1))) == "25.0 % (0.0 to 100.0)"
    assert paired.cell(paired.difference(EASY, EASY), signed=True) == "+0.0 % (+0.0 to +0.0)"
    assert paired.cell(paired.value({})) == "-"


def test_less_context_is_compared_with_all_of_it(tmp_path: Path) -> None:
    text = " ".join(small_models.SENTENCES[:2])
    engine = loading.load(small_models.make_gpt2(tmp_path / "model", steps=0))
    passages = [Passage(name, "Foxes", text, start, start + 12) for name, start in (("a", 2), ("b", 50))]
    heard: list[int] = []
    try:
        runs = context.measure(engine, passages, lambda runs: heard.append(len(runs[context.WHOLE])))
    finally:
        engine.close()
    assert heard == [1, 2]
    found = context.rows(runs)
    assert [row["context"] for row in found] == list(context.VIEWS)
    assert found[0]["beside the whole"] == "+0.0 % (+0.0 to +0.0)"
    assert json.loads(json.dumps(found)) == found
    assert len(context.table(found).splitlines()) == 1 + len(found)
