"""The lines of JSON that a training tells: old keys keep their texts, and sentences can be translated."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from writer.base.errors import Message, Sentence
from writer.training.events import (
    Compared,
    Event,
    Planned,
    Previewed,
    StepFinished,
    TrainingFailed,
    dump,
    load,
)

INNER = Sentence("NVIDIA {kind}", {"kind": "{why}"})
SENTENCE = Sentence("the {device}, as {how}", {"device": INNER, "how": "set"})
TOLD = {
    "template": "the {device}, as {how}",
    "values": {"device": {"template": "NVIDIA {kind}", "values": {"kind": "{why}"}}, "how": "set"},
}
TEXT = "the NVIDIA {why}, as set"


def preview(**more: Message) -> Previewed:
    empty: dict[str, Any] = {"kinds": {}, "languages": {}, "others": {}, "secrets": {}}
    return Previewed(folder="f", held_out=0, refusals=(), lines=0, changes=None, **empty, **more)


def plan(why: Message) -> Planned:
    numbers = dict.fromkeys(
        ("parameters", "trained", "documents", "tokens", "held_out", "window", "sequences", "batch", "steps"),
        1,
    )
    return Planned(run="r", base="b", method="lora", device="cuda", why=why, **numbers)


EVENTS: list[tuple[Event, str]] = [
    (TrainingFailed(SENTENCE, "run"), "sentence"),
    (Compared({}, {}, {}, better=True, why=SENTENCE), "why"),
    (plan(SENTENCE), "why"),
    (preview(obstacle=SENTENCE), "obstacle"),
    (preview(why=SENTENCE), "why"),
]


@pytest.mark.parametrize(("event", "key"), EVENTS, ids=lambda value: getattr(value, "name", value))
def test_a_sentence_has_its_template_and_values_beside_it(event: Event, key: str) -> None:
    line = json.loads(dump(event))
    assert line[key] == TEXT
    assert {name: line[name] for name in TOLD} == TOLD
    assert load(dump(event)) == event


@pytest.mark.parametrize(("event", "key"), EVENTS, ids=lambda value: getattr(value, "name", value))
def test_a_line_without_template_and_values_is_understood(event: Event, key: str) -> None:
    line = {name: value for name, value in json.loads(dump(event)).items() if name not in TOLD}
    loaded = load(json.dumps(line))
    assert type(loaded) is type(event)
    assert getattr(loaded, key) == TEXT


def test_a_fixed_text_is_told_as_it_is() -> None:
    event = TrainingFailed("It {ended}.")
    assert json.loads(dump(event)) == {"event": "failed", "sentence": "It {ended}.", "run": ""}
    assert load(dump(event)) == event


def test_a_line_with_a_damaged_sentence_is_no_event() -> None:
    assert load('{"event": "failed", "sentence": "a", "template": 3}') is None


def test_numbers_that_are_none_come_through() -> None:
    """A loss of a model that diverged; JSON has no such number, and Python writes and reads it."""
    event = load(dump(StepFinished(1, 10, float("nan"), float("inf"), None)))
    assert isinstance(event, StepFinished)
    assert math.isnan(event.loss)
    assert math.isinf(event.tokens_per_second)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"event": ["step"]}',
        '{"event": "step"}',
        '{"event": "step", "step": "many", "steps": 1, "loss": 1.0, "tokens_per_second": 1.0, "left": null}',
        '{"event": "step", "step": 1, "steps": 1, "loss": "x", "tokens_per_second": 1.0, "left": null}',
        '{"event": "stage", "stage": "fitting", "done": "many", "total": 10}',
        '{"event": "stage", "stage": 5}',
        '{"event": "validated", "step": 1, "loss": 1.0, "best": true, "samples": [{"prompt": 5}]}',
        '{"event": "validated", "step": 1, "loss": 1.0, "best": true, "samples": 7}',
        '{"event": "failed", "sentence": 5}',
        '{"event": "failed", "sentence": "a", "template": "{b}", "values": '
        + '{"b": {"template": "{b}", "values": ' * 400
        + "{}"
        + "}}" * 400
        + "}",
    ],
    ids=range(13),
)
def test_a_line_of_other_types_is_no_event(line: str) -> None:
    assert load(line) is None
