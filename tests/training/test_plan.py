"""What a person chooses for a training is taken as it is, and what cannot be is one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from writer.base.errors import UserError
from writer.training.events import TrainingRequest
from writer.training.plan import EPOCHS, RANK, Plan, draft_plan, finish_plan, require_valid


def _draft(**choices: Any) -> Plan:
    return draft_plan(TrainingRequest(folder="/texts", **choices), "cpu", 1_000, 10**9, positions=128)


def test_without_choices_the_plan_decides() -> None:
    plan = _draft()
    assert (plan.rank, plan.window, plan.method, plan.rate) == (RANK, 128, "lora", 1e-3)
    request = TrainingRequest(folder="/texts")
    assert finish_plan(plan, request, 128_000, 0.0).steps == EPOCHS * 128_000 // (
        plan.sequences * plan.window
    )


def test_choices_are_taken() -> None:
    plan = _draft(rank=4, window=32, rate=5e-4, method="full")
    assert (plan.rank, plan.window, plan.rate, plan.method) == (4, 32, 5e-4, "full")
    assert plan.sequences * plan.window == _draft().sequences * _draft().window
    request = TrainingRequest(folder="/texts", epochs=7)
    assert finish_plan(plan, request, 32_000, 0.0).steps == 7 * 32_000 // (plan.sequences * plan.window) + 1


def test_a_step_reads_as_many_tokens_as_was_chosen() -> None:
    assert _draft(window=32, step_tokens=4_096).sequences == 4_096 // 32
    assert _draft(window=64, step_tokens=32).sequences == 1


@pytest.mark.parametrize(
    "choice",
    [
        *({"rank": 257}, {"rank": -1}, {"epochs": 101}, {"epochs": -1}, {"window": 15}, {"window": -1}),
        *(
            {"step_tokens": (1 << 20) + 1},
            {"step_tokens": -1},
            {"window": 129},
            {"rate": 1.5},
            {"rate": -1.0},
            {"rate": float("nan")},
        ),
    ],
)
def test_choices_out_of_range_are_one_sentence(choice: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"choose [^.]*\.$"):
        _draft(**choice)
    if choice != {"window": 129}:  # that depends on the model
        with pytest.raises(UserError):
            require_valid(TrainingRequest(folder="/texts", **choice))


def test_the_minutes_are_those_of_the_whole_training() -> None:
    """Half an hour was a quarter more: the base's own rows and the proof came on top of it."""
    request = TrainingRequest(folder="/texts", minutes=30)
    alone = finish_plan(_draft(), request, 10**9, 5.0)
    beside = finish_plan(_draft(), request, 10**9, 5.0, others=300)
    assert (alone.seconds, beside.seconds) == (1_800, 1_500)
    assert beside.steps == alone.steps - 60
    assert finish_plan(_draft(), request, 10**9, 5.0, others=10**6).seconds == 900
