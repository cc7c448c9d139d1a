"""A connection to a completions server that reads responses event by event, with limits and cancelling.

Cancelling closes the stream, so that the server can stop generating.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from writer.base.errors import Message, Sentence
from writer.base.http.body import HttpError, HttpFailure, parse_json
from writer.base.http.event_stream import event_data
from writer.base.http.network import is_local
from writer.base.http.session import HttpAnswer, HttpSession, TimeLimits
from writer.base.progress import CancelCheck
from writer.engine.remote.addresses import endpoint_url, full_address
from writer.engine.remote.completions_api import malformed_response
from writer.engine.remote.refusals import (
    LastingError,
    NoAnswerError,
    RemoteError,
    reason_of,
    redirected,
    refused,
    reported,
    wait_of,
)
from writer.engine.remote.routes import Question

MAX_MODELS_BYTES = 4_000_000
"""Bytes of a server's list of models; of the largest public server it has some hundred thousand."""

MAX_MODEL_NAME = 300
"""Characters of a model's name; longer ones are left out."""

MAX_RESPONSE_BYTES = 8_000_000
"""Bytes of a stream with all its events, or of an answer in one piece."""

MAX_REFUSAL_BYTES, REFUSAL_SECONDS = 65_536, 1.5
"""Bytes of the body of an error, and seconds that it may take; beyond them its reason is not shown."""


_BLANK = b"\xef\xbb\xbf \t\r\n"
"""What may stand before the first character of a body."""

_HOST = re.compile(r"[\w.:-]{1,253}")
"""A host name, or an IP address without its brackets."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its address as it was pasted, the model's name, the API key.

    `trusted` are the host names to which the user allows connections without encryption, `certificates` the
    allowed certificates that nobody vouches for, each as "host:port fingerprint".
    """

    address: str
    model: str = ""
    key: str = ""
    trusted: frozenset[str] = frozenset()
    certificates: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host name with the port, where there is one."""
        return urlsplit(full_address(self.address)).netloc.rpartition("@")[2] if self.hostname else ""

    @property
    def hostname(self) -> str:
        """The host name, "" where the address is invalid."""
        try:
            host = urlsplit(full_address(self.address)).hostname or ""
        except ValueError:
            return ""
        return host if _HOST.fullmatch(host) else ""

    @property
    def place(self) -> str:
        """The host name and the port, which an allowed certificate holds for; "" without encryption."""
        try:
            parts = urlsplit(full_address(self.address))
            return f"{self.hostname}:{parts.port or 443}" if parts.scheme == "https" else ""
        except ValueError:
            return ""

    @property
    def fingerprint(self) -> str:
        """The SHA-256 fingerprint of the certificate that is allowed here, "" for those of the system."""
        allowed = (line.split() for line in self.certificates)
        return next((parts[1] for parts in allowed if len(parts) == 2 and parts[0] == self.place), "")

    def url(self, path: str) -> str:
        """The URL of an endpoint of the API, such as "models"."""
        return endpoint_url(self.address, path)

    def why_refused(self) -> Message:
        """Why nothing may be sent there yet, "" where it may."""
        scheme, host = full_address(self.address).partition(":")[0], self.hostname
        if not host or scheme not in ("http", "https"):
            return Sentence(
                "“{address}” is no address of a server; it should look like https://team.example/v1.",
                {"address": self.address},
            )
        if scheme == "http" and not is_local(host) and host not in self.trusted:
            return Sentence(
                "The line to {host} is not encrypted: whoever is on the way can read what you write. "
                "Allow it in Settings, or use an address that begins with https.",
                {"host": host},
            )
        return ""


class Connection:
    """A connection to one server. Used from one thread; `close` it.

    Raises RemoteError where the address is invalid or not allowed.
    """

    def __init__(self, server: Server) -> None:
        if why := server.why_refused():
            raise RemoteError(why)
        self.server = server
        # No proxy between two programs of one machine.
        self._session = HttpSession(
            {"Authorization": f"Bearer {server.key}"} if server.key else {},
            trust_env=not is_local(server.hostname),
            certificate=server.fingerprint,
        )

    def models(self, cancelled: CancelCheck, seconds: float) -> list[str]:
        """The names of the server's models, within `seconds` in all.

        Raises RemoteError where that fails, and Cancelled once `cancelled()`.
        """
        with self._answer("models", TimeLimits(seconds, seconds), cancelled) as answer:
            body = b"".join(answer.pieces(MAX_MODELS_BYTES))
            if _opens_page(body):
                raise _web_page(self.server.host)
            raw = parse_json(body)
        data = raw.get("data") if isinstance(raw, dict) else None
        if not isinstance(data, list):
            raise reported(raw) if isinstance(raw, dict) and reason_of(raw) else malformed_response()
        names = (entry.get("id") for entry in data if isinstance(entry, dict))
        known = (name for name in names if isinstance(name, str) and 0 < len(name) <= MAX_MODEL_NAME)
        return list(dict.fromkeys(known))

    def events(
        self, question: Question, cancelled: CancelCheck, first_timeout: float, next_timeout: float
    ) -> Iterator[str]:
        """The data of each event in the response to `question`.

        A response that is not streamed is one event. The first must arrive within `first_timeout` seconds,
        each other one within `next_timeout` after the one before, and all of them within the time of as many
        events as tokens were asked for; comments change nothing in that. Raises RemoteError, and Cancelled
        once `cancelled()`. Closing the iterator closes the stream.
        """
        started = time.monotonic()
        limits = TimeLimits(first_timeout, first_timeout + next_timeout * (question.max_tokens + 1))
        with self._answer(question.path, limits, cancelled, question.body) as answer:
            answer.allow(first_timeout - (time.monotonic() - started))
            pieces = answer.pieces(MAX_RESPONSE_BYTES)
            first = next((rest for piece in pieces if (rest := piece.lstrip(_BLANK))), b"")
            if _opens_page(first):
                raise _web_page(self.server.host)
            if first.startswith((b"{", b"[")):
                answer.allow(limits.total)
                yield b"".join(chain((first,), pieces)).decode("utf-8", "replace")
                return
            for data in event_data(chain((first,), pieces)):
                yield data
                answer.allow(next_timeout)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    @contextmanager
    def _answer(
        self, path: str, limits: TimeLimits, cancelled: CancelCheck, body: dict[str, Any] | None = None
    ) -> Iterator[HttpAnswer]:
        """An answer with status 200. Redirects are not followed, for text goes where the user said."""
        host = self.server.host
        try:
            with self._session.open(self.server.url(path), limits, cancelled, body=body) as answer:
                if answer.status != 200:
                    raise _refusal(self.server, answer)
                yield answer
        except HttpError as error:
            raise _translated(error.failure, host) from error


def _translated(failure: HttpFailure, host: str) -> RemoteError:
    if failure is HttpFailure.LARGE:
        return RemoteError("{host} answers too much; check its address.", host=host)
    if failure is HttpFailure.MALFORMED:
        return malformed_response()
    error = NoAnswerError(_no_answer(failure, host))
    error.failure = failure
    return error


def _no_answer(failure: HttpFailure, host: str) -> Sentence:
    """The sentence about a server from which no answer came."""
    values = {"host": host}
    match failure:
        case HttpFailure.SLOW | HttpFailure.SILENT:
            return Sentence("{host} is too slow; the model of this machine takes over.", values)
        case HttpFailure.CUT:
            return Sentence("The line to {host} was cut; check that it runs.", values)
        case HttpFailure.NOT_ENCRYPTED:
            return Sentence(
                "{host} does not speak https; if it is your own, write http:// before its address.", values
            )
        case HttpFailure.CERTIFICATE:
            return Sentence(
                "{host} shows a certificate that this system does not trust; if it is your own, try the "
                "server in Settings, where you can allow this one certificate.",
                values,
            )
        case HttpFailure.OTHER_CERTIFICATE:
            return Sentence(
                "{host} shows another certificate than the one that you allowed, so nothing is sent; if you "
                "know why, try the server in Settings and allow the new one.",
                values,
            )
        case _:
            return Sentence("{host} cannot be reached; check that it runs.", values)


def _web_page(host: str) -> RemoteError:
    """The error for a page that is meant for people, such as that to log in."""
    return LastingError(
        "{host} answers with a web page, perhaps to log in; check the address, and open it in a browser.",
        host=host,
    )


def _opens_page(body: bytes) -> bool:
    """Whether a body begins as a page of HTML does."""
    return body.lstrip(_BLANK).startswith(b"<")


def _refusal(server: Server, answer: HttpAnswer) -> RemoteError:
    """The error for an answer with another status than 200, with the reason in its body."""
    body = bytearray()
    answer.allow(REFUSAL_SECONDS)
    with suppress(HttpError):
        for piece in answer.pieces(MAX_REFUSAL_BYTES):
            body += piece
    headers = answer.headers
    if place := _place(headers.get("Location", "")):
        return redirected(server.host, place)
    return refused(server.host, answer.status, body, wait_of(headers), has_key=bool(server.key))


def _place(address: str) -> str:
    """The scheme and host of an absolute address, "" where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if parts.scheme in ("http", "https") and host else ""
