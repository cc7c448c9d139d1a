"""The controllers that are made a moment after the start, and keys that come before them."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from writer.base.garbage import THRESHOLDS
from writer.engine.fake import FakeEngine
from writer.engine.protocol import Parameters, Token
from writer.suggestions.context import Context
from writer.ui.late_controllers import _ACTIONS, _NAMES, PAUSE_MS
from writer.ui.window.action_id import ActionId


@pytest.fixture
def hurried(start, monkeypatch):
    """A program whose late controllers are never made by themselves."""
    monkeypatch.setattr("writer.ui.late_controllers.LateControllers.start", lambda _late: None)
    return start(at_once=True)


def made(writing) -> list[str]:
    return [name for name in _NAMES if name in vars(writing.program.late)]


def test_all_are_made_while_the_window_rests(start):
    writing = start(at_once=True)
    assert gc.get_threshold() > THRESHOLDS
    writing.until(lambda: made(writing) == list(_NAMES))
    assert gc.get_threshold() == THRESHOLDS
    writing.key("Ctrl+F")
    writing.until(lambda: writing.program.late.search.bar.isVisible())


class Thinking(FakeEngine):
    """An engine that answers once `answers` is set, whether cancelled or not."""

    def __init__(self) -> None:
        super().__init__({})
        self.answers = threading.Event()

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Answer with silence, after a while."""
        self.answers.wait(20)
        yield from super().continue_text(context, parameters, cancelled)


def test_all_but_the_first_wait_for_the_answer_to_a_key(start):
    engine = Thinking()
    writing = start(at_once=True, engine=engine)
    writing.type("O")
    writing.until(lambda: made(writing))
    writing.run(5 * PAUSE_MS / 1000)
    assert writing.suggestions.busy
    assert made(writing) == ["authorship"]
    engine.answers.set()
    writing.until(lambda: made(writing) == list(_NAMES))


def test_an_answer_that_takes_long_is_not_waited_for(start, monkeypatch):
    monkeypatch.setattr("writer.ui.late_controllers.PATIENCE_SECONDS", 0.0)
    engine = Thinking()
    writing = start(at_once=True, engine=engine)
    writing.type("O")
    writing.until(lambda: made(writing) == list(_NAMES))
    assert writing.suggestions.busy
    engine.answers.set()


def test_keys_that_come_earlier_do_what_they_do_later(hurried):
    assert made(hurried) == []
    hurried.type("One.")
    hurried.key("Ctrl+F")
    assert made(hurried) == list(_NAMES)
    assert hurried.program.late.search.bar.isVisible()
    hurried.key("Escape")
    hurried.key("F4")
    assert hurried.program.late.explanation.panel.isVisible()
    hurried.key("F4")
    assert not hurried.program.late.explanation.panel.isVisible()


def test_an_early_switch_is_switched_once(hurried):
    hurried.key("F4")
    assert hurried.program.late.explanation.panel.isVisible()


def test_an_early_switch_knows_what_it_was_switched_to(hurried, tmp_path):
    (tmp_path / "one.md").touch()
    hurried.program.late.project.open_folder(tmp_path)
    hurried.until(lambda: hurried.program.late.project.listing)
    panel, switch = hurried.program.late.project.panel, hurried.actions[ActionId.VIEW_FOLDER]
    assert panel.isVisible()
    switch.trigger()
    assert not panel.isVisible()
    switch.trigger()
    assert panel.isVisible()


def test_a_controller_that_is_there_already_is_asked_once(hurried):
    assert not hurried.program.late.explanation.panel.isVisible()
    hurried.key("F4")
    assert hurried.program.late.explanation.panel.isVisible()


def test_the_actions_of_the_late_controllers_are_known(hurried):
    def receivers() -> dict[ActionId, int]:
        return {name: hurried.actions[name].receivers("2triggered(bool)") for name in ActionId}

    before = receivers()
    hurried.program.late.make_all()
    after = receivers()
    assert all(after[name] >= before[name] for name in _ACTIONS)
    more = {name for name in ActionId if after[name] > before[name]}
    bar = {ActionId.FIND_REPLACE, ActionId.FIND_REPLACE_ALL}  # of no use without it
    correction = {ActionId.SUGGEST_CORRECT, ActionId.SUGGEST_DISMISS, ActionId.SUGGEST_READ}
    others = more - set(_ACTIONS) - bar - correction
    assert others == {ActionId.VIEW_COUNTS}  # which adds the words of the folder


def test_a_program_that_ends_at_once_ends_well(hurried):
    hurried.close()


STARTED = """
import sys, tempfile
from pathlib import Path
from writer.engine.fake import FakeEngine
from writer.ui.application import Application
from writer.ui.startup import Startup, make_application

startup = Startup(make_application(), Path(tempfile.mkdtemp()))
startup.show()
program = Application(startup, lambda _settings, _language: (lambda: FakeEngine({}), "fake"))
print(*sorted(name for name in sys.modules if name.startswith("writer.")))
"""


def test_the_start_does_not_import_them(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", STARTED],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(done.stdout.split())
    assert "writer.ui.controllers.view" in modules
    late = (
        *("project", "printing", "search", "spelling", "explanation", "alternatives", "links"),
        *("retraining", "authorship", "follower"),
    )
    found = {name for name in modules if name.startswith("writer.ui.controllers.") and name.endswith(late)}
    assert found == set()
    services = {"writer.app.documents.spelling_service", "writer.app.documents.search_service"}
    assert not [name for name in modules if name.startswith("writer.training.retraining")]
    assert not modules & services
