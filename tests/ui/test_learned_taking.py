"""What becomes of suggestions in the real program moves the gate; switched off or cleared it does not."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from writer.app.suggestions.learned_taking import FILE_NAME
from writer.base import paths
from writer.documents.authorship.batches import Outcome
from writer.settings.schema import SUGGESTIONS_LEARN
from writer.suggestions.taking_model import ENOUGH, UNLEARNED, TakingModel
from writer.ui.settings_pages.privacy import PrivacyBox

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise\\(")


@pytest.fixture
def read(start) -> Callable[..., object]:
    """Start with a ghost that has been read for a second."""

    def begin(typed: str = "We", ghost: str = " ran home.") -> object:
        writing = start({typed: ghost})
        taking = writing.program.container.taking
        now = [0.0]
        taking._clock = lambda: now[0]
        writing.type(typed)
        assert writing.ghost() == ghost
        now[0] += 1.0
        return writing

    return begin


def test_a_ghost_that_is_typed_past_is_learned_from(read):
    writing = read()
    taking = writing.program.container.taking
    writing.type("x")
    writing.until(lambda: taking.model.outcomes == 1)
    assert taking.model.weights[0] < 0
    assert taking._situation.refused


def test_a_ghost_that_nobody_could_read_teaches_nothing(read):
    writing = read()
    taking = writing.program.container.taking
    taking._clock = lambda: 0.1
    writing.type("x")
    assert taking.model.outcomes == 0


def test_an_accepted_one_is_learned_from_by_what_is_kept_of_it(read):
    writing = read()
    taking = writing.program.container.taking
    writing.key("Tab")
    assert taking.model.outcomes == 0
    taking.record_kept(Outcome(0.0, 10, 5, later=True))
    assert taking.model.outcomes == 0
    taking.record_kept(Outcome(0.0, 10, 10, later=False))
    assert taking.model.outcomes == 1
    all_kept = taking.model.weights[0]
    other = TakingModel().learned(taking._situation, 5, 0.5, 0.0)
    assert all_kept > other.weights[0]


def test_what_is_learned_outlives_the_program_in_a_private_file_of_numbers(read, start):
    writing = read()
    writing.type("x")
    writing.program.container.taking.save()
    file = paths.state_dir() / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    stored = json.loads(file.read_text())
    assert set(stored) == {"weights", "squares", "outcomes", "lately"}
    assert all(isinstance(one, int | float) for one in (*stored["weights"], *stored["squares"]))
    assert start().program.container.taking.model.outcomes == 1


def test_switched_off_nothing_is_learned_or_used(read):
    writing = read()
    taking = writing.program.container.taking
    taking.model = TakingModel(weights=(-2.0, *[0.0] * 5), outcomes=ENOUGH)
    assert taking.leaning() != UNLEARNED
    writing.settings.set(SUGGESTIONS_LEARN, False)
    assert taking.leaning() == UNLEARNED
    writing.type("x")
    assert taking.model.outcomes == ENOUGH


def test_it_raises_the_threshold_of_the_next_request(read):
    writing = read()
    container = writing.program.container
    before = container._rules.rules().gate.threshold(0, 2)
    container.taking.model = TakingModel(weights=(-2.0, *[0.0] * 5), outcomes=ENOUGH)
    assert container._rules.rules().gate.threshold(0, 2) > before


def test_privacy_forgets_it(read, qtbot):
    writing = read()
    taking = writing.program.container.taking
    writing.type("x")
    taking.save()
    box = PrivacyBox(lambda _name: None, lambda name: name == "taking" and taking.clear())
    qtbot.addWidget(box)
    box.rows["taking"].clear.click()
    assert not (paths.state_dir() / FILE_NAME).exists()
    assert taking.model == TakingModel()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"weights": [1]}', json.dumps({"weights": [1e99] * 6, "squares": [1] * 6})]
)
def test_a_damaged_file_is_begun_anew(start, content):
    (paths.state_dir() / FILE_NAME).write_text(content)
    assert start().program.container.taking.model == TakingModel()
