"""A real fit on a clock of the test: it is planned again and ends in time; resumed, it ends the same way."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.fakes import small_models
from writer.training import events
from writer.training.control import StoppedEarly, TrainingControl
from writer.training.data_module import TokenDataModule
from writer.training.events import Event, Replanned, StepFinished, TrainingRequest
from writer.training.lora import load_base, prepare_model
from writer.training.plan import Plan
from writer.training.run_folder import TrainingRun, TrainingRuns
from writer.training.trainer import FitJob, fit

pytestmark = pytest.mark.filterwarnings("ignore")  # as `silence` does where the program trains

SEQUENCE = 20.0
"""Seconds of training on one sequence, twice what the plan counts with."""

PLAN = Plan(
    "full",
    window=16,
    sequences=2,
    batch=2,
    steps=30,
    rate=1e-2,
    validate_every=5,
    warm_up=3,
    seconds=30 * 20.0 + 6 * 10.0,
    most_steps=90,
)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.make_llama(tmp_path_factory.mktemp("models") / "untrained", steps=0)


class Machine:
    """A machine that trains: its clock goes on with each sequence that the model reads.

    Where it is `uneven`, a sequence takes up to that share more or less time than another.
    """

    def __init__(self, base: Path, uneven: float = 0.0) -> None:
        self.now = 0.0
        self._draw = random.Random(1)
        self._uneven = uneven
        self.told: list[Event] = []
        self._base = base

    def fit(self, run: TrainingRun, stop_after: int = 0) -> dict[str, torch.Tensor]:
        """Fit by the plan of `run`, until it is told to stop after a step; returns the weights."""
        plan = run.plan()
        assert plan is not None
        model = prepare_model(load_base(self._base), plan)
        model.register_forward_pre_hook(self._pass_time, with_kwargs=True)
        control = TrainingControl()

        def on_event(event: Event) -> None:
            self.told.append(event)
            if isinstance(event, StepFinished) and event.step == stop_after:
                control.send("stop")

        generator = torch.Generator().manual_seed(0)
        rows = [{"input_ids": row.tolist()} for row in torch.randint(1, 200, (16, 16), generator=generator)]
        with small_models.one_thread():
            job = FitJob(
                run, plan, model, TokenDataModule(rows, rows[:1], plan), "cpu", lambda each: 10 * each
            )
            fit(job, control, on_event, lambda _model: (), lambda: self.now)
        return {name: weight.detach().clone() for name, weight in model.named_parameters()}

    def steps(self) -> list[StepFinished]:
        return [event for event in self.told if isinstance(event, StepFinished)]

    def _pass_time(self, model: Any, _given: Any, named: dict[str, Any]) -> None:
        seconds = SEQUENCE * (1 + self._uneven * self._draw.uniform(-1, 1))
        self.now += len(named["input_ids"]) * seconds * (1 if model.training else 0.5)


def make_run(folder: Path) -> TrainingRun:
    run = TrainingRuns(folder).new(TrainingRequest("letters", save_every=1e9))
    run.save_plan(PLAN)
    return run


def test_a_fit_on_a_slow_machine_ends_in_time_also_when_it_is_resumed(
    untrained: Path, tmp_path: Path
) -> None:
    machine, run = Machine(untrained), make_run(tmp_path / "undisturbed")
    weights = machine.fit(run)
    plan, steps = run.plan(), machine.steps()
    assert plan is not None
    assert 10 < plan.steps < 20
    assert [event.step for event in steps] == list(range(1, plan.steps + 1))
    assert machine.now <= PLAN.seconds
    assert [(e.step, e.before, e.steps) for e in machine.told if isinstance(e, Replanned)] == [
        (3, PLAN.steps, plan.steps)
    ]
    assert [event.steps for event in steps] == [PLAN.steps] * 2 + [plan.steps] * (plan.steps - 2)
    validated = [event.step for event in machine.told if isinstance(event, events.Validated)]
    assert validated[-1] == plan.steps
    assert steps[-1].left == pytest.approx(10 * SEQUENCE + SEQUENCE / 2)
    left = [event.left or 0.0 for event in steps[2:]]
    assert left == sorted(left, reverse=True)

    stopped, run = Machine(untrained), make_run(tmp_path / "stopped")
    for stop_after in (2, 5):
        with pytest.raises(StoppedEarly):
            stopped.fit(run, stop_after)
        stopped.now += 10_000
    assert run.plan() == plan
    after = stopped.fit(run)
    assert run.plan() == plan
    assert all(torch.equal(after[name], weight) for name, weight in weights.items())


def test_a_new_plan_is_told_where_it_differs_noticeably_from_the_last_one_told(
    untrained: Path, tmp_path: Path
) -> None:
    machine, run = Machine(untrained, uneven=0.5), make_run(tmp_path)
    machine.fit(run)
    plan = run.plan()
    assert plan is not None
    told = [(event.before, event.steps) for event in machine.told if isinstance(event, Replanned)]
    assert 0 < len(told) < len(plan.replanned)
    assert [before for before, _ in told] == [PLAN.steps, *(steps for _, steps in told[:-1])]
    assert all(abs(steps - before) > 0.1 * before for before, steps in told)
    assert abs(plan.steps - told[-1][1]) <= 0.1 * told[-1][1]
