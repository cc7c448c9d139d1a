"""A server's model answers as a local one does; dead, slow and garbled servers are replaced at once."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.completion_server import CompletionServer, Trouble
from tests.fakes.own_certificates import FIRST, secured
from writer.engine.engine_state import EngineReady
from writer.engine.fake import FakeEngine
from writer.engine.protocol import Engine, EngineError, Parameters, Request, Token, TokenProduced
from writer.engine.remote import completions_api
from writer.engine.remote.connection import Server
from writer.engine.remote.fallback_engine import MAX_BACKOFF_SECONDS, PAUSE_SECONDS, FallbackEngine
from writer.engine.remote.offer_store import OfferStore
from writer.engine.remote.refusals import LASTING_STATUS, RemoteError
from writer.engine.remote.remote_engine import CHECK_PROMPT, RemoteEngine
from writer.engine.remote.routes import Offer
from writer.engine.remote.server_pace import ServerPace, TimeAllowed
from writer.engine.remote.standby_engine import StandbyEngine
from writer.engine.worker import Worker
from writer.suggestions.context import Context

SCRIPT = {
    "The quick": " brown fox jumps",
    "The quick brown": " fox jumps over",
    "Hello": " great world",
    "Hello gre": "en land",
    "春天": "来了，大地",
    "A very": " long story that goes on and on and on and on",
    "broken": " \ufffd\ufffd",
}


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer(SCRIPT).running() as running:
        yield running


@pytest.fixture
def engine(server: CompletionServer) -> Iterator[RemoteEngine]:
    engine = RemoteEngine(Server(server.address), patient(), connect=60)
    yield engine
    engine.close()


def pace(first: float, following: float) -> ServerPace:
    return ServerPace(TimeAllowed(first, following))


def patient() -> ServerPace:
    """The pace of a server on a slow machine."""
    return pace(60, 60)


def never() -> bool:
    return False


def tokens(engine: Engine, before: str, **parameters: Any) -> list[Token]:
    return list(engine.continue_text(Context(before), Parameters(**parameters), never))


def text(engine: Engine, before: str, **parameters: Any) -> str:
    return b"".join(token.text for token in tokens(engine, before, **parameters)).decode()


def test_it_says_where_text_goes(engine: RemoteEngine, server: CompletionServer) -> None:
    assert engine.name == f"big-model → 127.0.0.1:{server.port}"
    assert engine.device == "local server"
    assert str(engine.why) == (
        f"What you write goes to 127.0.0.1:{server.port} on this computer: the text before the cursor"
    )
    away = RemoteEngine(Server("https://team.example", model="big"))
    assert away.device == "server"
    assert str(away.why) == "What you write is sent to team.example: the text before the cursor"
    away.close()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("The quick", " brown fox jumps"),
        ("The quick ", "brown fox jumps"),
        ("The quick brown", " fox jumps"),
        ("The quick bro", "wn fox jumps"),
        ("Hello gre", "at world"),
        ("春天", "来了，大地"),
        ("nothing is known here", ""),
    ],
)
def test_it_goes_on_at_the_cursor(engine: RemoteEngine, before: str, expected: str) -> None:
    assert text(engine, before) == expected


def test_a_word_that_the_model_would_not_write_is_sent_as_it_stands(
    engine: RemoteEngine, server: CompletionServer
) -> None:
    server.script = {"Hello": " world", "Hello gre": "en land"}
    assert text(engine, "Hello gre") == "en land"
    assert [asked["prompt"] for asked in server.asked] == ["Hello", "Hello gre"]
    assert text(engine, "Hello gre", heal=False) == "en land"
    assert len(server.asked) == 3


def test_probabilities_come_where_they_are_told(engine: RemoteEngine, server: CompletionServer) -> None:
    first, *_ = tokens(engine, "The quick")
    assert first.logprob == -0.25
    assert first.runners_up == ((b" other", -2.0),)
    server.logprobs = False
    assert {token.logprob for token in tokens(engine, "The quick")} == {None}


@pytest.mark.parametrize("status", [400, 422, 500])
def test_servers_that_know_no_logprobs_are_asked_without(
    engine: RemoteEngine, server: CompletionServer, status: int
) -> None:
    server.strict = status
    assert text(engine, "The quick", heal=False) == " brown fox jumps"
    assert text(engine, "The quick", heal=False) == " brown fox jumps"
    assert ["logprobs" in asked for asked in server.asked] == [True, False, False]


def test_the_question_is_short_and_ends_with_the_line(engine: RemoteEngine, server: CompletionServer) -> None:
    assert len(text(engine, "A very", max_tokens=3, heal=False).split()) == 3
    assert text(engine, "word " * 10_000 + "The quick", heal=False) == " brown fox jumps"
    first, second = server.asked
    assert (first["max_tokens"], first["temperature"], first["stop"]) == (3, 0.0, ["\n"])
    assert len(second["prompt"]) <= 4_100
    text(engine, "The quick", branch=2)
    assert server.asked[2]["temperature"] > 0
    assert server.asked[2]["seed"] == 2


def test_garbage_is_not_shown(engine: RemoteEngine) -> None:
    assert text(engine, "is broken") == " "


def test_the_key_goes_along(server: CompletionServer) -> None:
    engine = RemoteEngine(Server(server.address, key="secret"), patient(), connect=60)
    text(engine, "The quick")
    assert set(server.keys) == {"Bearer secret"}
    engine.close()


def test_a_named_model_needs_no_list(server: CompletionServer) -> None:
    engine = RemoteEngine(Server(server.address.removesuffix("/v1"), model="mine"), patient())
    assert not server.keys
    assert text(engine, "The quick") == " brown fox jumps"
    assert server.asked[0]["model"] == "mine"
    engine.close()


@pytest.mark.parametrize("status", [404, 405, 500])
def test_a_server_without_a_list_of_models_needs_a_name(server: CompletionServer, status: int) -> None:
    server.troubles = [Trouble(status=status, body=b"Internal Server Error")]
    with pytest.raises(RemoteError, match=r"does not list its models.*It says: Internal Server Error"):
        RemoteEngine(Server(server.address), connect=30)


TROUBLES = [
    (Trouble(status=401), "wants a key"),
    (Trouble(status=404), "no such model"),
    (Trouble(status=429), "too often"),
    (Trouble(status=503), "error 503"),
    (Trouble(status=302, headers={"Location": "/login"}), "error 302"),
    (Trouble(cut_after=0), "was cut"),
    (Trouble(lines=("data: {",)), "does not answer as"),
    (Trouble(lines=("data: 7",)), "does not answer as"),
    (Trouble(lines=('data: {"error": "out of memory"}',)), "reports an error"),
    (Trouble(lines=('data: {"choices": 7}',)), "does not answer as"),
    (Trouble(lines=('data: {"choices": [7]}',)), "does not answer as"),
    (Trouble(lines=('data: {"choices": [{"text": 7}]}',)), "does not answer as"),
    (Trouble(lines=("data: " + "[" * 100_000,)), "does not answer as"),
    (Trouble(lines=("data: " + "x" * 2_000_000,)), "does not answer as"),
]


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLES)
def test_what_goes_wrong_is_one_sentence(
    engine: RemoteEngine, server: CompletionServer, trouble: Trouble, sentence: str
) -> None:
    server.troubles = [trouble]
    with pytest.raises(RemoteError, match=sentence):
        text(engine, "The quick")
    assert text(engine, "The quick") == " brown fox jumps"


def test_silence_is_one_sentence(server: CompletionServer) -> None:
    engine = RemoteEngine(Server(server.address, "big-model"), pace(0.1, 60))
    server.always = Trouble(silence=60.0)
    with pytest.raises(RemoteError, match=r"took longer than 0\.1 s"):
        text(engine, "The quick")
    engine.close()


@pytest.mark.parametrize(
    "logprobs",
    [
        None,
        7,
        {"tokens": None},
        {"tokens": ["a", 7], "token_logprobs": [-1, -1]},
        {"tokens": ["ab"], "token_logprobs": [None]},
        {"tokens": ["ab"], "token_logprobs": [math.nan]},
        {"tokens": ["ab"], "token_logprobs": []},
    ],
)
def test_odd_logprobs_are_as_none(logprobs: Any) -> None:
    assert completions_api._chunks("ab", logprobs) == (completions_api.CompletionChunk("ab", None),)


def test_several_tokens_in_one_event() -> None:
    told = {"tokens": ["a", "b"], "token_logprobs": [-1.0, -2], "top_logprobs": [{"a": -1.0}, {"x": -9.0}]}
    first, second = completions_api._chunks("ab", told)
    assert (first.text, first.logprob, first.runners_up) == ("a", -1.0, ())
    assert (second.text, second.logprob, second.runners_up) == ("b", -2.0, (("x", -9.0),))
    assert completions_api._chunks("ba", told) == (completions_api.CompletionChunk("ba", -3.0),)


@pytest.mark.parametrize(
    ("address", "trusted", "obstacle"),
    [
        ("http://team.example/v1", (), "not encrypted"),
        ("http://team.example:8000", ("other.example",), "not encrypted"),
        ("http://team.example:8000", ("team.example",), ""),
        ("https://team.example", (), ""),
        ("http://127.0.0.1:8000", (), ""),
        ("http://127.evil.example:8000", (), "not encrypted"),
        ("http://[::1]:8000", (), ""),
        ("http://localhost/v1/", (), ""),
        ("http://localhost.evil.example", (), "not encrypted"),
        ("http://user@localhost@team.example", (), "not encrypted"),
        ("team.example", (), ""),
        ("localhost:8000", (), ""),
        ("192.168.1.5:8000", (), "not encrypted"),
        ("192.168.1.5:8000", ("192.168.1.5",), ""),
        ("no address", (), "no address"),
        ("http://", (), "no address"),
        ("", (), "no address"),
        ("ftp://team.example", (), "no address"),
        ("http://[", (), "no address"),
    ],
)
def test_nothing_is_sent_unencrypted_unless_allowed(
    address: str, trusted: tuple[str, ...], obstacle: str
) -> None:
    server = Server(address, trusted=frozenset(trusted))
    assert obstacle in str(server.why_refused())
    assert bool(server.why_refused()) == bool(obstacle)
    if obstacle:
        with pytest.raises(RemoteError, match=obstacle):
            RemoteEngine(server)


def test_an_allowed_certificate_holds_for_one_host_and_port() -> None:
    allowed = ("team.example:8443 AA:BB", "team.example:443 CC", "damaged", "")
    for address, fingerprint in (
        ("https://team.example:8443/v1", "AA:BB"),
        ("team.example", "CC"),
        ("https://team.example:9443", ""),
        ("https://other.example:8443", ""),
        ("http://team.example:8443", ""),
        ("https://team.example:port", ""),
    ):
        assert Server(address, certificates=allowed).fingerprint == fingerprint


def test_a_server_with_an_allowed_certificate_answers(tmp_path: Path) -> None:
    server = secured(CompletionServer(SCRIPT), FIRST, tmp_path)
    allowed = (f"127.0.0.1:{server.port} {FIRST.fingerprint}",)
    with server.running():
        with pytest.raises(RemoteError, match="does not trust"):
            RemoteEngine(Server(server.address))
        engine = RemoteEngine(Server(server.address, certificates=allowed), patient(), connect=60)
        assert text(engine, "The quick") == " brown fox jumps"
        engine.close()


def test_a_local_server_is_reached_past_a_proxy(
    server: CompletionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    engine = RemoteEngine(Server(server.address), patient(), connect=60)
    assert text(engine, "The quick") == " brown fox jumps"
    engine.close()


def test_cancelling_closes_the_stream(engine: RemoteEngine, server: CompletionServer) -> None:
    server.step = 0.05
    stop = threading.Event()
    got = []
    for token in engine.continue_text(Context("A very"), Parameters(), stop.is_set):
        got.append(token)
        if len(got) == 2:
            stop.set()
    assert len(got) == 2
    end = time.monotonic() + 60
    while not server.given_up and time.monotonic() < end:
        time.sleep(0.01)
    assert server.given_up == 1


def test_a_silent_server_does_not_keep_a_cancelled_thread(
    engine: RemoteEngine, server: CompletionServer
) -> None:
    server.troubles = [Trouble(silence=60.0)]
    started = time.perf_counter()
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert list(engine.continue_text(Context("The quick"), Parameters(), stop.is_set)) == []
    assert time.perf_counter() - started < 30


def test_a_server_that_cannot_answer_at_all_is_not_thought_to_know_no_logprobs(
    engine: RemoteEngine, server: CompletionServer
) -> None:
    server.troubles = [Trouble(status=500)] * 2
    with pytest.raises(RemoteError, match="error 500"):
        text(engine, "The quick", heal=False)
    text(engine, "The quick", heal=False)
    assert "logprobs" in server.asked[-1]


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Keys:
    """What ends a question: the next key, at the fifth look. Each look takes 4 s, none while it `waits`."""

    def __init__(self, clock: Clock, waits: Callable[[], bool] = lambda: False) -> None:
        self._clock, self._waits, self._looks = clock, waits, 0

    def __call__(self) -> bool:
        self._looks += 1
        if not self._waits():
            self._clock.now += 4.0
        return self._looks > 4


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def said() -> list[EngineReady]:
    return []


LOCAL = FakeEngine({"The quick": " own words", "A very": " own words"})


def ask_until_the_server_answers(both: FallbackEngine) -> None:
    """The health check runs beside the requests."""
    end = time.monotonic() + 60
    while text(both, "The quick") != " brown fox jumps":
        assert time.monotonic() < end


@pytest.fixture
def both(server: CompletionServer, clock: Clock, said: list[EngineReady]) -> Iterator[FallbackEngine]:
    where = Server(server.address, "big-model")
    load = partial(RemoteEngine, where, patient(), connect=60)
    engine = FallbackEngine(load, lambda: LOCAL, said.append, clock)
    yield engine
    engine.close()


def test_the_server_answers_while_it_can(both: FallbackEngine, said: list[EngineReady]) -> None:
    assert text(both, "The quick") == " brown fox jumps"
    assert both.device == "local server"
    assert said == []


@pytest.mark.parametrize("trouble", [trouble for trouble, _ in TROUBLES])
def test_this_machine_takes_over_in_the_same_answer(
    both: FallbackEngine, server: CompletionServer, said: list[EngineReady], trouble: Trouble, clock: Clock
) -> None:
    assert text(both, "A very")
    server.troubles = [trouble]
    assert text(both, "The quick") == " own words"
    (ready,) = said
    assert (ready.model, ready.device) == ("fake", "cpu")
    assert str(ready.why).endswith("Nothing is sent meanwhile.")
    pause = MAX_BACKOFF_SECONDS if trouble.status in LASTING_STATUS else 5.0
    clock.now = pause - 0.1
    assert text(both, "The quick") == " own words"
    clock.now = pause + 0.1
    ask_until_the_server_answers(both)
    assert [one.device for one in said] == ["cpu", "local server"]


def test_a_server_that_wants_a_pause_gets_it(
    both: FallbackEngine, server: CompletionServer, clock: Clock
) -> None:
    server.troubles = [Trouble(status=429, headers={"Retry-After": "30"})]
    assert text(both, "The quick") == " own words"
    sent = len(server.asked)
    clock.now = 29.0
    for _ in range(3):
        assert text(both, "The quick") == " own words"
    assert len(server.asked) == sent
    clock.now = 30.1
    ask_until_the_server_answers(both)


def test_a_server_that_loads_its_model_is_waited_for_while_this_machine_writes(
    server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    """It loads for three times as long as a question may take."""
    where = Server(server.address, "big-model")
    both = FallbackEngine(lambda: RemoteEngine(where, pace(0.4, 60)), lambda: LOCAL, said.append, clock)
    server.always = Trouble(silence=1.2)
    assert text(both, "The quick") == " own words"
    clock.now, end = 5.1, time.monotonic() + 60
    while CHECK_PROMPT not in (asked["prompt"] for asked in server.asked):
        assert text(both, "The quick") == " own words"
        assert time.monotonic() < end
    server.always = None
    while [one.device for one in said][:2] != ["cpu", "local server"]:
        text(both, "The quick")
        assert time.monotonic() < end
    both.close()


def test_a_server_that_unloads_its_model_when_idle_is_waited_for_at_once(
    server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    """Only a question that is not cut lets it load again; no time goes by on the clock meanwhile."""
    where = Server(server.address, "big-model")
    both = FallbackEngine(lambda: RemoteEngine(where, pace(0.4, 60)), lambda: LOCAL, said.append, clock)
    loaded = threading.Event()

    def load(_path: str, asked: dict[str, Any]) -> Trouble:
        if not loaded.is_set() and asked["prompt"] != CHECK_PROMPT:
            return Trouble(silence=60.0)
        loaded.set()
        return Trouble(silence=0.6)

    assert text(both, "The quick") == " brown fox jumps"
    for _ in range(2):
        clock.now += PAUSE_SECONDS + 1
        loaded.clear()
        server.answers = load
        assert text(both, "The quick") == " own words"
        assert "may have to load its model" in str(both.trouble)
        assert loaded.wait(60)
        server.answers = None
        ask_until_the_server_answers(both)
    both.close()
    assert [one.device for one in said] == ["cpu", "local server"] * 2


def test_a_server_that_is_slow_while_it_is_used_gets_its_pause(
    server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    where = Server(server.address, "big-model")
    both = FallbackEngine(lambda: RemoteEngine(where, pace(0.4, 60)), lambda: LOCAL, said.append, clock)
    assert text(both, "The quick") == " brown fox jumps"
    clock.now += PAUSE_SECONDS - 1
    server.troubles = [Trouble(silence=60.0)]
    assert text(both, "The quick") == " own words"
    sent = len(server.asked)
    clock.now += 4.9
    assert text(both, "The quick") == " own words"
    both.close()
    assert len(server.asked) == sent
    assert "took longer" in str(both.trouble)


@pytest.mark.parametrize(("known", "told"), [(False, "took longer"), (True, "may have to load its model")])
def test_a_server_that_was_just_asked_what_it_offers_has_its_model_loaded(
    server: CompletionServer, clock: Clock, said: list[EngineReady], tmp_path: Path, known: bool, told: str
) -> None:
    """Where that is known from before, it was not asked, and its model may not be loaded."""
    where, offers = Server(server.address, "big-model"), OfferStore(tmp_path / "offers.json")
    if known:
        offers.set(where.address, "big-model", Offer())
    load = partial(RemoteEngine, where, pace(0.4, 60), offers=offers, connect=60)
    both = FallbackEngine(load, lambda: LOCAL, said.append, clock)
    server.troubles = [Trouble(silence=60.0)]
    assert text(both, "The quick") == " own words"
    both.close()
    assert told in str(both.trouble)


def test_patience_ends(server: CompletionServer) -> None:
    engine = RemoteEngine(Server(server.address, "big-model"), patience=0.2)
    server.always = Trouble(silence=60.0)
    with pytest.raises(RemoteError, match="too slow"):
        engine.check_health(lambda: False)
    engine.close()


def test_a_server_that_stays_dead_is_asked_less_and_less(
    both: FallbackEngine, server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    server.kill()
    tried = []
    for second in range(300):
        clock.now = float(second)
        before = both._backoff
        assert text(both, "The quick") == " own words"
        if both._backoff != before or second - (tried or [0])[-1] >= 120:
            tried.append(second)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried[:5])]
    assert all(pause >= least for pause, least in zip(pauses, (5, 10, 20, 40), strict=True))
    assert [one.device for one in said] == ["cpu"]


def test_a_server_that_dies_in_the_middle(
    both: FallbackEngine, server: CompletionServer, said: list[EngineReady]
) -> None:
    server.troubles = [Trouble(cut_after=3)]
    assert text(both, "A very", heal=False) == " long story"
    assert text(both, "A very") == " own words"
    assert [one.device for one in said] == ["cpu"]


def test_nothing_is_sent_to_a_server_that_only_might_be_back(
    both: FallbackEngine, server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    server.troubles = [Trouble(status=503), Trouble(body=b"[]"), Trouble(status=503)]
    assert text(both, "The quick") == " own words"
    sent = len(server.asked)
    for now, backoff in ((5.1, 20), (20.0, 40)):
        clock.now = now
        while both._backoff < backoff:
            assert text(both, "The quick") == " own words"
    assert [asked["prompt"] for asked in server.asked[sent:]] == [CHECK_PROMPT] * 2
    assert {one.device for one in said} == {"cpu"}
    clock.now = 45.0
    ask_until_the_server_answers(both)
    assert said[-1].device == "local server"


def test_nobody_waits_for_a_server_that_hangs(
    both: FallbackEngine, server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    server.troubles = [Trouble(status=503)]
    assert text(both, "The quick") == " own words"
    server.always, clock.now = Trouble(silence=120.0), 5.1
    started = time.perf_counter()
    for _ in range(3):
        assert text(both, "The quick") == " own words"
    assert time.perf_counter() - started < 60
    assert [one.device for one in said] == ["cpu"]


def test_a_server_that_never_answers_between_two_keys_is_too_slow(
    both: FallbackEngine, server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    """Each key asks anew, so no single question waits long; all together do."""
    assert text(both, "A very")
    server.always = Trouble(silence=60.0)
    questions = 0
    while not said and questions < 10:
        questions += 1
        list(both.continue_text(Context("The quick"), Parameters(), Keys(clock)))
    assert 3 <= questions <= 9
    assert [(one.device, "too slow" in str(one.why)) for one in said] == [("cpu", True)]


def test_a_server_that_lives_is_kept_where_keys_come_faster_than_its_answers(
    both: FallbackEngine, server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    server.always = Trouble(silence=0.2)
    checks, end = 0, time.monotonic() + 60
    while checks < 3:
        before = both._silence
        keys = Keys(clock, lambda: both._health_check._thread is not None)
        list(both.continue_text(Context("The quick"), Parameters(), keys))
        checks += both._silence < before
        assert time.monotonic() < end
    assert CHECK_PROMPT in [asked["prompt"] for asked in server.asked]
    assert said == []
    server.always = None
    assert text(both, "The quick") == " brown fox jumps"


def test_the_local_model_holds_memory_only_while_it_is_wanted(
    server: CompletionServer, clock: Clock, said: list[EngineReady]
) -> None:
    held = 0

    class Local(FakeEngine):
        def close(self) -> None:
            nonlocal held
            held -= 1

    def load() -> Engine:
        nonlocal held
        held += 1
        return Local({"The quick": " own words"})

    remote = partial(RemoteEngine, Server(server.address), patient(), connect=60)
    both = FallbackEngine(remote, load, said.append, clock)
    assert text(both, "The quick") == " brown fox jumps"
    both._standby._join()
    assert (held, both._standby._load_seconds is not None) == (0, True)
    server.troubles = [Trouble(status=503)]
    assert text(both, "The quick") == " own words"
    for now, expected in ((6.0, 1), (59.0, 1), (70.0, 0)):
        clock.now = now
        ask_until_the_server_answers(both)
        assert held == expected
    both.close()


@pytest.mark.parametrize(("quick", "loads"), [(0.05, 2), (60.0, 1)])
def test_a_model_that_loads_slowly_is_loaded_before_it_is_needed(quick: float, loads: int) -> None:
    loaded = []

    def load() -> Engine:
        time.sleep(0.1)
        loaded.append(FakeEngine({}))
        return loaded[-1]

    standby = StandbyEngine(load, quick)
    standby.release()
    standby._join()
    assert len(loaded) == loads
    standby.release()
    assert standby.engine() is loaded[-1]
    assert len(loaded) == 2  # a slow one was kept, a quick one is loaded now
    standby.close()


def test_a_model_that_cannot_be_loaded_is_told_when_it_is_needed() -> None:
    def load() -> Engine:
        raise EngineError("Bring a model.")

    standby = StandbyEngine(load)
    standby.release()
    standby._join()
    for _ in range(2):
        with pytest.raises(EngineError, match="Bring a model"):
            standby.engine()
    standby.close()


def test_without_any_model_the_reason_is_told(clock: Clock, said: list[EngineReady]) -> None:
    def load() -> Engine:
        raise EngineError("Bring a model.")

    with pytest.raises(EngineError, match="Bring a model"):
        FallbackEngine(lambda: RemoteEngine(Server("http://127.0.0.1:9")), load, said.append, clock)


def test_a_server_that_was_never_there(clock: Clock, said: list[EngineReady]) -> None:
    where = Server("http://127.0.0.1:9")
    both = FallbackEngine(lambda: RemoteEngine(where), lambda: LOCAL, said.append, clock)
    assert (both.name, both.device) == ("fake", "cpu")
    assert "cannot be reached" in str(both.why)
    assert text(both, "The quick") == " own words"
    both.close()


def test_without_consent_nothing_is_sent(clock: Clock, said: list[EngineReady]) -> None:
    where = Server("http://team.invalid")
    both = FallbackEngine(lambda: RemoteEngine(where), lambda: LOCAL, said.append, clock)
    assert "not encrypted" in str(both.why)
    assert both.device == "cpu"
    both.close()


def test_in_the_engines_thread_a_killed_server_costs_little_time(server: CompletionServer) -> None:
    """Asked key by key in the real worker; the server dies in between, and the answers go on."""
    heard: list[tuple[float, object]] = []
    worker = Worker(lambda event: heard.append((time.perf_counter(), event)))
    where = Server(server.address)
    say = lambda ready: heard.append((time.perf_counter(), ready))  # noqa: E731
    load = partial(RemoteEngine, where, patient(), connect=60)
    worker.load(lambda: FallbackEngine(load, lambda: LOCAL, say), "both")

    def answer(number: int) -> tuple[float, str]:
        asked = time.perf_counter()
        worker.submit(Request(number, Context("The quick")))
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = [(t, e) for t, e in heard if isinstance(e, TokenProduced) and e.request == number]
            if found:
                return found[0][0] - asked, found[0][1].token.text.decode()
            time.sleep(0.002)
        raise AssertionError("no answer")

    try:
        assert answer(1)[1] == " brown"
        server.kill()
        late, words = answer(2)
        assert late < 20.0
        assert words.startswith(" ow")
    finally:
        worker.close()
    assert [e.device for _, e in heard if isinstance(e, EngineReady)] == ["local server", "cpu"]
