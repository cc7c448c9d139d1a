"""A training that is killed or told to end goes on as if nothing had been: real processes, real signals."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from tests.training.kill_helpers import (
    Home,
    hashes,
    kill_anywhere,
    kill_within_writing,
    server,
    weights,
    writes,
)
from tests.training.sample_folders import only
from writer.training import events

WORDS = (
    "--method",
    "full",
    "--max-steps",
    "12",
    "--rate",
    "1e-2",
    "--characters",
    "300",
    "--weight",
    "2024-01-0[1-3]*=2.5",
    "--save-every",
    "0",
)


@pytest.fixture(scope="module")
def make_home(gpt2: Path, texts: Path, tmp_path_factory: pytest.TempPathFactory):
    context, words = server(), (str(texts), "--base", str(gpt2), *WORDS)
    return lambda name: Home(tmp_path_factory.mktemp(name), words, context)


@pytest.fixture(scope="module")
def undisturbed(make_home) -> Path:
    """The model of a training that nothing interrupts."""
    home = make_home("undisturbed")
    child = home.start()
    assert child.wait() == 0
    (model,) = home.models()
    return model


def test_killed_trainings_end_with_the_weights_of_an_undisturbed_one(
    make_home, gpt2: Path, undisturbed: Path
) -> None:
    base, chance, home = hashes(gpt2), random.Random(7), make_home("killed")
    inside = saved = 0
    while inside < 2:
        child = home.start()
        inside += kill_within_writing(home, child, chance, 0.5)
        assert child.begins_behind(saved)
        saved = child.saved(saved)
        assert home.models() == []
    child = home.start()
    child.until(lambda: child.saved(0) > 0)
    kill_anywhere(child, chance, 0.2)
    saved = child.saved(saved)
    child = home.start()
    assert child.wait() == 0
    assert child.begins_behind(saved)
    (model,) = home.models()
    assert weights(model) == weights(undisturbed)
    assert home.run() is None
    assert hashes(gpt2) == base


def test_a_training_that_is_told_to_end_saves_what_it_has(make_home, undisturbed: Path) -> None:
    home = make_home("told")
    home.words = (*home.words[:-1], "3600")
    child = home.start()
    assert child.until(lambda: any(isinstance(event, events.StepFinished) for event in child.told()))
    assert child.end(signal.SIGTERM) == 1
    stopped = only(events.Stopped, child.told())
    saved = only(events.Saved, child.told())
    assert isinstance(stopped, events.Stopped)
    assert isinstance(saved, events.Saved)
    assert (stopped.run, stopped.step) == (home.run().name, saved.step)
    child = home.start()
    assert child.wait() == 0
    assert (
        next(event.step for event in child.told() if isinstance(event, events.StepFinished)) == saved.step + 1
    )
    (model,) = home.models()
    assert weights(model) == weights(undisturbed)


def test_a_training_that_is_told_to_end_while_it_saves_ends_after_the_next_step(make_home) -> None:
    home = make_home("told-inside")
    child = home.start()
    assert child.until(writes(home))
    assert child.end(signal.SIGTERM) == 1
    stopped = only(events.Stopped, child.told())
    assert isinstance(stopped, events.Stopped)
    assert stopped.step == child.saved(0)
    assert home.models() == []
