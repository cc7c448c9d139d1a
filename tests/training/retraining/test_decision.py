"""What is done now about texts that another base could learn, in every situation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.training.retraining.decision import (
    FREE_LOAD,
    IDLE_SECONDS,
    PAUSE_SECONDS,
    Situation,
    Step,
    decide,
)

QUIET = Situation(answer="yes", wanted=True, untouched=IDLE_SECONDS, load=FREE_LOAD)
RUNNING = replace(QUIET, running="own", stage="fitting", load=1.0)
PAUSED = replace(QUIET, running="own", stage="fitting", paused=5.0)

CASES: list[tuple[Situation, Step]] = [
    (Situation(), "wait"),
    (replace(QUIET, wanted=False), "wait"),
    (replace(QUIET, answer="ask"), "ask"),
    (replace(QUIET, answer="ask", untouched=0.0, load=1.0, on_battery=True), "ask"),
    (replace(QUIET, answer="no"), "wait"),
    (replace(QUIET, answer="ask", obstacle=True), "tell"),
    (replace(QUIET, obstacle=True, untouched=0.0), "tell"),
    (replace(QUIET, answer="no", obstacle=True), "wait"),
    (QUIET, "start"),
    (replace(QUIET, untouched=IDLE_SECONDS - 1), "wait"),
    (replace(QUIET, load=FREE_LOAD + 0.01), "wait"),
    (replace(QUIET, on_battery=True), "wait"),
    (replace(QUIET, running="other"), "wait"),
    (replace(QUIET, running="other", answer="ask"), "wait"),
    (RUNNING, "wait"),
    (replace(RUNNING, untouched=0.0), "pause"),
    (replace(RUNNING, stage="comparing", untouched=0.0), "pause"),
    (replace(RUNNING, stage="reading", untouched=0.0), "stop"),
    (replace(RUNNING, on_battery=True), "pause"),
    (replace(RUNNING, stage="measuring", on_battery=True), "stop"),
    (replace(RUNNING, stage="publishing", wanted=False, untouched=0.0), "wait"),
    (replace(RUNNING, wanted=False), "stop"),
    (replace(RUNNING, answer="no"), "stop"),
    (PAUSED, "go on"),
    (replace(PAUSED, load=1.0), "wait"),
    (replace(PAUSED, untouched=0.0), "wait"),
    (replace(PAUSED, on_battery=True), "wait"),
    (replace(PAUSED, on_battery=True, paused=PAUSE_SECONDS), "stop"),
    (replace(PAUSED, untouched=0.0, paused=PAUSE_SECONDS), "stop"),
    (replace(PAUSED, wanted=False), "stop"),
]


@pytest.mark.parametrize(("now", "step"), CASES)
def test_each_situation_has_its_step(now: Situation, step: Step) -> None:
    assert decide(now) == step


situations = st.builds(
    Situation,
    answer=st.sampled_from(("ask", "yes", "no")),
    wanted=st.booleans(),
    obstacle=st.booleans(),
    running=st.sampled_from(("none", "own", "other")),
    stage=st.sampled_from(("scanning", "fitting", "comparing", "publishing")),
    paused=st.none() | st.floats(0, 1e6),
    untouched=st.floats(0, 1e6),
    load=st.floats(0, 1),
    on_battery=st.booleans(),
)


@given(situations)
def test_nothing_runs_against_the_word_of_the_user_or_while_they_write(now: Situation) -> None:
    step = decide(now)
    if step in ("start", "go on"):
        assert (now.answer, now.wanted, now.on_battery) == ("yes", True, False)
        assert now.untouched >= IDLE_SECONDS
        assert now.load <= FREE_LOAD
    if now.running == "own" and now.paused is None and now.stage != "publishing" and step == "wait":
        assert now.answer == "yes"
        assert now.is_free
    if now.running == "other":
        assert step == "wait"
    if step in ("ask", "tell"):
        assert now.running == "none"
        assert now.answer != "no"
