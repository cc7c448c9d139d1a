"""The time of a training on a clock of the test: what is left falls with it, and the steps fit into it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from writer.training.events import TrainingRequest
from writer.training.plan import LEAST_STEPS, VALIDATION_TOKENS, Plan, finish_plan, validation_seconds
from writer.training.timing.estimates import StageTime
from writer.training.timing.pace import Pace

STEP = 30.0
"""Seconds of a step on the machine that the probe saw."""

DRAFT = Plan("lora", window=256, sequences=4, batch=1, steps=8, rate=1e-3, validate_every=1)
PLAN = finish_plan(DRAFT, TrainingRequest("letters", minutes=25), 1_000_000, STEP)
VALIDATION = validation_seconds(PLAN, "cpu", STEP / PLAN.sequences)


class Machine:
    """A machine on which all takes `slower` times as long as the probe saw; its clock is `now`."""

    def __init__(self, slower: float = 1.0) -> None:
        self.now = 0.0
        self.slower = slower
        self.left: list[tuple[float, float]] = []
        """The time and what was left of it, after each step."""

    def pace(self) -> Pace:
        return Pace(VALIDATION_TOKENS["cpu"] // PLAN.window, lambda: self.now)

    def fit(self, plan: Plan, pace: Pace, first: int = 1, last: int = 1 << 30) -> Plan:
        """Fit from step `first` to `last`, or to the end; returns the plan then."""
        for step in itertools.count(first):
            if step > min(plan.steps, last):
                return plan
            pace.begin_step(plan.validates_after(step - 1))
            self.now += STEP * self.slower
            pace.end_step()
            plan = pace.plan_again(plan, step)
            self.left.append((self.now, pace.seconds_left(plan, step)))
            if plan.validates_after(step):
                self.now += VALIDATION * self.slower
        raise AssertionError


def test_the_steps_and_validations_of_a_plan_fit_into_the_minutes() -> None:
    machine = Machine()
    assert machine.fit(PLAN, machine.pace()) is PLAN
    assert PLAN.seconds - STEP - VALIDATION < machine.now <= PLAN.seconds


@pytest.mark.parametrize("slower", [0.3, 1.0, 1.05, 2.5])
def test_what_is_left_falls_as_the_clock_goes(slower: float) -> None:
    machine = Machine(slower)
    machine.fit(PLAN, machine.pace())
    ends = [now + left for now, left in machine.left[3:]]
    assert ends == pytest.approx([machine.now] * len(ends), rel=0.1)
    falling = [left for _, left in machine.left[3:]]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("slower", [1.3, 2.5, 4.0])
def test_a_slower_machine_makes_fewer_steps_within_the_minutes(slower: float) -> None:
    machine = Machine(slower)
    plan = machine.fit(PLAN, machine.pace())
    assert LEAST_STEPS <= plan.steps < PLAN.steps
    assert machine.now <= plan.seconds
    assert machine.now > 0.8 * plan.seconds
    assert plan.rate_factor(plan.steps) == pytest.approx(0.05)


def test_a_faster_machine_makes_more_steps_up_to_those_of_the_epochs() -> None:
    machine = Machine(0.25)
    plan = machine.fit(PLAN, machine.pace())
    assert plan.steps > 3 * PLAN.steps
    assert 0.8 * plan.seconds < machine.now <= plan.seconds
    few = replace(PLAN, most_steps=PLAN.steps + 1)
    assert machine.fit(few, machine.pace()).steps <= PLAN.steps + 1


def test_a_machine_that_becomes_slow_late_still_ends_in_time() -> None:
    machine = Machine()
    pace = machine.pace()
    half = machine.fit(PLAN, pace, last=20)
    machine.slower = 3.0
    plan = machine.fit(half, pace, first=21)
    assert plan.steps < PLAN.steps
    assert machine.now <= plan.seconds + machine.slower * (STEP + VALIDATION)


def test_a_pause_is_no_time_of_the_training() -> None:
    machine = Machine()
    pace = machine.pace()
    plan = machine.fit(PLAN, pace, last=5)
    machine.now += 10_000
    pace.skip_pause()
    assert machine.fit(plan, pace, first=6) is PLAN
    assert pace.spent <= PLAN.seconds


def test_a_resumed_training_has_only_what_was_left_of_its_time() -> None:
    machine = Machine(2.0)
    pace = machine.pace()
    plan = machine.fit(PLAN, pace, last=6)
    assert plan is not PLAN
    saved = pace.state_dict()
    machine.now += 10_000
    resumed = machine.pace()
    resumed.load_state_dict(saved)
    assert resumed.seconds_left(plan, 6) == pytest.approx(pace.seconds_left(plan, 6))
    assert machine.fit(plan, resumed, first=7) is plan
    assert resumed.spent <= plan.seconds


@pytest.mark.parametrize("limit", [{"minutes": 0.0}, {"max_steps": 40}])
def test_steps_that_the_minutes_do_not_limit_stay(limit: dict[str, float]) -> None:
    plan = finish_plan(
        DRAFT, TrainingRequest("letters", **limit), 1_000_000, STEP * bool("max" in str(limit))
    )
    machine = Machine(5.0)
    assert machine.fit(plan, machine.pace(), last=30) is plan


def test_the_schedule_goes_on_from_where_it_was() -> None:
    plan = replace(PLAN, steps=100, warm_up=10)
    factors = [plan.rate_factor(step) for step in range(101)]
    for done in (3, 10, 40):
        shorter = plan.with_steps(60, done)
        assert [shorter.rate_factor(step) for step in range(done + 1)] == factors[: done + 1]
        assert shorter.rate_factor(60) == pytest.approx(0.05)
        rates = [shorter.rate_factor(step) for step in range(61)]
        top = rates.index(max(rates))
        assert rates[top:] == sorted(rates[top:], reverse=True)
        assert max(abs(a - b) for a, b in itertools.pairwise(rates)) < 0.3
    longer = plan.with_steps(60, 40).with_steps(80, 50)
    assert longer.rate_factor(50) == plan.with_steps(60, 40).rate_factor(50)
    assert longer.rate_factor(80) == pytest.approx(0.05)


def test_the_time_of_a_stage_is_expected_at_first_and_then_measured() -> None:
    now = 0.0
    stage = StageTime(100, 50.0, lambda: now)
    assert stage.left(0) == pytest.approx(50.0)
    ends = []
    for done in range(1, 101):
        now = 2.0 * done
        left = stage.left(done)
        assert left is not None
        ends.append(now + left)
    assert ends == sorted(ends)
    assert ends[-1] == 200.0
    assert ends[30] > 150.0


def test_a_stage_of_which_nothing_is_known_has_no_time() -> None:
    now = 3.0
    stage = StageTime(10, clock=lambda: now)
    assert stage.left(0) is None
    now = 5.0
    assert stage.left(5) == pytest.approx(2.0)
    assert stage.left(11) == 0  # the last word of a passage may reach beyond its end
