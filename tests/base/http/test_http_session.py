"""Requests end in time, are cancelled at once, and go nowhere that nobody meant."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.completion_server import CompletionServer, Trouble
from tests.fakes.hostile_answers import RawAnswer, chunked, redirect, repeated, slowly, whole
from tests.fakes.own_certificates import FIRST, secured
from writer.base.http.body import HttpError, HttpFailure
from writer.base.http.session import HttpSession, TimeLimits
from writer.base.progress import Cancelled, never

LONG = TimeLimits(10, 10)


@pytest.fixture
def server() -> Iterator[CompletionServer]:
    with CompletionServer({}).running() as running:
        yield running


@pytest.fixture
def session() -> Iterator[HttpSession]:
    with HttpSession() as session:
        session._opened()  # reads the system's certificates, which takes longer than some limits here
        yield session


def answering(server: CompletionServer, *raw: RawAnswer) -> str:
    server.troubles = [Trouble(raw=one) for one in raw]
    return server.address


def failure(session: HttpSession, url: str, limits: TimeLimits = LONG, **more: Any) -> HttpFailure:
    """Why the JSON at a URL cannot be had."""
    with pytest.raises(HttpError) as caught, session.open(url, limits, never, **more) as answer:
        answer.json(1_000_000)
    return caught.value.failure


def test_an_answer_is_read_in_every_way(session: HttpSession, server: CompletionServer) -> None:
    for read in (
        lambda answer: answer.json(1000),
        lambda answer: b"".join(answer.raw_pieces()) and {"a": [1]},
        lambda answer: b"".join(answer.pieces(1000)) and {"a": [1]},
    ):
        url = answering(server, lambda: chunked(iter([b'{"a":\n', b"[1]}"]), "X-Name: value"))
        with session.open(url, LONG, never) as answer:
            assert (answer.status, answer.headers["x-name"], answer.host) == (200, "value", "127.0.0.1")
            assert read(answer) == {"a": [1]}


def test_nothing_but_identity_is_asked_for_and_no_cookies_are_kept() -> None:
    heads = []
    with socket.create_server(("127.0.0.1", 0)) as listening, HttpSession() as session:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def serve() -> None:
            for _ in range(2):
                connection, _address = listening.accept()
                with connection:
                    heads.append(connection.recv(10_000).decode().lower())
                    connection.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        for _ in range(2):
            with session.open(url, LONG, never) as answer:
                assert answer.json(10) == {}
        thread.join()
    assert all("accept-encoding: identity\r\n" in head and "cookie" not in head for head in heads)


@pytest.mark.parametrize("seconds", [0.2, 0.5])
@pytest.mark.parametrize(
    "raw",
    [
        lambda: iter([5.0]),
        lambda: slowly(b"HTTP/1.1 200 OK\r\nX: y\r\n" * 20, 0.02),
        lambda: chunked(slowly(b" " * 1000, 0.02)),
        lambda: chunked(repeated(b" ", 1 << 30)),
        lambda: repeated(b"HTTP/1.1 100 Continue\r\n\r\n", 1 << 30),
        lambda: redirect("?again", slowly(b" " * 1000, 0.02)),
    ],
    ids=["silence", "head", "body", "chunks", "100 Continue", "body of a redirect"],
)
def test_an_answer_has_its_time_in_all(
    session: HttpSession, server: CompletionServer, raw: RawAnswer, seconds: float
) -> None:
    began = time.monotonic()
    limits = TimeLimits(seconds, seconds)
    assert failure(session, answering(server, raw), limits, redirects=3) is HttpFailure.SLOW
    assert seconds <= time.monotonic() - began < seconds + 4


def test_the_head_has_a_time_of_its_own(session: HttpSession, server: CompletionServer) -> None:
    assert failure(session, answering(server, lambda: iter([5.0])), TimeLimits(0.1, 10)) is HttpFailure.SLOW
    url = answering(server, lambda: chunked(iter([b"[", 0.3, b"]"])))
    with session.open(url, TimeLimits(5, math.inf), never) as answer:
        assert answer.json(10) == []


def test_what_comes_next_can_be_given_less_time(session: HttpSession, server: CompletionServer) -> None:
    url = answering(server, lambda: chunked(iter([b"a\n", 0.05, b"b\n", 5.0])))
    with session.open(url, LONG, never) as answer:
        pieces = answer.pieces(100)
        assert next(pieces) == b"a\n"
        answer.allow(2)
        assert next(pieces) == b"b\n"
        answer.allow(0.1)
        with pytest.raises(HttpError, match="complete"):
            next(pieces)


@pytest.mark.parametrize(
    "raw",
    [
        lambda: iter([5.0]),
        lambda: chunked(iter([b" ", 5.0])),
        lambda: chunked(repeated(b" ", 1 << 30)),
        lambda: redirect("?again", repeated(b"x", 1 << 20, 0.01)),
    ],
    ids=["silence", "stall", "without end", "redirect"],
)
def test_cancelling_needs_no_byte_of_the_server(
    session: HttpSession, server: CompletionServer, raw: RawAnswer
) -> None:
    url, until = answering(server, raw), time.monotonic() + 0.2
    with (
        pytest.raises(Cancelled),
        session.open(url, LONG, lambda: time.monotonic() > until, redirects=3) as answer,
    ):
        answer.json(1 << 30)
    assert time.monotonic() - until < 4


def test_what_is_cancelled_before_it_begins_asks_nobody(
    session: HttpSession, server: CompletionServer
) -> None:
    with pytest.raises(Cancelled), session.open(server.address, LONG, lambda: True):
        pass
    assert server.keys == []


def test_a_session_goes_on_after_a_failure(session: HttpSession, server: CompletionServer) -> None:
    url = answering(server, lambda: iter([5.0]), lambda: whole(b"[" * 100_000), lambda: whole(b"{}"))
    assert failure(session, url, TimeLimits(0.1, 0.1)) is HttpFailure.SLOW
    assert failure(session, url) is HttpFailure.MALFORMED
    with session.open(url, LONG, never) as answer:
        assert answer.json(10) == {}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (lambda: iter([b""]), HttpFailure.CUT),
        (lambda: iter([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]), HttpFailure.CUT),
        (lambda: iter([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n"]), HttpFailure.CUT),
        (
            lambda: iter([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n"]),
            HttpFailure.MALFORMED,
        ),
        (lambda: iter([b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"]), HttpFailure.MALFORMED),
        (lambda: iter([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000]), HttpFailure.MALFORMED),
        (lambda: iter([b"SSH-2.0\r\n\r\n"]), HttpFailure.MALFORMED),
        (lambda: whole(b"{}", "Content-Encoding: gzip, gzip"), HttpFailure.MALFORMED),
        (lambda: whole(b" " * 1_000_001), HttpFailure.LARGE),
        (lambda: redirect("?again"), HttpFailure.REDIRECTS),
        (lambda: redirect("file:///etc/passwd"), HttpFailure.UNSAFE_REDIRECT),
        (lambda: redirect("ftp://127.0.0.1/"), HttpFailure.UNSAFE_REDIRECT),
        (lambda: redirect("//"), HttpFailure.REDIRECTS),
        (lambda: redirect("http://[/"), HttpFailure.UNSAFE_REDIRECT),
        (lambda: redirect(f"http://{'x' * 300}/"), HttpFailure.UNSAFE_REDIRECT),
    ],
)
def test_what_went_wrong_is_told_apart(
    session: HttpSession, server: CompletionServer, raw: RawAnswer, expected: HttpFailure
) -> None:
    server.always = Trouble(raw=raw)
    assert failure(session, server.address, redirects=3) is expected


def test_no_server_and_no_address_are_told_apart(session: HttpSession) -> None:
    assert failure(session, "http://127.0.0.1:9/") is HttpFailure.UNREACHABLE
    for url in ("http://", "file:///etc/passwd", "http://[:", "latest"):
        assert failure(session, url) is HttpFailure.ADDRESS


def test_redirects_are_followed_only_where_that_is_wanted(
    session: HttpSession, server: CompletionServer
) -> None:
    url = answering(server, *[lambda: redirect("?again", repeated(bytes(5000), 1 << 30))] * 3)
    with session.open(url, LONG, never, redirects=3) as answer:
        assert answer.json(1000)["object"] == "list"
    assert len(server.keys) == 4
    server.always = Trouble(raw=lambda: redirect("?again"))
    with session.open(url, LONG, never) as answer:
        assert answer.status == 302


def test_an_early_end_loses_nothing_of_what_came(session: HttpSession, server: CompletionServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"
    with session.open(answering(server, lambda: iter([head + b"x" * 70_000])), LONG, never) as answer:
        pieces = answer.raw_pieces()
        assert len(next(pieces)) == 70_000
        with pytest.raises(HttpError, match="cut"):
            next(pieces)


def test_a_name_that_is_looked_up_for_long_keeps_nobody(
    session: HttpSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the caller, and not the end of the process: the thread that waits for the name is a daemon."""
    looked_up, asked = threading.Event(), threading.Event()

    def slow(*_names: Any, **_named: Any) -> Any:
        assert threading.current_thread().daemon
        asked.set()
        looked_up.wait(5)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    assert failure(session, "http://hub.invalid/", TimeLimits(0.2, 0.2)) is HttpFailure.SLOW
    assert time.monotonic() - began < 4
    assert asked.is_set()
    looked_up.set()
    assert failure(session, "http://hub.invalid/") is HttpFailure.UNREACHABLE


def test_a_certificate_that_nobody_vouches_for_is_told_as_that(session: HttpSession, tmp_path: Path) -> None:
    secure = secured(CompletionServer({}), FIRST, tmp_path)
    with secure.running():
        assert failure(session, secure.address) is HttpFailure.CERTIFICATE
        assert secure.keys == []


def test_nothing_leads_away_from_encryption(
    tmp_path: Path, server: CompletionServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = secured(CompletionServer({}), FIRST, tmp_path)
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(FIRST.pem[FIRST.pem.index("-----BEGIN CERTIFICATE") :])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = secure.address
    with secure.running(), HttpSession() as session:
        secure.troubles = [Trouble(raw=lambda: redirect(server.address))]
        assert failure(session, url, redirects=3) is HttpFailure.UNSAFE_REDIRECT
        assert server.keys == []
        server.troubles = [Trouble(raw=lambda: redirect(url))]
        with session.open(server.address, LONG, never, redirects=3) as answer:
            assert answer.json(1000)["object"] == "list"
