"""One certificate is accepted by its fingerprint, and before another one nothing is sent."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.fakes.completion_server import CompletionServer
from tests.fakes.own_certificates import FIRST, SECOND, OwnCertificate, secured
from writer.base.http.body import HttpError, HttpFailure
from writer.base.http.pinned_certificate import fetch_fingerprint
from writer.base.http.session import HttpSession, TimeLimits
from writer.base.progress import never

LIMITS = TimeLimits(60, 60)


def ask(server: CompletionServer, certificate: str) -> object:
    with (
        HttpSession(certificate=certificate, trust_env=False) as session,
        session.open(server.address + "/models", LIMITS, never) as answer,
    ):
        return answer.json(10_000)


@pytest.mark.parametrize("own", [FIRST, SECOND])
def test_the_fingerprint_is_that_of_openssl(tmp_path: Path, own: OwnCertificate) -> None:
    server = secured(CompletionServer({}), own, tmp_path)
    with server.running():
        assert fetch_fingerprint("127.0.0.1", server.port, 60) == own.fingerprint
    assert server.keys == []


def test_the_certificate_with_this_fingerprint_is_accepted(tmp_path: Path) -> None:
    server = secured(CompletionServer({}), FIRST, tmp_path)
    with server.running():
        assert ask(server, FIRST.fingerprint)
        assert ask(server, FIRST.fingerprint.replace(":", "").lower())
        assert len(server.keys) == 2


@pytest.mark.parametrize("wanted", [SECOND.fingerprint, FIRST.fingerprint[:-3], "x"])
def test_before_another_certificate_nothing_is_sent(tmp_path: Path, wanted: str) -> None:
    server = secured(CompletionServer({}), FIRST, tmp_path)
    with server.running():
        with pytest.raises(HttpError) as caught:
            ask(server, wanted)
        assert caught.value.failure is HttpFailure.OTHER_CERTIFICATE
        assert server.keys == []


def test_a_server_that_is_not_there_or_has_no_certificate_shows_none() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(HttpError):
        fetch_fingerprint("127.0.0.1", port, 60)
    with CompletionServer({}).running() as server, pytest.raises(HttpError):
        fetch_fingerprint("127.0.0.1", server.port, 60)
