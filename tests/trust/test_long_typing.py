"""Long typing, made small: the text comes back, nothing is left open, and growth is seen."""

from __future__ import annotations

import random
from typing import Any

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


STAGE = {"edits": 1, "memory": 100, "descriptors": 10, "parts": [[1.0, 9.0], [5.0, 1.0], [6.0, 1.0]]}
FRESH = {"parts": [[4.0, 1.0], [7.0, 1.0]]}


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        *[({}, True), ({"memory": 106}, False), ({"descriptors": 11}, False)],
        ({"parts": [[5.0, 1.2], [6.0, 1.2]]}, False),
        ({"parts": [[5.0, 1.0], [9.0, 1.2]]}, True),  # what was not beside the fresh window does not count
    ],
    ids=str,
)
def test_growth_is_seen(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], passed: bool) -> None:
    session = Session((STAGE, STAGE | change), FRESH, recovered=True)
    monkeypatch.setattr(long_typing, "write_long", lambda *_arguments: session)
    assert long_typing.long_typing(1, 1.0).passed is passed


def test_a_text_that_is_not_recovered_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_typing, "write_long", lambda *_arguments: Session((STAGE, STAGE), FRESH, False))
    assert not long_typing.long_typing(1, 1.0).passed
