"""An HTTP client for downloads, with retries and errors in plain sentences.

Proxies come from the environment and the system, certificates from the system. Transient errors (a cut
connection, a busy server) are retried; others are raised as ModelError.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from writer import __version__
from writer.base.errors import Message, Sentence, UserError
from writer.base.progress import CancelCheck, Cancelled, never
from writer.models.manifest import ModelError

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)

MAX_JSON_BYTES = 20_000_000
"""The largest size of a JSON answer, in bytes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Time-outs `connect` and `read` in seconds, and the `attempts` that may gain less than `min_gain` bytes.

    The pause before the next attempt doubles from `pause` to `longest_pause` seconds. A connection with fewer
    than `min_speed` bytes a second over `window` seconds counts as cut.
    """

    connect: float = 10.0
    read: float = 20.0
    attempts: int = 5
    pause: float = 1.0
    longest_pause: float = 60.0
    min_gain: int = 1 << 18
    min_speed: int = 1_000
    window: float = 20.0


class TransientError(UserError):
    """An error after which a retry makes sense, after the seconds `retry_after` if the server states them."""

    def __init__(self, message: Message, retry_after: float | None = None, /, **values: object) -> None:
        self.retry_after = retry_after
        super().__init__(message, **values)


class AnswerError(Exception):
    """The answer of `host` is not JSON, or too slow."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(host)


class LargeAnswerError(AnswerError):
    """The answer of `host` is larger than allowed."""


class HttpClient:
    """An HTTP client for one job. Used from one thread; to be closed."""

    def __init__(self, retry_policy: RetryPolicy | None = None, cancelled: CancelCheck = never) -> None:
        import httpx2

        self.retry_policy = retry_policy or RetryPolicy()
        self.cancelled = cancelled
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(self.retry_policy.read, connect=self.retry_policy.connect),
            headers={"User-Agent": f"writer/{__version__}", "Accept-Encoding": "identity"},
            follow_redirects=True,
            max_redirects=8,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def json(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """The JSON at a URL, with retries. Raises ModelError, Cancelled."""
        return self.with_retries(lambda: self._json(url, headers))

    @contextmanager
    def stream(self, url: str, headers: dict[str, str] | None = None) -> Iterator[httpx2.Response]:
        """The response of a GET, its body unread. Raises TransientError and ModelError, also in the block."""
        with _translated_errors(url), self._client.stream("GET", url, headers=headers) as response:
            check_status(response)
            yield response

    def with_retries(self, action: Callable[[], T], received: Callable[[], int] | None = None) -> T:
        """Call `action` until it raises no TransientError, as often as the policy allows; returns its value.

        `received` counts the bytes so far. Raises ModelError, and Cancelled when cancelled.
        """
        attempts, best = 0, received() if received else 0
        while True:
            if self.cancelled():
                raise Cancelled
            try:
                return action()
            except TransientError as error:
                now = received() if received else 0
                attempts = 0 if now - best >= self.retry_policy.min_gain else attempts + 1
                best = max(best, now)
                log.info("attempt %d: %s", attempts, error)
                if attempts >= self.retry_policy.attempts:
                    raise ModelError(error.sentence) from error
                self._wait(error.retry_after, attempts)

    def _wait(self, retry_after: float | None, attempts: int) -> None:
        pause = (
            retry_after if retry_after is not None else self.retry_policy.pause * 2 ** max(0, attempts - 1)
        )
        end = time.monotonic() + min(pause, self.retry_policy.longest_pause)
        while (left := end - time.monotonic()) > 0:
            if self.cancelled():
                raise Cancelled
            time.sleep(min(left, 0.1))

    def _json(self, url: str, headers: dict[str, str] | None) -> Any:
        try:
            with _translated_errors(url):
                return get_json(self._client, url, check_status, headers)
        except LargeAnswerError as error:
            raise ModelError("{host} answers too much; try another endpoint.", host=error.host) from error
        except AnswerError as error:
            raise ModelError(
                "{host} does not answer as a model hub does; check the endpoint in Settings.", host=error.host
            ) from error


def get_json(
    client: httpx2.Client,
    url: str,
    check: Callable[[httpx2.Response], None],
    headers: dict[str, str] | None = None,
    max_bytes: int = MAX_JSON_BYTES,
    seconds: float = math.inf,
) -> Any:
    """The JSON at a URL, from one request: at most `max_bytes` bytes after decompression.

    `check` is called with the response before its body is read, which may take `seconds` from the request on.
    Raises AnswerError, what `check` raises, and httpx2's errors.
    """
    end, body = time.monotonic() + seconds, bytearray()
    with client.stream("GET", url, headers=headers) as response:
        check(response)
        for piece in response.iter_bytes():
            body += piece
            if len(body) > max_bytes:
                raise LargeAnswerError(response.url.host)
            if time.monotonic() > end:
                raise AnswerError(response.url.host)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AnswerError(response.url.host) from error


def check_status(response: httpx2.Response) -> None:
    """Raise TransientError or ModelError unless the status is 200 or 206."""
    status, host = response.status_code, response.url.host
    if status in (200, 206):
        return
    if status == 429:
        raise TransientError(
            "{host} is asked too often; wait a while and try again.", _retry_after(response), host=host
        )
    if status >= 500 or status == 408:
        raise TransientError(
            "{host} has trouble (error {status}); try again later.",
            _retry_after(response),
            host=host,
            status=status,
        )
    code = response.headers.get("X-Error-Code", "")
    if status == 401 or code == "GatedRepo":
        raise ModelError(
            "{host} does not give this model to everybody: check its name, accept its terms there, "
            "and set HF_TOKEN to your token.",
            host=host,
        )
    if status == 403:
        raise ModelError("{host} refuses (error 403); choose another model or another endpoint.", host=host)
    if status in (404, 410):
        what = Sentence(
            "revision" if code == "RevisionNotFound" else "file" if code == "EntryNotFound" else "model"
        )
        raise ModelError("{host} has no such {what}; check the name.", host=host, what=what)
    raise ModelError(
        "{host} does not understand the question (error {status}); try another endpoint.",
        host=host,
        status=status,
    )


@contextmanager
def _translated_errors(url: str) -> Iterator[None]:
    """Replace httpx2's errors: by TransientError where a retry makes sense, else by ModelError."""
    import httpx2

    host = urlsplit(url).hostname or url
    try:
        yield
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
        raise ModelError("“{url}” is no address; check the endpoint in Settings.", url=url) from error
    except httpx2.TooManyRedirects as error:
        raise ModelError(
            "{host} sends from one place to the next; try another endpoint.", host=host
        ) from error
    except httpx2.TimeoutException as error:
        raise TransientError("{host} does not answer; check the network and try again.", host=host) from error
    except httpx2.ConnectError as error:
        raise TransientError(
            "{host} cannot be reached; check the network, the proxy, and the endpoint in Settings.", host=host
        ) from error
    except httpx2.HTTPError as error:
        raise TransientError(
            "The line to {host} was cut; try again, and what is there stays.", host=host
        ) from error


def _retry_after(response: httpx2.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None
