"""Rows that the base model writes are learned with the others, the same after a kill."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes import small_models
from writer.corpus.mixture import RowGroup
from writer.training.events import Event, TrainingRequest
from writer.training.forgetting.amount import EVERY
from writer.training.forgetting.rehearsal import MixedRows, load, rehearsed_rows
from writer.training.lora import load_base, prepare_model
from writer.training.plan import Plan
from writer.training.run_folder import TrainingRun, TrainingRuns

pytestmark = pytest.mark.filterwarnings("ignore")  # as `silence_libraries` does where the program trains

PLAN = Plan("lora", window=16, sequences=4, batch=4, steps=10, rate=1e-3, validate_every=9)


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    return TrainingRuns(tmp_path).new(TrainingRequest("letters"))


def made(run: TrainingRun, llama: Path, stop: bool = False, told: list[Event] | None = None) -> Any:
    model = prepare_model(load_base(llama), PLAN)
    with small_models.one_thread():
        return rehearsed_rows(
            run, model, PLAN, "cpu", (0,), lambda: stop, ([] if told is None else told).append
        )


def test_a_share_of_the_steps_is_written_by_the_base_and_kept_for_a_resumed_run(
    llama: Path, run: TrainingRun
) -> None:
    rows = made(run, llama)
    assert rows.shape == (round(PLAN.steps * PLAN.sequences / EVERY), PLAN.window)
    assert set(rows[:, 0]) == {0}
    told: list[Event] = []
    assert np.array_equal(made(run, llama, told=told), rows)
    assert told == []
    for file in run.path.glob("*.safetensors"):
        file.write_bytes(b"damaged")
    assert load(run) is None
    assert np.array_equal(made(run, llama), rows)


def test_a_training_that_began_without_them_goes_on_so_and_damaged_ones_are_made_again(
    llama: Path, run: TrainingRun
) -> None:
    rows = made(run, llama)
    run.checkpoint.write_bytes(b"a checkpoint")
    file = next(run.path.glob("*.safetensors"))
    file.write_bytes(b"damaged")
    assert np.array_equal(made(run, llama), rows)
    file.unlink()
    assert made(run, llama).shape == (0, PLAN.window)


def test_a_stop_ends_the_writing_and_nothing_is_kept(llama: Path, run: TrainingRun) -> None:
    assert made(run, llama, stop=True).shape[1] < PLAN.window
    assert load(run) is None


@pytest.mark.parametrize(("texts", "rehearsed"), [(9, 1), (90, 3), (90, 40), (1, 1), (8, 1), (95, 2)])
def test_every_tenth_row_is_a_rehearsed_one_in_turn(texts: int, rehearsed: int) -> None:
    own = [{"input_ids": [n]} for n in range(texts)]
    rows = MixedRows(own, np.arange(1_000, 1_000 + rehearsed, dtype=np.int32).reshape(-1, 1))
    found = [int(rows[index]["input_ids"][0]) for index in range(len(rows))]
    assert [n for n in found if n < 1_000] == list(range(texts))
    others = found[EVERY - 1 :: EVERY]
    assert others == [1_000 + n % rehearsed for n in range(texts // (EVERY - 1))]


@pytest.mark.parametrize("sizes", [(9, 9), (10, 1, 30), (1, 0, 8, 17), (100,)])
def test_rehearsed_rows_belong_to_the_groups_between_whose_rows_they_stand(sizes: tuple[int, ...]) -> None:
    starts = list(accumulate(sizes, initial=0))
    own = [{"input_ids": [n]} for n in range(starts[-1])]
    rows = MixedRows(own, np.full((3, 1), 1_000, np.int32))
    groups = rows.groups([RowGroup(size, 0, 1.0 + n) for n, size in enumerate(sizes)])
    assert [group.readings for group in groups] == [1.0 + n for n in range(len(sizes))]
    ends = list(accumulate(group.rows for group in groups))
    assert ends[-1] == len(rows)
    for first, last, size, end in zip(starts, starts[1:], sizes, ends, strict=False):
        found = [int(rows[index]["input_ids"][0]) for index in range(end)]
        assert [n for n in found if n < 1_000] == list(range(last)), (first, size)


def test_without_rehearsed_rows_there_are_only_texts() -> None:
    own = [{"input_ids": [n]} for n in range(20)]
    rows = MixedRows(own, np.zeros((0, 4), np.int32))
    assert [rows[index] for index in range(len(rows))] == own
