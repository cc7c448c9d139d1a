"""The step that is chosen keeps what the base knew of others' texts, where one does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from writer.base.paths import resources_dir
from writer.corpus.overlap import largest_overlap
from writer.engine.loading import CONTEXT_TOKENS
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.training.callbacks import ValidationCallback
from writer.training.checkpoints import load_trainable_weights
from writer.training.events import Event, TrainingRequest, Validated
from writer.training.forgetting.general_text import MOST_RISE, TOLERANCE, general_rows
from writer.training.plan import Plan
from writer.training.run_folder import TrainingRun, TrainingRuns

PLAN = Plan("full", window=16, sequences=2, batch=2, steps=6, rate=1e-2, validate_every=1)
BASE = 2.0
FORGOTTEN = BASE + 2 * MOST_RISE


class Fit:
    """A fit whose model has one weight, the number of its steps, and given losses at each of them.

    `general` is None where there is no general text.
    """

    def __init__(self, run: TrainingRun, held_out: Sequence[float], general: Sequence[float] | None) -> None:
        self.model = torch.nn.Linear(1, 1, bias=False)
        self.plan = replace(PLAN, steps=len(held_out))
        self.device = torch.device("cpu")
        self.global_step, self.should_stop, self.is_global_zero = 0, False, True
        self.strategy = SimpleNamespace(broadcast=lambda value: value)
        self.told: list[Event] = []
        self.run = run
        self._held_out = [math.inf, *held_out]
        self._general = [BASE, *general] if general is not None else [0.0] * (len(held_out) + 1)
        self.callback = ValidationCallback(run, self, self.told.append, lambda _model: ())  # type: ignore[arg-type]

    def held_out_batches(self, _device: str) -> Iterator[str]:
        return iter(["held out"])

    def general_batches(self) -> Iterator[str]:
        return iter(["general"])

    def held_out_loss(self, batches: Iterator[str]) -> float:
        losses = self._held_out if next(batches) == "held out" else self._general
        return losses[self.global_step]

    def go(self, until: int = 1 << 30) -> None:
        """Fit until a step, or to the end."""
        self.callback.on_fit_start(self, self)  # type: ignore[arg-type]
        self.callback.on_train_start(self, self)  # type: ignore[arg-type]
        while self.global_step < min(until, self.plan.steps) and not self.should_stop:
            self.global_step += 1
            with torch.no_grad():
                self.model.weight.fill_(self.global_step)
            self.callback.on_train_batch_end(self, self, None, None, 0)  # type: ignore[arg-type]

    def chosen(self) -> int:
        """The step whose weights were saved."""
        load_trainable_weights(self.model, self.run.best)
        return int(self.model.weight.item())

    def validated(self) -> list[Validated]:
        return [event for event in self.told if isinstance(event, Validated)]


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    return TrainingRuns(tmp_path).new(TrainingRequest("letters"))


def test_a_lower_loss_does_not_count_where_too_much_is_forgotten(run: TrainingRun) -> None:
    fit = Fit(run, [3.0, 2.5, 2.0], [BASE, BASE + 0.9 * MOST_RISE, FORGOTTEN])
    fit.go()
    assert fit.chosen() == 2
    assert [(event.best, event.forgets) for event in fit.validated()] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_where_all_steps_forget_the_lowest_loss_is_chosen(run: TrainingRun) -> None:
    fit = Fit(run, [3.0, 2.0, 2.5], [FORGOTTEN + 0.2, FORGOTTEN + 0.1, FORGOTTEN])
    fit.go()
    assert fit.chosen() == 2
    assert all(event.forgets for event in fit.validated())


def test_a_step_that_keeps_is_chosen_before_better_ones_that_forgot(run: TrainingRun) -> None:
    fit = Fit(run, [2.0, 1.9, 2.2], [FORGOTTEN + 0.1, FORGOTTEN, BASE])
    fit.go()
    assert fit.chosen() == 3


def test_a_training_goes_on_while_what_was_forgotten_comes_back(run: TrainingRun) -> None:
    general = [FORGOTTEN + 1.0 - 0.1 * step for step in range(8)]
    fit = Fit(run, [3.0] * 8, general)
    fit.go()
    assert len(fit.validated()) == 8


def test_a_training_that_forgets_more_and_more_is_stopped(run: TrainingRun) -> None:
    fit = Fit(run, [3.0 - 0.1 * step for step in range(8)], [BASE, *(FORGOTTEN + step for step in range(7))])
    fit.go()
    assert len(fit.validated()) == 1 + PLAN.patience
    assert fit.chosen() == 1


def test_a_training_that_forgets_goes_on_while_its_texts_are_learned_and_no_step_kept(
    run: TrainingRun,
) -> None:
    fit = Fit(run, [3.0 - 0.1 * step for step in range(8)], [FORGOTTEN + step for step in range(8)])
    fit.go()
    assert fit.chosen() == len(fit.validated()) == 8


@pytest.mark.parametrize("language_is_known", [True, False])
def test_where_nothing_is_forgotten_the_lowest_loss_is_chosen(
    run: TrainingRun, language_is_known: bool
) -> None:
    fit = Fit(run, [3.0, 2.0, 2.5, 2.4, 2.3, 1.0], [BASE] * 6 if language_is_known else None)
    fit.go()
    assert fit.chosen() == 2
    assert len(fit.validated()) == 2 + PLAN.patience


def test_a_loss_that_is_no_number_ends_the_training_and_is_never_chosen(run: TrainingRun) -> None:
    fit = Fit(run, [math.nan, 1.0], [math.nan, BASE])
    fit.go()
    assert len(fit.validated()) == 1
    assert not run.best.exists()


def test_a_resumed_training_chooses_as_one_without_a_break(run: TrainingRun) -> None:
    held_out, general = [3.0, 2.8, 2.0, 2.7], [BASE, BASE, FORGOTTEN, BASE]
    first, second = (Fit(run, held_out, general) for _ in range(2))
    first.go(until=3)
    second.global_step = 3
    second.callback.load_state_dict(first.callback.state_dict())
    second.go()
    assert second.chosen() == 4
    assert [event.forgets for event in (*first.validated(), *second.validated())] == [
        False,
        False,
        True,
        False,
    ]


def test_a_training_of_an_earlier_version_goes_on_without_a_general_text(run: TrainingRun) -> None:
    fit = Fit(run, [3.0, 2.0, 1.0], [BASE, FORGOTTEN, FORGOTTEN])
    fit.go(until=1)
    fit.callback.load_state_dict({"best": 3.0, "worse": 0, "over": False})
    fit.go()
    assert fit.chosen() == 3
    assert not any(event.forgets for event in fit.validated())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("positions", "length"), [(64, 64), (32_768, CONTEXT_TOKENS)])
def test_the_general_text_is_read_as_the_engine_reads_it(
    gpt2: Path, language: str, positions: int, length: int
) -> None:
    """In rows of the training's window, a model got better at a text that it got worse at behind that."""
    vocabulary = load_vocabulary(gpt2)
    rows = general_rows(vocabulary, language, positions)
    start = vocabulary.special.start
    assert {tuple(row["input_ids"][: len(start)]) for row in rows} == {start}
    assert max(len(row["input_ids"]) for row in rows) == length
    text = b"".join(vocabulary.decode(row["input_ids"][len(start) :]) for row in rows)
    assert len(text.decode("utf-8")) > 600


def test_a_language_without_a_general_text_has_no_rows(gpt2: Path) -> None:
    assert list(general_rows(load_vocabulary(gpt2), "de", 64)) == []
    assert list(general_rows(load_vocabulary(gpt2), "", 64)) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_that_chooses_is_another_than_that_of_the_proof(language: str) -> None:
    folder = resources_dir() / "general"
    proof, choosing = (place / f"{language}.txt" for place in (folder, folder / "choosing"))
    assert largest_overlap([choosing.read_text("utf-8")], [proof.read_text("utf-8")]) == 0


def test_a_chosen_step_has_some_room_below_the_limit_of_the_proof() -> None:
    assert 0.5 * math.log(TOLERANCE) < MOST_RISE < math.log(TOLERANCE)
