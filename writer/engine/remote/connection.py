"""A connection to a completions server that reads responses line by line, with timeouts and cancelling.

It has an asyncio loop of its own, which runs only while a call waits; cancelling is checked every
`POLL_SECONDS`. Cancelling closes the stream, so that the server can stop generating.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from writer import __version__
from writer.base.errors import Message, Sentence
from writer.base.network import is_local
from writer.base.progress import Cancelled
from writer.engine.remote.completions_api import RefusedError, RemoteError, malformed_response

if TYPE_CHECKING:
    import httpx2

POLL_SECONDS = 0.01
"""Seconds between two checks for cancelling."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its address, with or without "/v1" at the end, the model's name, the API key.

    `trusted` are the host names to which the user allows connections without encryption.
    """

    address: str
    model: str = ""
    key: str = ""
    trusted: frozenset[str] = frozenset()

    @property
    def host(self) -> str:
        """The host name with the port, where there is one."""
        return urlsplit(self.address.strip()).netloc.rpartition("@")[2] if self.hostname else ""

    @property
    def hostname(self) -> str:
        """The host name, "" where the address is invalid."""
        try:
            return urlsplit(self.address.strip()).hostname or ""
        except ValueError:
            return ""

    def url(self, path: str) -> str:
        """The URL of an endpoint of the API, such as "models"."""
        base = self.address.strip().rstrip("/").removesuffix("/v1")
        return f"{base}/v1/{path}"

    def why_refused(self) -> Message:
        """Why nothing may be sent there yet, "" where it may."""
        scheme, host = self.address.strip().partition(":")[0], self.hostname
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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx2.AsyncClient | None = None

    def models(self, cancelled: Callable[[], bool], seconds: float) -> list[str]:
        """The names of the server's models, within `seconds` for each of request and response.

        Raises RemoteError where that fails, and Cancelled once `cancelled()`.
        """
        request = self._open_client().build_request("GET", self.server.url("models"))
        response = self._wait(self._send(request), cancelled, seconds)
        raw = self._wait(_json(response), cancelled, seconds)
        data = raw.get("data") if isinstance(raw, dict) else None
        if not isinstance(data, list):
            raise malformed_response()
        return [str(entry["id"]) for entry in data if isinstance(entry, dict) and "id" in entry]

    def lines(
        self, body: dict[str, Any], cancelled: Callable[[], bool], first_timeout: float, next_timeout: float
    ) -> Iterator[str]:
        """The lines of the response to the completions request `body`.

        The first line must arrive within `first_timeout` seconds, and each other one within `next_timeout`
        after the one before. Raises RemoteError, and Cancelled once `cancelled()`. Closing the iterator
        closes the stream.
        """
        request = self._open_client().build_request("POST", self.server.url("completions"), json=body)
        response = self._wait(self._send(request), cancelled, first_timeout)
        lines, seconds = response.aiter_lines(), first_timeout
        try:
            while (line := self._wait(_next_line(lines), cancelled, seconds)) is not None:
                yield line
                seconds = next_timeout if line else seconds
        finally:
            self._finish(lines.aclose())  # type: ignore[attr-defined]
            self._finish(response.aclose())

    def close(self) -> None:
        """Close the connection and its loop."""
        if self._loop is not None and self._client is not None:
            self._finish(self._client.aclose())
            self._finish(self._loop.shutdown_asyncgens())
            self._loop.close()
        self._loop = self._client = None

    def _open_client(self) -> httpx2.AsyncClient:
        import httpx2

        if self._client is None:
            self._loop = asyncio.new_event_loop()
            here = is_local(self.server.hostname)
            headers = {"User-Agent": f"writer/{__version__}"}
            if self.server.key:
                headers["Authorization"] = f"Bearer {self.server.key}"
            # No proxy between two programs of one machine; no redirects, for text goes where the user said.
            self._client = httpx2.AsyncClient(
                headers=headers, timeout=None, follow_redirects=False, trust_env=not here
            )
        return self._client

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        assert self._client is not None
        response = await self._client.send(request, stream=True)
        if response.status_code != 200:
            await response.aclose()
            raise _refused(self.server.host, response.status_code)
        return response

    def _wait(self, work: Coroutine[Any, Any, T], cancelled: Callable[[], bool], seconds: float) -> T:
        """The result of `work`. Raises RemoteError after `seconds`, and Cancelled once `cancelled()`."""
        import httpx2

        assert self._loop is not None
        task = self._loop.create_task(work)
        end = time.monotonic() + seconds
        try:
            while not self._loop.run_until_complete(asyncio.wait({task}, timeout=POLL_SECONDS))[0]:
                if cancelled():
                    raise Cancelled
                if time.monotonic() > end:
                    raise RemoteError(
                        "{host} is too slow; the model of this machine takes over.", host=self.server.host
                    )
            return task.result()
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise RemoteError(
                "{host} cannot be reached; check that it runs.", host=self.server.host
            ) from error
        finally:
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(asyncio.wait({task}, timeout=1))

    def _finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a closing coroutine for at most a second; errors are ignored."""
        import httpx2

        assert self._loop is not None
        try:
            self._loop.run_until_complete(asyncio.wait_for(work, 1))
        except (httpx2.HTTPError, OSError, RuntimeError, TimeoutError):
            return


async def _next_line(lines: Any) -> str | None:
    try:
        line: str = await anext(lines)
        return line
    except StopAsyncIteration:
        return None


async def _json(response: httpx2.Response) -> Any:
    try:
        await response.aread()
        return response.json()
    except (ValueError, RecursionError) as error:
        raise malformed_response() from error


def _refused(host: str, status: int) -> RefusedError:
    if status in (401, 403):
        return RefusedError("{host} wants another key; enter it in Settings.", status, host=host)
    if status == 404:
        return RefusedError(
            "{host} has no such model or no completions; check both in Settings.", status, host=host
        )
    if status == 429:
        return RefusedError(
            "{host} is asked too often; the model of this machine takes over.", status, host=host
        )
    return RefusedError(
        "{host} cannot answer (error {status}); look at its own log.", status, host=host, status=status
    )
