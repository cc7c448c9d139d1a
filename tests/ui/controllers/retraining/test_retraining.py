"""The question about another base in the real window: asked calmly and once; keys make a training wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.training.retraining.store_of_models import add_model, add_personal
from writer.app.training.retraining_service import Machine
from writer.base import paths
from writer.models.store import ModelStore
from writer.settings.personalise_schema import PERSONALISE_AGAIN
from writer.settings.schema import LANGUAGE_WINDOW, MODEL_NAME
from writer.training.events import TrainingRequest
from writer.training.retraining.decision import IDLE_SECONDS
from writer.training.run_folder import TrainingRuns
from writer.ui.controllers.retraining.retraining import RetrainingController, this_machine


class Room:
    """The program with its own controller, on a machine whose clock the test sets."""

    def __init__(self, writing, texts: Path) -> None:
        self.writing = writing
        self.texts = texts
        self.now, self.on_battery = 1000.0, False
        self.started: list[str] = []
        writing.program.container.training.resume = self.started.append
        container = writing.program.container
        machine = Machine(lambda: self.now, lambda: 0.0, lambda: self.on_battery)
        self.controller = RetrainingController(
            writing.window, container, writing.settings, writing.program.loop, machine
        )

    def personalise(self) -> None:
        """Have a personal model, which writes from now on."""
        store = ModelStore(paths.models_dir())
        for name in ("first", "second"):
            add_model(store, name, "en")
        add_personal(store, "personal-1", "first", TrainingRequest(str(self.texts), languages=("en",)))
        self.writing.settings.set(MODEL_NAME, "personal-1")
        self.writing.until(lambda: self.controller.service is not None)

    def choose_second(self) -> None:
        self.writing.settings.set(MODEL_NAME, "second")
        self.writing.until(lambda: self.bar is not None and self.bar.isVisible())

    @property
    def bar(self):
        return self.controller.bar

    def rest(self) -> None:
        """Let time pass, and wait for what comes of it."""
        service = self.controller.service
        self.now += IDLE_SECONDS
        service.tick()
        self.writing.until(lambda: not service._pool.busy)


@pytest.fixture
def room(start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Room]:
    monkeypatch.setattr("writer.ui.late_controllers.LateControllers.start", lambda _late: None)
    texts = tmp_path / "texts"
    texts.mkdir()
    writing = start(at_once=True)
    room = Room(writing, texts)
    yield room
    writing.program.loop.run_until_complete(room.controller.close())


def test_nothing_is_made_without_a_personal_model(room: Room) -> None:
    assert room.controller.service is None
    room.personalise()
    assert room.bar is None


def test_the_question_takes_nothing_and_yes_is_kept(room: Room) -> None:
    room.personalise()
    room.choose_second()
    writing = room.writing
    assert writing.editor.hasFocus()
    writing.type("One.")
    assert writing.text == "One."
    assert room.bar.text.text() == (
        "Shall your texts be learned again for Second, when this computer is idle and on mains?"
    )
    writing.settings.set(LANGUAGE_WINDOW, "zh")
    writing.until(lambda: room.bar.yes.text() == "是")
    assert "Second" in room.bar.text.text()
    writing.settings.set(LANGUAGE_WINDOW, "en")
    writing.until(lambda: room.bar.yes.text() == "Yes")
    QTest.mouseClick(room.bar.yes, Qt.MouseButton.LeftButton)
    assert not room.bar.isVisible()
    assert writing.settings.get(PERSONALISE_AGAIN) == "yes"
    room.rest()
    assert room.started == [run.id for run in TrainingRuns().unfinished()]
    assert len(room.started) == 1


def test_not_now_is_kept_too(room: Room) -> None:
    room.personalise()
    room.choose_second()
    QTest.mouseClick(room.bar.no, Qt.MouseButton.LeftButton)
    assert not room.bar.isVisible()
    assert room.writing.settings.get(PERSONALISE_AGAIN) == "no"
    room.rest()
    assert room.started == []


def test_escape_leaves_the_question_open(room: Room) -> None:
    room.personalise()
    room.choose_second()
    room.writing.key("F6")
    assert room.bar.yes.hasFocus()
    room.writing.key("Escape", room.bar.yes)
    assert not room.bar.isVisible()
    assert room.writing.editor.hasFocus()
    assert room.writing.settings.get(PERSONALISE_AGAIN) == "ask"


def test_keys_and_the_mouse_put_it_off(room: Room) -> None:
    room.writing.settings.set(PERSONALISE_AGAIN, "yes")
    room.personalise()
    service = room.controller.service
    assert service is not None
    room.writing.settings.set(MODEL_NAME, "second")
    room.writing.until(lambda: not service._pool.busy)
    for touch in (
        lambda: room.writing.type("a"),
        lambda: room.writing.compose("ni", "你"),
        lambda: QTest.mouseMove(room.writing.window, room.writing.window.rect().center()),
        lambda: QTest.mouseClick(room.writing.editor.viewport(), Qt.MouseButton.LeftButton),
    ):
        room.now += IDLE_SECONDS
        touch()
        room.writing.until(lambda: service._touched == room.now)
        service.tick()
        room.writing.until(lambda: not service._pool.busy)
        assert room.started == []
    room.rest()
    assert len(room.started) == 1


def test_what_is_told_stays_until_the_next_message(room: Room) -> None:
    room.texts.rmdir()
    room.personalise()
    room.writing.settings.set(MODEL_NAME, "second")
    message = room.writing.window.status.message
    room.writing.until(lambda: "choose it again under Personalise" in message.full_text())
    assert room.bar is None


def test_this_machine_answers() -> None:
    machine = this_machine()
    assert machine.clock() <= machine.clock()
    assert 0 <= machine.load() <= 1
    assert machine.on_battery() in (True, False)
