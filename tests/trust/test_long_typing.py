"""Long typing, made small: the text comes back, nothing is left open, and growth is seen."""

from __future__ import annotations

import random

import pytest

from tests.trust import long_typing
from tests.trust.long_typing import Session, write_long
from tests.trust.typing_probe import keys, prose


def test_what_was_written_for_long_comes_back() -> None:
    session = write_long(1, 1500, 4000, stages=3)
    assert session.recovered
    assert session.leaked == 0
    assert session.stages[-1]["edits"] >= 1500
    assert session.growth < 0.2  # the first stage still imports and fills caches


def test_sessions_are_the_same_for_a_seed() -> None:
    assert prose(random.Random(2), 500) == prose(random.Random(2), 500)
    assert len(prose(random.Random(2), 500).split()) == 500
    assert list(keys(random.Random(2))) == list(keys(random.Random(2)))


@pytest.mark.parametrize(
    ("change", "passed"),
    [({}, True), ({"memory": 106}, False), ({"p95": 1.2}, False), ({"descriptors": 11}, False)],
    ids=str,
)
def test_growth_is_seen(monkeypatch: pytest.MonkeyPatch, change: dict[str, float], passed: bool) -> None:
    first = {"edits": 1, "memory": 100, "descriptors": 10, "p95": 1.0}
    session = Session((first, first | change), recovered=True)
    monkeypatch.setattr(long_typing, "write_long", lambda *_arguments: session)
    assert long_typing.long_typing(1, 1.0).passed is passed


def test_a_text_that_is_not_recovered_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = {"edits": 1, "memory": 100, "descriptors": 10, "p95": 1.0}
    monkeypatch.setattr(long_typing, "write_long", lambda *_arguments: Session((stage, stage), False))
    assert not long_typing.long_typing(1, 1.0).passed
