"""Asking for a newer version: never unasked, one request, and no answer of a server does more than tell."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator

import pytest

from tests.fakes.completion_server import CompletionServer, Trouble
from writer import __version__
from writer.app.desktop.update_check import UpdateError, is_newer, newest

LONG = b'{"version": "9.0"' + b" " * 1_000_000 + b"}"


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer({}).running() as running:
        yield running


def answering(server: CompletionServer, answer: object) -> str:
    server.always = Trouble(body=json.dumps(answer).encode())
    return server.address


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ({"tag_name": "v1.2.3", "html_url": "https://example.org"}, "1.2.3"),
        ({"version": "2.0"}, "2.0"),
    ],
)
def test_the_version_is_read_as_releases_name_it(
    server: CompletionServer, answer: object, version: str
) -> None:
    assert newest(answering(server, answer)) == version
    assert len(server.keys) == 1


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "1.0",
        {},
        {"tag_name": 7},
        {"tag_name": "v1.0; rm -rf /"},
        {"tag_name": "９.0"},
        {"version": "9" * 99},
    ],
)
def test_what_is_no_version_is_one_sentence(server: CompletionServer, answer: object) -> None:
    with pytest.raises(UpdateError, match=r"tells no version; check the address in Settings\.$"):
        newest(answering(server, answer))


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(body=b"\xff{"),
        Trouble(body=b"[" * 100_000),
        Trouble(body=b" " * 1_000_001),
        Trouble(body=gzip.compress(LONG), headers={"Content-Encoding": "gzip"}),
        Trouble(status=404),
        Trouble(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        Trouble(silence=60),
    ],
)
def test_a_hostile_or_broken_server_is_one_sentence(server: CompletionServer, trouble: Trouble) -> None:
    server.always = trouble
    began = time.monotonic()
    with pytest.raises(UpdateError, match=r"\.$"):
        newest(server.address, seconds=1)
    assert time.monotonic() - began < 20
    assert len(server.keys) == 1


def test_nothing_is_asked_without_encryption_and_no_network_is_one_sentence() -> None:
    unencrypted = ("http://example.org/latest", "http://127.evil.example")
    for address in (*unencrypted, "file:///etc/passwd", "latest", "https://", "https://["):
        with pytest.raises(UpdateError, match="is no address"):
            newest(address)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UpdateError, match="check the network"):
            newest(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_versions_are_compared_by_their_numbers() -> None:
    assert is_newer("0.10", than="0.9.9")
    assert not is_newer("1.0", than="1.0.0")
    assert not is_newer("0.9", than="0.10")
    assert not is_newer(__version__)
