"""A server that is only slow is given the time that it needs, and the user is told; one that hangs is not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.completion_server import CompletionServer, Trouble
from writer.engine.engine_state import EngineReady
from writer.engine.fake import FakeEngine
from writer.engine.protocol import Parameters
from writer.engine.remote import server_pace
from writer.engine.remote.connection import Server
from writer.engine.remote.discovery import CHECK_PROMPT
from writer.engine.remote.fallback_engine import MAX_BACKOFF_SECONDS, FallbackEngine
from writer.engine.remote.offer_store import OfferStore
from writer.engine.remote.remote_engine import RemoteEngine
from writer.engine.remote.routes import Offer
from writer.engine.remote.server_pace import ServerPace, TimeAllowed, filler
from writer.suggestions.context import Context

BASE = TimeAllowed(1.5, 1.0)


def test_a_server_is_allowed_what_it_was_seen_to_need() -> None:
    pace = ServerPace(BASE, 10.0)
    pace.came(0.3)
    assert (pace.allowed, pace.is_slow) == (BASE, False)
    pace.was_late("text")
    pace.measured(3.0, 0.2)
    assert pace.allowed == TimeAllowed(7.5, 5.0)
    assert (pace.is_slow, pace.is_too_slow) == (True, False)
    pace.measured(11.0, 0.2)
    assert pace.allowed.first == 10.0
    assert (pace.is_too_slow, pace.late_bytes) == (True, 0)
    pace.was_late("text")
    pace.measured(11.0, 0.2)
    assert pace.late_bytes == 4
    pace.measured(9.0, 0.2)
    assert (pace.is_too_slow, pace.late_bytes) == (False, 0)


def test_a_server_that_only_loaded_its_model_is_quick_again() -> None:
    pace = ServerPace(BASE, 10.0)
    for _ in range(5):
        pace.was_late("text")
        pace.measured(0.2, 0.05)
        assert pace.allowed == BASE
        pace.completed()


def test_a_server_that_is_late_again_and_again_is_allowed_more() -> None:
    pace = ServerPace(BASE, 10.0)
    allowed = []
    for _ in range(5):
        pace.was_late("text")
        pace.measured(0.2, 0.05)
        allowed.append(pace.allowed.first)
    assert allowed == [1.5, 3.0, 6.0, 10.0, 10.0]
    for _ in range(10_000):
        pace.was_late("")
    assert pace.allowed.first == 10.0


def test_slow_words_count_like_a_slow_first_one() -> None:
    pace = ServerPace(BASE, 20.0)
    pace.measured(0.1, 3.0)
    assert pace.allowed == TimeAllowed(11.25, 7.5)


def test_the_filler_is_as_long_as_the_text_and_begins_otherwise_each_time() -> None:
    for size in (0, 1, 50, 4_000):
        assert size - 1 <= len(filler(size, 7_000).encode()) <= size
    assert filler(80, 7_000) != filler(80, 7_001)


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer({"The quick": " brown fox", "": " sea"}).running() as running:
        running.always = Trouble(silence=0.5)
        yield running


@pytest.fixture
def both(
    server: CompletionServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[float], FallbackEngine]]:
    """A function that makes the engine for a server that may take 0.2 s at first, and `most` in the end."""
    made: list[FallbackEngine] = []
    monkeypatch.setattr(server_pace, "MARGIN", 100.0)  # for a slow machine

    def make(most: float) -> FallbackEngine:
        pace = ServerPace(TimeAllowed(0.2, 30.0), most)
        offers = OfferStore(tmp_path / "servers.json")
        if offers.get(server.address, "big-model") is None:
            offers.set(server.address, "big-model", Offer())
        where = Server(server.address, "big-model")
        local = FakeEngine({"The quick": " own words"})
        said: list[EngineReady] = []
        engine = FallbackEngine(
            lambda: RemoteEngine(where, pace, offers=offers), lambda: local, said.append, Clock()
        )
        engine.said = said  # type: ignore[attr-defined]
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.close()


def words(engine: FallbackEngine) -> str:
    tokens = engine.continue_text(Context("The quick"), Parameters(heal=False), lambda: False)
    return b"".join(token.text for token in tokens).decode()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end


def test_a_slow_server_is_left_once_and_then_waited_for(
    both: Callable[[float], FallbackEngine], server: CompletionServer
) -> None:
    engine = both(60.0)
    assert words(engine) == " own words"
    engine._clock.now = 5.1
    until(lambda: words(engine) == " brown fox")
    for _ in range(3):
        assert words(engine) == " brown fox"
    away, back = engine.said
    assert "does not answer yet" in str(away.trouble)
    assert "s to its first word, and suggestions wait for it" in str(back.slow)
    assert (away.slow, back.trouble) == ("", "")
    (measured,) = {asked["prompt"] for asked in server.asked} - {"The quick", CHECK_PROMPT}
    assert re.fullmatch(r"\d{4,6} b?o?a?t?", measured)  # as long as what was too slow


def test_the_next_start_knows_a_slow_server(
    both: Callable[[float], FallbackEngine], server: CompletionServer
) -> None:
    engine = both(60.0)
    assert words(engine) == " own words"
    engine._clock.now = 5.1
    until(lambda: words(engine) == " brown fox")
    again = both(60.0)
    assert "to its first word" in str(again.slow)
    assert words(again) == " brown fox"
    assert again.said == []


def test_a_server_that_is_slower_than_the_user_allows_is_not_used_and_says_so(
    both: Callable[[float], FallbackEngine], server: CompletionServer, tmp_path: Path
) -> None:
    engine = both(0.3)
    assert words(engine) == " own words"
    engine._clock.now = 5.1
    until(
        lambda: (
            words(engine) == " own words"
            and "longer than the 0.3 s that suggestions wait" in str(engine.trouble)
        )
    )
    assert engine._retry_at >= 5.1 + MAX_BACKOFF_SECONDS
    assert engine.said[-1].trouble == engine.trouble
    assert OfferStore(tmp_path / "servers.json").get(server.address, "big-model") is not None
    assert words(engine) == " own words"
    assert {one.device for one in engine.said} == {"cpu"}
