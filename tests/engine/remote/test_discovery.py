"""What a server offers is found out once, and the best of it is used; the text after the cursor goes no
further than that needs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import offering_servers as servers
from tests.fakes.completion_server import CompletionServer, Trouble
from writer.engine.protocol import Parameters
from writer.engine.remote.connection import Server
from writer.engine.remote.offer_store import MAX_OFFERS, OfferStore
from writer.engine.remote.refusals import RemoteError
from writer.engine.remote.remote_engine import RemoteEngine
from writer.engine.remote.routes import Offer, Route
from writer.engine.remote.server_pace import ServerPace, TimeAllowed
from writer.suggestions.context import Context


def patient() -> ServerPace:
    return ServerPace(TimeAllowed(60, 60))


BETWEEN = Context("She walked down to", " old harbour.\nThe boats")
AT_END = Context("She walked down to", "")


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer({"": " own words"}).running() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> OfferStore:
    return OfferStore(tmp_path / "servers.json")


def loaded(server: CompletionServer, store: OfferStore) -> RemoteEngine:
    return RemoteEngine(Server(server.address, "big-model"), patient(), offers=store, connect=30)


def text(engine: RemoteEngine, context: Context) -> str:
    tokens = engine.continue_text(context, Parameters(heal=False), lambda: False)
    return b"".join(token.text for token in tokens).decode()


OFFERS = {
    "vLLM": (servers.plain_vllm, Offer(), " sea", " sea"),
    "unknown fields ignored": (servers.ignoring, Offer(), " sea", " sea"),
    "the rest appended": (servers.appending, Offer(), " sea", " sea"),
    "the rest appended, nothing counted": (servers.appending_uncounted, Offer(), " sea", " sea"),
    "insertion": (servers.inserting, Offer(between=Route.SUFFIX), " sea", " by the"),
    "insertion, nothing counted": (
        servers.inserting_uncounted,
        Offer(between=Route.SUFFIX),
        " sea",
        " by the",
    ),
    "llama.cpp": (servers.llama_cpp, Offer(between=Route.INFILL), " sea", " by the"),
    "a line that is cut at unknown endpoints": (servers.cutting, Offer(), " sea", " sea"),
    "llama.cpp without infilling": (servers.llama_cpp_without_infill, Offer(), " sea", " sea"),
    "Mistral": (servers.mistral, Offer(Route.FIM, Route.FIM), " sea", " by the"),
    "DeepSeek": (servers.deepseek, Offer(Route.BETA, Route.BETA), " sea", " by the"),
    "chats": (servers.chat_only, Offer(Route.CHAT), " sea", " sea"),
    "errors with 200": (servers.lm_studio, Offer(Route.CHAT), " sea", " sea"),
    "a page for all": (servers.page_for_all, Offer(Route.CHAT), " sea", " sea"),
    "a chat model at completions": (servers.chat_model_refused, Offer(Route.CHAT), " sea", " sea"),
    "fields that are refused": (
        servers.choosy_chat,
        Offer(Route.CHAT, refused=("max_tokens", "temperature")),
        " sea",
        " sea",
    ),
    "fields that are unknown": (servers.strict_mistral, Offer(Route.CHAT), " sea", " sea"),
    "fields that are refused with 200": (servers.refusing_with_200, Offer(), " sea", " sea"),
    "hidden thoughts": (
        servers.hiding_thoughts,
        Offer(Route.DIRECT_CHAT, refused=("chat_template_kwargs", "max_tokens", "temperature")),
        " sea",
        " sea",
    ),
    "thoughts unless asked": (servers.thinking_unless_asked, Offer(Route.DIRECT_CHAT), " sea", " sea"),
    "a prompt put into a chat": (servers.wrapping, Offer(Route.CHAT), " sea", " sea"),
}


@pytest.mark.parametrize("name", OFFERS)
def test_the_best_of_what_is_offered_is_used(server: CompletionServer, store: OfferStore, name: str) -> None:
    server.answers, offer, at_end, between = OFFERS[name]
    engine = loaded(server, store)
    assert store.get(server.address, "big-model") == offer
    asked = len(server.asked)
    assert "She walked" not in str(server.asked)
    assert text(engine, AT_END) == at_end
    assert text(engine, BETWEEN) == between
    assert ("harbour" in str(server.asked)) == (offer.between is not None)
    assert "harbour" not in str(server.asked[asked])
    engine.close()


def test_it_is_asked_once_and_kept(server: CompletionServer, store: OfferStore) -> None:
    server.answers = servers.chat_only
    loaded(server, store).close()
    asked = len(server.asked)
    engine = loaded(server, store)
    assert len(server.asked) == asked
    assert text(engine, AT_END) == " sea"
    assert server.paths[asked:] == [servers.CHAT]
    engine.close()


def test_a_field_that_is_refused_is_left_out_from_then_on(
    server: CompletionServer, store: OfferStore
) -> None:
    server.answers = servers.choosy_chat
    engine = loaded(server, store)
    assert text(engine, AT_END) == " sea"
    asked = len(server.asked)
    assert text(engine, AT_END) == " sea"
    engine.close()
    engine = loaded(server, store)
    assert text(engine, AT_END) == " sea"
    engine.close()
    assert len(server.asked) == asked + 2
    for body in server.asked[asked:]:
        assert body["max_completion_tokens"] > 16
        assert not body.keys() & {"max_tokens", "temperature", "logprobs", "top_logprobs"}


def test_only_what_a_refusal_names_is_left_out(server: CompletionServer, store: OfferStore) -> None:
    said = {"message": "Unknown parameter: 'seed'.", "param": "seed"}

    def without_seed(path: str, body: servers.Body) -> Trouble:
        if "seed" in body:
            return Trouble(400, json.dumps({"error": said}).encode())
        return servers.plain_vllm(path, body)

    server.answers = without_seed
    engine = loaded(server, store)
    parameters = Parameters(heal=False, branch=1)
    (token,) = engine.continue_text(AT_END, parameters, lambda: False)
    assert token.text == b" sea"
    assert "logprobs" in server.asked[-1]
    assert store.get(server.address, "big-model") == Offer(refused=("seed",))
    engine.close()


def test_a_refusal_of_another_kind_leaves_nothing_out(server: CompletionServer, store: OfferStore) -> None:
    server.answers = servers.plain_vllm
    engine = loaded(server, store)
    server.troubles = [Trouble(400, b'{"error": "Stop: the seed of this garden is out."}')] * 2
    with pytest.raises(RemoteError, match="seed of this garden"):
        text(engine, AT_END)
    assert text(engine, AT_END) == " sea"
    assert "logprobs" in server.asked[-1]
    assert "stop" in server.asked[-1]
    engine.close()


def test_it_is_asked_again_when_it_fails(server: CompletionServer, store: OfferStore) -> None:
    server.answers = servers.inserting
    engine = loaded(server, store)
    server.answers = servers.chat_only
    with pytest.raises(RemoteError) as caught:
        text(engine, AT_END)
    assert not caught.value.lasting
    engine.close()
    engine = loaded(server, store)
    assert text(engine, BETWEEN) == " sea"
    assert store.get(server.address, "big-model") == Offer(Route.CHAT)
    engine.close()


def test_a_check_that_fails_has_it_asked_again(server: CompletionServer, store: OfferStore) -> None:
    server.answers = servers.inserting
    engine = loaded(server, store)
    server.answers = servers.chat_only
    with pytest.raises(RemoteError) as caught:
        engine.check_health(lambda: False)
    assert not caught.value.lasting
    assert store.get(server.address, "big-model") is None
    with pytest.raises(RemoteError) as caught:
        engine.check_health(lambda: False)
    assert caught.value.lasting
    engine.close()


@pytest.mark.parametrize("status", [401, 429, 503])
def test_errors_of_another_kind_forget_nothing(
    server: CompletionServer, store: OfferStore, status: int
) -> None:
    server.answers = servers.inserting
    engine = loaded(server, store)
    server.troubles = [Trouble(status=status)] * 2
    with pytest.raises(RemoteError):
        text(engine, AT_END)
    assert store.get(server.address, "big-model") is not None
    engine.close()


@pytest.mark.parametrize("answers", [servers.thinking, servers.thinking_aloud])
def test_a_model_that_only_thinks_is_told(
    server: CompletionServer, store: OfferStore, answers: servers.Answers
) -> None:
    server.answers = answers
    with pytest.raises(RemoteError, match="big-model thinks before it writes") as caught:
        loaded(server, store)
    assert caught.value.lasting


def test_a_server_that_offers_nothing_says_so(server: CompletionServer, store: OfferStore) -> None:
    server.answers = servers.nothing_at_all
    with pytest.raises(RemoteError, match=r"no such model or no completions.*It says: Not Found"):
        loaded(server, store)
    assert store.get(server.address, "big-model") is None


def test_of_two_refusals_that_of_an_endpoint_that_is_there_is_told(
    server: CompletionServer, store: OfferStore
) -> None:
    server.answers = servers.chat_refused
    with pytest.raises(RemoteError, match=r"error 400.*It says: Accept the terms"):
        loaded(server, store)


@pytest.mark.parametrize(("status", "sentence"), [(401, "wants a key"), (503, "error 503")])
def test_a_refusal_of_everything_is_told_at_once(
    server: CompletionServer, store: OfferStore, status: int, sentence: str
) -> None:
    server.always = Trouble(status=status)
    with pytest.raises(RemoteError, match=sentence):
        loaded(server, store)
    assert len(server.asked) == 1


def test_a_server_that_loads_its_model_is_asked_with_patience(
    server: CompletionServer, store: OfferStore
) -> None:
    server.answers = lambda path, body: replace(servers.llama_cpp(path, body), silence=2.0)
    engine = RemoteEngine(Server(server.address, "big-model"), patient(), offers=store, connect=0.1)
    assert store.get(server.address, "big-model") is None
    with pytest.raises(RemoteError, match="too slow"):
        text(engine, AT_END)
    server.answers = servers.llama_cpp
    engine.check_health(lambda: False)
    assert text(engine, BETWEEN) == " by the"
    engine.close()


def test_it_says_which_is_used(server: CompletionServer, store: OfferStore) -> None:
    for answers, said in (
        (servers.plain_vllm, "on this computer: the text before the cursor"),
        (servers.llama_cpp, "on this computer: the text before and after the cursor"),
        (servers.chat_only, "the text before the cursor, with the request to continue it"),
    ):
        server.answers = answers
        store.forget(server.address, "big-model")
        engine = loaded(server, store)
        assert str(engine.why).endswith(said)
        engine.close()


def test_where_nothing_fits_in_between_the_line_goes_on(server: CompletionServer, store: OfferStore) -> None:
    def silent_between(path: str, body: servers.Body) -> Trouble:
        if path == servers.INFILL and body["stream"]:
            return Trouble(body=b'data: {"content": "", "stop": true}\n\n')
        return servers.llama_cpp(path, body)

    server.answers = silent_between
    engine = loaded(server, store)
    assert text(engine, Context("She walked down to", "\nThe boats lay there.")) == " sea"
    assert text(engine, BETWEEN) == ""
    engine.close()


def test_probabilities_of_infilling_are_read(server: CompletionServer, store: OfferStore) -> None:
    server.answers = servers.llama_cpp
    engine = loaded(server, store)
    (token,) = engine.continue_text(BETWEEN, Parameters(heal=False), lambda: False)
    assert token.logprob == -0.5
    engine.close()


def test_the_store_keeps_few_and_reads_damage_as_nothing(store: OfferStore) -> None:
    address = "https://user:word@team.example/v1?key=secret"
    for number in range(MAX_OFFERS + 3):
        store.set(address, f"model {number}", Offer())
    assert store.get(address, "model 2") is None
    assert store.get("https://team.example", f"model {MAX_OFFERS + 2}") == Offer()
    kept = store._path.read_text()
    assert "word" not in kept
    assert "secret" not in kept
    for damage in ("", "[]", '{"https://team.example/v1/ m": {"plain": "psychic"}}', "\ud800"):
        store._path.write_bytes(damage.encode("utf-8", "surrogatepass"))
        assert store.get("https://team.example", "m") is None
    store.set(address, "m", Offer(Route.CHAT))
    assert store.get(address, "m") == Offer(Route.CHAT)
