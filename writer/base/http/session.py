"""HTTP requests with limits on the answer's bytes and seconds, which can be cancelled at any time.

Servers are not trusted: they may send endlessly, slowly or compressed, or redirect anywhere. No compression
is requested; gzip is decoded in pieces, for servers that use it all the same.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from writer import __version__
from writer.base.http.blocking_loop import BlockingLoop, DeadlineError
from writer.base.http.body import BodyDecoder, HttpError, HttpFailure, parse_json
from writer.base.progress import CancelCheck

if TYPE_CHECKING:
    import ssl
    from http.cookiejar import CookieJar

    import httpx2

GATHER_BYTES, GATHER_SECONDS = 1 << 20, 0.05

_HOST = re.compile(r"[\w.:-]{1,253}")
"""A host name, or an IP address without its brackets."""

_DISCARDED_BYTES = 1 << 16
"""The bytes of a redirect's body that are read, so that its connection can be reused."""

_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")
"""The reasons of OpenSSL where the other side answers in plain text."""

_CUT = ("Server disconnected", "peer closed connection")
"""The messages of protocol errors where the connection was closed early."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds from the request to the answer's headers, with redirects, and to the last byte."""

    head: float
    total: float


class HttpSession:
    """A client with persistent connections. Used from one thread; `close` it.

    `connect` and `read` are time-outs in seconds of a connection and of a single read; None leaves only the
    limits of the answer. `poll` is the time between two checks for cancelling. `certificate` is the SHA-256
    fingerprint of the only certificate to accept, "" for those that the system trusts. Cookies are neither
    stored nor sent.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        connect: float | None = None,
        read: float | None = None,
        trust_env: bool = True,
        poll: float = 0.01,
        certificate: str = "",
    ) -> None:
        self._headers = {"User-Agent": f"writer/{__version__}", "Accept-Encoding": "identity"}
        self._headers |= headers or {}
        self._timeouts = (connect, read)
        self._trust_env = trust_env
        self._poll = poll
        self._certificate = certificate
        self._loop: BlockingLoop | None = None
        self._client: httpx2.AsyncClient | None = None

    @contextmanager
    def open(
        self,
        url: str,
        limits: TimeLimits,
        cancelled: CancelCheck,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        redirects: int = 0,
    ) -> Iterator[HttpAnswer]:
        """The answer to a GET, or to a POST with the JSON `body`; unread data is dropped.

        Follows at most `redirects` redirects, but none to another scheme, except from http to https. Raises
        HttpError, and Cancelled once `cancelled()`.
        """
        started = time.monotonic()
        with _failures():
            loop, client = self._opened()
            request = client.build_request("GET" if body is None else "POST", url, headers=headers, json=body)
            if not _HOST.fullmatch(request.url.host):
                raise HttpError(HttpFailure.ADDRESS)
            deadline = started + min(limits.head, limits.total)
            response = loop.wait(_send(client, request, redirects), deadline, cancelled)
        answer = HttpAnswer(loop, response, started + limits.total, cancelled)
        try:
            yield answer
        finally:
            answer.close()

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        if self._loop is not None and self._client is not None:
            _finish(self._loop, self._client.aclose())
            self._loop.close()
        self._loop = self._client = None

    def __enter__(self) -> HttpSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> tuple[BlockingLoop, httpx2.AsyncClient]:
        import httpx2

        if self._loop is None or self._client is None:
            connect, read = self._timeouts
            self._client = httpx2.AsyncClient(
                headers=self._headers,
                timeout=httpx2.Timeout(read, connect=connect),
                cookies=_no_cookies(),
                trust_env=self._trust_env,
                verify=self._verification(),
            )
            self._loop = BlockingLoop(self._poll)
        return self._loop, self._client

    def _verification(self) -> ssl.SSLContext | bool:
        if not self._certificate:
            return True
        from writer.base.http.pinned_certificate import pinned_context

        return pinned_context(self._certificate)


class HttpAnswer:
    """An answer with an unread body: its `status`, `headers` (case-insensitive) and `host`."""

    def __init__(
        self, loop: BlockingLoop, response: httpx2.Response, end: float, cancelled: CancelCheck
    ) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.host = response.url.host
        self._loop = loop
        self._response = response
        self._pieces = response.aiter_raw()
        self._end = self._deadline = end
        self._cancelled = cancelled
        self._failed: Exception | None = None

    def allow(self, seconds: float) -> None:
        """Set the deadline of the next reads to `seconds` from now, at most the limit of the answer."""
        self._deadline = min(self._end, time.monotonic() + seconds)

    def raw_pieces(self) -> Iterator[bytes]:
        """The pieces of the body, without a size limit. Raises HttpError, Cancelled.

        For large bodies: a piece is what arrives within GATHER_SECONDS, or about GATHER_BYTES.
        """
        while piece := self._wait(self._gather()):
            yield piece

    def pieces(self, max_bytes: int) -> Iterator[bytes]:
        """The decoded body, of at most `max_bytes` before and after decompression.

        Raises HttpError, and Cancelled.
        """
        decoder, raw, decoded = BodyDecoder(self.headers.get("Content-Encoding", "")), 0, 0
        while packed := self._wait(self._next()):
            raw += len(packed)
            for piece in decoder.decode(packed):
                decoded += len(piece)
                if decoded > max_bytes:
                    raise HttpError(HttpFailure.LARGE)
                yield piece
            if raw > max_bytes:
                raise HttpError(HttpFailure.LARGE)

    def json(self, max_bytes: int) -> Any:
        """The value of a JSON body; see `pieces` and `parse_json`."""
        body = bytearray()
        for piece in self.pieces(max_bytes):
            body += piece
        return parse_json(body)

    def _wait(self, work: Coroutine[Any, Any, bytes]) -> bytes:
        with _failures():
            return self._loop.wait(work, self._deadline, self._cancelled)

    async def _next(self) -> bytes:
        return await anext(self._pieces, b"")

    async def _gather(self) -> bytes:
        """The next pieces; b"" at the end. An error that comes after some is raised by the next call."""
        import httpx2

        until, pieces, size = time.monotonic() + GATHER_SECONDS, [], 0
        try:
            if self._failed is not None:
                raise self._failed
            async for piece in self._pieces:
                pieces.append(piece)
                size += len(piece)
                if size >= GATHER_BYTES or time.monotonic() > until:
                    break
        except (httpx2.HTTPError, OSError) as error:
            if not pieces:
                raise
            self._failed = error
        return b"".join(pieces)

    def close(self) -> None:
        """Close the answer, and the connection where data is left to read."""
        _finish(self._loop, self._pieces.aclose())
        _finish(self._loop, self._response.aclose())


def _no_cookies() -> CookieJar:
    """A cookie jar that stores nothing, because servers could fill it."""
    from http.cookiejar import CookieJar  # here, because the window's start does without

    class NoCookies(CookieJar):
        def extract_cookies(self, response: object, request: object) -> None:
            """Store nothing."""

        def add_cookie_header(self, request: object) -> None:
            """Send nothing."""

    return NoCookies()


async def _send(client: httpx2.AsyncClient, request: httpx2.Request, redirects: int) -> httpx2.Response:
    for _ in range(redirects + 1):
        response = await client.send(request, stream=True)
        if not redirects or not response.has_redirect_location:
            return response
        following = response.next_request
        await _discard(response)
        if following is None or not _is_safe(request.url, following.url):
            raise HttpError(HttpFailure.UNSAFE_REDIRECT)
        request = following
    raise HttpError(HttpFailure.REDIRECTS)


def _is_safe(source: httpx2.URL, target: httpx2.URL) -> bool:
    """Whether a redirect may be followed: not from https to another scheme, nor away from HTTP."""
    schemes = ("https",) if source.scheme == "https" else ("http", "https")
    return target.scheme in schemes and bool(_HOST.fullmatch(target.host))


async def _discard(response: httpx2.Response) -> None:
    """Read a short body to its end; close the connection of a long one."""
    count = 0
    pieces = response.aiter_raw()
    try:
        async for piece in pieces:
            count += len(piece)
            if count > _DISCARDED_BYTES:
                break
    finally:
        await pieces.aclose()
        await response.aclose()


def _finish(loop: BlockingLoop, work: Any) -> None:
    """Run a closing coroutine, ignoring its errors."""
    import httpx2

    with contextlib.suppress(httpx2.HTTPError, OSError, RuntimeError):
        loop.finish(work)


@contextmanager
def _failures() -> Iterator[None]:
    """Raise HttpError instead of the errors of httpx2 and the loop."""
    import httpx2

    try:
        yield
    except DeadlineError as error:
        raise HttpError(HttpFailure.SLOW) from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
        raise HttpError(HttpFailure.ADDRESS) from error
    except httpx2.TimeoutException as error:
        raise HttpError(HttpFailure.SILENT) from error
    except (httpx2.ConnectError, httpx2.ProxyError) as error:
        raise HttpError(_connection_failure(error)) from error
    except httpx2.RemoteProtocolError as error:
        cut = str(error).startswith(_CUT)
        raise HttpError(HttpFailure.CUT if cut else HttpFailure.MALFORMED) from error
    except (httpx2.HTTPError, OSError) as error:
        raise HttpError(HttpFailure.CUT) from error


def _connection_failure(error: BaseException | None) -> HttpFailure:
    """Why there is no connection: because of the certificate, without any encryption, or another reason."""
    import ssl

    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if error is None:
        return HttpFailure.UNREACHABLE
    if not isinstance(error, ssl.SSLCertVerificationError):
        return HttpFailure.NOT_ENCRYPTED if error.reason in _NO_TLS else HttpFailure.UNREACHABLE
    other = HttpFailure.OTHER_CERTIFICATE
    return other if getattr(error, "reason", "") == other.name else HttpFailure.CERTIFICATE
