"""What servers answer instead of what they were asked for: each ends in words, or in one true sentence."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from email.utils import formatdate
from typing import Any

import pytest

from tests.fakes.completion_server import CompletionServer, Trouble
from writer.engine.protocol import Parameters
from writer.engine.remote.connection import Connection, Server
from writer.engine.remote.refusals import MAX_REASON, RefusedError, RemoteError, wait_of
from writer.engine.remote.remote_engine import CHECK_PROMPT, LEAST_WINDOW, WINDOW, RemoteEngine
from writer.engine.remote.server_pace import ServerPace, TimeAllowed
from writer.suggestions.context import Context

EVENTS = {"Content-Type": "text/event-stream"}
JSON = {"Content-Type": "application/json"}
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"


def choice(**values: Any) -> str:
    return json.dumps({"choices": [{"index": 0, **values}]})


def whole(value: Any, status: int = 0, **headers: str) -> Trouble:
    return Trouble(status=status, body=json.dumps(value).encode(), headers=JSON | headers)


def stream(*lines: str) -> Trouble:
    return Trouble(body="".join(f"{line}\n\n" for line in lines).encode(), headers=EVENTS)


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer({"": " own words"}).running() as running:
        yield running


@pytest.fixture
def engine(server: CompletionServer) -> Iterator[RemoteEngine]:
    engine = RemoteEngine(Server(server.address, "big-model"), ServerPace(TimeAllowed(60, 60)))
    yield engine
    engine.close()


def text(engine: RemoteEngine, before: str = "The quick") -> str:
    parameters = Parameters(heal=False)
    tokens = engine.continue_text(Context(before), parameters, lambda: False)
    return b"".join(token.text for token in tokens).decode()


ANSWERS = {
    "one piece": whole({"choices": [{"text": " sea"}]}),
    "one piece without its type": Trouble(body=b' \n{"choices": [{"text": " sea"}]}'),
    "a chat in one piece": whole({"choices": [{"message": {"role": "assistant", "content": " sea"}}]}),
    "a streamed chat": stream(
        "data: " + choice(delta={"role": "assistant", "content": None}),
        "data: " + choice(delta={"content": " sea"}),
        "data: " + choice(delta={}, finish_reason="stop"),
        "data: [DONE]",
    ),
    "comments and names of events": stream(
        ": OPENROUTER PROCESSING", "event: completion\ndata: " + choice(text=" sea"), ": ping", "data: [DONE]"
    ),
    "a byte order mark": stream("\ufeffdata: " + choice(text=" sea"), "data: [DONE]"),
    "a byte order mark in one piece": Trouble(
        body=b'\xef\xbb\xbf{"choices": [{"text": " sea"}]}', headers=JSON
    ),
    "events without spaces": stream("data:" + choice(text=" sea"), "data:[DONE]"),
    "no choices at first, usage at last": stream(
        'data: {"prompt_filter_results": [], "choices": []}',
        'data: {"choices": null}',
        "data: " + choice(text=" sea"),
        'data: {"usage": {"total_tokens": 3}}',
        "data: [DONE]",
    ),
    "a text of null": stream("data: " + choice(text=None), "data: " + choice(text=" sea"), "data: [DONE]"),
    "errors of null": stream('data: {"error": null, "choices": [{"text": " sea"}]}'),
    "no end": stream("data: " + choice(text=" sea")),
    "lines that end otherwise": Trouble(
        body=f"data: {choice(text=' sea')}\r\n\r\ndata: [DONE]\r\n\r\n".encode(), headers=EVENTS
    ),
    "no empty lines": Trouble(body=f"data: {choice(text=' sea')}\ndata: [DONE]\n".encode(), headers=EVENTS),
    "an unknown encoding of its type": Trouble(
        body=f"data: {choice(text=' sea')}\n\n".encode(), headers={"Content-Type": "text/plain"}
    ),
}

FAILURES = {
    "an error with 200": (
        whole({"error": {"message": "model is loading", "type": "x"}}),
        "reports an error. It says: model is loading",
    ),
    "a plain error with 200": (whole({"error": "no memory"}), "reports an error. It says: no memory"),
    "vLLM's error with 200": (
        whole({"object": "error", "message": "no such model", "code": 404}),
        "reports an error. It says: no such model",
    ),
    "FastAPI's detail with 200": (whole({"detail": "Not logged in"}), "It says: Not logged in"),
    "an error in the stream": (
        stream('event: error\ndata: {"error": {"message": "out of memory"}}'),
        "reports an error. It says: out of memory",
    ),
    "an error without a reason": (whole({"error": True}), "look at its own log"),
    "a page to log in": (Trouble(body=PAGE, headers={"Content-Type": "text/html"}), "a web page"),
    "a page that says it is a stream": (Trouble(body=b"\n " + PAGE, headers=EVENTS), "a web page"),
    "another program's JSON": (whole({"status": "ok"}), "does not answer as"),
    "a list": (whole([]), "does not answer as"),
    "plain words": (Trouble(body=b"It works!"), "does not answer as"),
    "nothing": (Trouble(body=b"", status=200), "does not answer as"),
    "only comments": (stream(": ping", ": ping"), "does not answer as"),
    "no money": (whole({"error": {"message": "Insufficient Balance"}}, 402), "to be paid first.*Balance"),
    "a model that the key may not use": (whole({"message": "No access"}, 403), "does not let.*No access"),
    "no such model": (whole({"detail": "no model x"}, 404), "no such model.*It says: no model x"),
    "a field that is not known": (
        whole({"detail": [{"loc": ["body"], "msg": "extra inputs"}]}, 422),
        r"error 422.*extra inputs",
    ),
    "too many questions": (Trouble(status=429), "too often; the model of this machine"),
    "a pause": (
        whole({"error": "slow down"}, 429, **{"Retry-After": "30"}),
        "30 s of rest. It says: slow down",
    ),
    "a pause in words": (
        whole({"error": {"message": "Rate limit reached. Please try again in 7.66s."}}, 429),
        "wants 8 s of rest",
    ),
    "an account that is empty": (
        whole({"error": {"message": "You exceeded your current quota, please check your plan."}}, 429),
        "wants to be paid first.*current quota",
    ),
    "no key": (whole({"error": "Missing key"}, 401), "wants a key; enter it in Settings. It says: Missing"),
    "an error that is passed on": (
        whole(
            {
                "error": {
                    "message": "Provider returned error",
                    "metadata": {"raw": '{"error": {"message": "Out of paper"}}'},
                }
            },
            502,
        ),
        "It says: Out of paper",
    ),
    "errors in a list": (
        whole({"errors": [{"message": "No route"}], "success": False}, 400),
        "says: No route",
    ),
    "a message with 200": (whole({"message": "No such place"}), "error. It says: No such place"),
    "another place": (
        Trouble(status=301, headers={"Location": "https://user:word@new.example/v1/completions?key=x"}),
        "points to https://new.example; if you know that",
    ),
    "another place without an address": (Trouble(status=302, headers={"Location": "http://["}), "error 302"),
    "a page as an error": (Trouble(status=502, body=PAGE), r"error 502\); look at its own log.$"),
    "a model that is loading": (
        whole({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503),
        "is loading its model; the model of this machine takes over",
    ),
    "words as an error": (Trouble(status=500, body=b"out of\n memory"), "It says: out of memory"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_odd_answers_are_read(engine: RemoteEngine, server: CompletionServer, name: str) -> None:
    server.troubles = [ANSWERS[name]]
    assert text(engine) == " sea"
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_told_as_what_they_are(
    engine: RemoteEngine, server: CompletionServer, name: str
) -> None:
    trouble, sentence = FAILURES[name]
    server.troubles = [trouble] * 2
    with pytest.raises(RemoteError, match=sentence):
        text(engine)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "This model's maximum context length is 2048 tokens. However, you requested 3000 tokens."),
        (400, "the request exceeds the available context size. try increasing the context size"),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 512. Given: 900"),
        (413, ""),
    ],
)
def test_a_prompt_that_is_too_long_is_sent_shorter_from_then_on(
    engine: RemoteEngine, server: CompletionServer, status: int, reason: str
) -> None:
    server.troubles = [whole({"error": {"message": reason}}, status)] * 2
    long = "word " * 2_000
    assert text(engine, long) == " own words"
    lengths = [len(asked["prompt"]) for asked in server.asked]
    assert len(lengths) == 3
    assert lengths[0] >= WINDOW
    assert all(shorter <= longer / 2 for longer, shorter in itertools.pairwise(lengths))
    assert text(engine, long) == " own words"
    assert len(server.asked[-1]["prompt"]) == lengths[-1]
    assert "logprobs" in server.asked[-1]


def test_a_context_for_which_everything_is_too_long_is_told(
    engine: RemoteEngine, server: CompletionServer
) -> None:
    server.always = whole({"error": "prompt too long"}, 400)
    with pytest.raises(RefusedError, match=r"takes only shorter texts.*It says: prompt too long"):
        text(engine, "word " * 2_000)
    assert 4 <= len(server.asked) <= 9
    assert len(server.asked[-1]["prompt"]) <= LEAST_WINDOW


def test_a_check_sends_nothing_of_the_users(engine: RemoteEngine, server: CompletionServer) -> None:
    engine.check_health(lambda: False)
    assert [(asked["prompt"], asked["max_tokens"]) for asked in server.asked] == [(CHECK_PROMPT, 1)]
    server.troubles = [Trouble(body=PAGE)]
    with pytest.raises(RemoteError, match="web page"):
        engine.check_health(lambda: False)


@pytest.mark.parametrize(
    ("said", "shown"),
    [("no memory", "no memory."), ("No memory!", "No memory!"), ("内存不足。", "内存不足。")],
)
def test_a_reason_ends_as_a_sentence(
    engine: RemoteEngine, server: CompletionServer, said: str, shown: str
) -> None:
    server.troubles = [whole({"error": said}, 402)]
    with pytest.raises(RefusedError) as caught:
        text(engine)
    assert str(caught.value).endswith(f"It says: {shown}")


def test_a_key_that_is_refused_is_another_matter_than_none(server: CompletionServer) -> None:
    server.always = whole({"error": {"message": "Incorrect API key"}}, 401)
    with pytest.raises(
        RefusedError, match=r"wants another key; enter it in Settings. It says: Incorrect API key"
    ):
        RemoteEngine(Server(server.address, key="wrong"), connect=30)


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (Trouble(body=b"\xef\xbb\xbf \n" + PAGE), "a web page, perhaps to log in"),
        (whole({"error": {"message": "Not logged in"}}), "does not list its models.* It says: Not logged in"),
        (whole({"status": "ok"}), "does not answer as"),
        (whole([]), "does not answer as"),
        (Trouble(body=b"It works!"), "does not answer as"),
        (whole({"data": []}), "offers no model"),
        (whole({"data": [{"id": ""}, {"id": 7}, "x", {"id": "x" * 1_000}]}), "offers no model"),
        (Trouble(status=308, headers={"Location": "https://new.example/"}), "points to https://new.example"),
    ],
)
def test_a_list_of_models_that_is_none_is_told_as_what_it_is(
    server: CompletionServer, trouble: Trouble, sentence: str
) -> None:
    server.always = trouble
    with pytest.raises(RemoteError, match=sentence):
        RemoteEngine(Server(server.address), connect=30)


def test_models_that_are_listed_twice_are_one(server: CompletionServer) -> None:
    server.always = whole({"data": [{"id": "b"}, {"id": "a"}, {"id": "b"}]})
    connection = Connection(Server(server.address))
    assert connection.models(lambda: False, 30) == ["b", "a"]
    connection.close()


def test_a_server_without_encryption_is_told_as_that(server: CompletionServer) -> None:
    engine = RemoteEngine(Server(server.address.replace("http:", "https:"), "big-model"))
    with pytest.raises(RemoteError, match="does not speak https"):
        engine.check_health(lambda: False)
    engine.close()


def test_a_refusal_for_another_reason_leaves_the_text_as_long_as_it_was(
    engine: RemoteEngine, server: CompletionServer
) -> None:
    server.always = whole({"error": "The daily limit was exceeded."}, 400)
    with pytest.raises(RefusedError):
        text(engine, "word " * 2_000)
    server.always = None
    assert text(engine, "word " * 2_000) == " own words"
    assert len(server.asked[-1]["prompt"]) >= WINDOW


def test_a_long_reason_is_cut(engine: RemoteEngine, server: CompletionServer) -> None:
    server.troubles = [whole({"error": "why\n" * 1_000}, 402)]
    with pytest.raises(RefusedError) as caught:
        text(engine)
    assert len(caught.value.reason) == MAX_REASON
    assert "\n" not in caught.value.reason


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("7", 7, 7), ("1e99", 3_600, 3_600), ("-3", 0, 0), ("nan", 0, 0), ("soon", 0, 0), ("", 0, 0)],
)
def test_the_time_to_wait_is_a_number(value: str, least: float, most: float) -> None:
    assert least <= wait_of({"Retry-After": value}) <= most


def test_the_time_to_wait_may_be_a_date() -> None:
    assert wait_of({"Retry-After": formatdate(2**31, usegmt=True)}) == 3_600
    assert wait_of({"Retry-After": formatdate(0, usegmt=True)}) == 0


def test_an_error_within_an_answer_ends_it(engine: RemoteEngine, server: CompletionServer) -> None:
    refusal = 'data: {"error": {"message": "Unknown parameter: logprobs"}}'
    server.troubles = [stream("data: " + choice(text=" sea"), refusal)]
    tokens = engine.continue_text(Context("The quick"), Parameters(heal=False), lambda: False)
    assert next(tokens).text == b" sea"
    with pytest.raises(RemoteError, match="Unknown parameter"):
        next(tokens)
    assert len(server.asked) == 1


def test_a_text_that_is_too_long_is_sent_shorter_also_where_the_status_is_200(
    engine: RemoteEngine, server: CompletionServer
) -> None:
    server.troubles = [whole({"error": "Trying to keep the first 4000 tokens when context the overflows."})]
    assert text(engine, "word " * 2_000) == " own words"
    assert len(server.asked[1]["prompt"]) <= len(server.asked[0]["prompt"]) / 2


@pytest.mark.parametrize("opening", ['{"error":', "[", '{"detail":['])
def test_a_refusal_as_deep_as_a_well_is_one_sentence(
    engine: RemoteEngine, server: CompletionServer, opening: str
) -> None:
    closing = {"{": "}", "[": "]"}
    deep = opening * 400 + '"x"' + "".join(closing[c] for c in reversed(opening) if c in closing) * 400
    server.always = Trouble(status=400, body=deep.encode(), headers=JSON)
    with pytest.raises(RemoteError, match="error 400"):
        text(engine)
