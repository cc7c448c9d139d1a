"""In the real window, every kind of server ends in a ghost, or in a sentence that is true."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tests.fakes import offering_servers as servers
from tests.fakes.completion_server import CompletionServer
from writer.engine.remote import fallback_engine, remote_engine, server_pace
from writer.settings.server_schema import SERVER_ADDRESS, SERVER_ENABLED, SERVER_MODEL, SERVER_WAIT

PATIENT = partial(remote_engine.RemoteEngine, connect=60)
"""The engine of a server with time for a slow machine."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_engine, "RemoteEngine", PATIENT)
    monkeypatch.setattr(server_pace, "FIRST_SECONDS", 60.0)
    monkeypatch.setattr(server_pace, "NEXT_SECONDS", 60.0)
    monkeypatch.setattr(fallback_engine, "MAX_SILENCE_SECONDS", 60.0)


def use(writing, server: CompletionServer) -> None:
    writing.settings.set(SERVER_ADDRESS, server.address.removesuffix("/v1"))
    writing.settings.set(SERVER_MODEL, "big-model")
    writing.settings.set(SERVER_ENABLED, True)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (servers.appending, "on this computer: the text before the cursor"),
        (servers.llama_cpp, "on this computer: the text before and after the cursor"),
        (servers.mistral, "on this computer: the text before and after the cursor"),
        (servers.lm_studio, "the text before the cursor, with the request to continue it"),
    ],
)
def test_a_ghost_comes_from_what_is_offered(start, answers: servers.Answers, said: str) -> None:
    with CompletionServer({}).running() as server:
        server.answers = answers
        writing = start()
        use(writing, server)
        writing.until(lambda: said in writing.window.status.model.toolTip())
        writing.type("She walked down to")
        writing.until(lambda: writing.editor.ghost == " sea")
        writing.close()


@pytest.mark.parametrize("answers", [servers.llama_cpp, servers.inserting])
def test_a_ghost_comes_from_the_text_on_both_sides(start, answers: servers.Answers) -> None:
    with CompletionServer({}).running() as server:
        server.answers = answers
        writing = start()
        use(writing, server)
        writing.until(lambda: "before and after the cursor" in writing.window.status.model.toolTip())
        writing.type("\nThe boats lay there.")
        writing.key("Ctrl+Home")
        writing.type("She walked down to")
        writing.until(lambda: writing.editor.ghost == " by the")
        assert "The boats lay there." in str(server.asked[-1])
        writing.key("Tab")
        writing.until(lambda: writing.text == "She walked down to by the\nThe boats lay there.")
        writing.close()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (servers.thinking, "big-model thinks before it writes"),
        (servers.nothing_at_all, "no such model or no completions"),
    ],
)
def test_a_sentence_says_why_the_model_of_this_machine_writes(
    start, answers: servers.Answers, said: str
) -> None:
    with CompletionServer({}).running() as server:
        server.answers = answers
        writing = start({"She walked down to": " own words"})
        use(writing, server)
        writing.until(lambda: said in writing.window.status.model.toolTip())
        writing.type("She walked down to")
        writing.until(lambda: writing.editor.ghost == " own words")
        assert "She walked" not in str(server.asked)
        writing.close()


def test_a_server_that_is_only_slow_is_waited_for_and_shown_as_slower(
    start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_pace, "FIRST_SECONDS", 0.2)
    monkeypatch.setattr(server_pace, "MARGIN", 100.0)  # for a slow machine
    monkeypatch.setattr(fallback_engine, "BACKOFF_SECONDS", 0.01)
    with CompletionServer({}).running() as server:
        server.answers = lambda path, body: replace(servers.plain_vllm(path, body), silence=0.5)
        writing = start({"She walked down to": " own words"})
        writing.settings.set(SERVER_WAIT, 60)
        use(writing, server)
        status = writing.window.status
        writing.until(lambda: "the text before the cursor" in status.model.toolTip())
        writing.type("She walked down to")
        writing.until(lambda: writing.editor.ghost == " own words")
        assert "took longer than" in status.model.toolTip()

        def asked_again() -> bool:
            writing.settle()
            writing.key("Backspace")
            writing.type("o")
            return "big-model" in status.model.text()

        writing.until(asked_again, 120)
        writing.until(lambda: writing.editor.ghost == " sea")
        assert status.model.text().endswith(", slower")
        assert "s to its first word, and suggestions wait for it" in status.model.toolTip()
        assert "does not answer" not in status.model.toolTip()
        writing.close()
