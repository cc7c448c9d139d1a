"""An HTTP client for downloads, with retries and errors in plain sentences.

Proxies come from the environment and the system, certificates from the system. Transient errors (a cut
connection, a busy server) are retried; others are raised as ModelError.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from writer.base.errors import Message, Sentence, UserError
from writer.base.http.body import HttpError, HttpFailure
from writer.base.http.session import HttpAnswer, HttpSession, TimeLimits
from writer.base.progress import CancelCheck, Cancelled, ProgressMeter, never
from writer.models.manifest import ModelError

log = logging.getLogger(__name__)

MAX_JSON_BYTES = 4_000_000
"""The largest size of a JSON answer, in bytes: the list of a repository with some ten thousand files."""

MAX_REDIRECTS = 8
POLL_SECONDS = 0.05
"""Seconds between two checks for cancelling while the server sends nothing."""

TOO_SLOW = "The server is too slow to go on; try later, or another source."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Time-outs `connect` and `read` in seconds, and the `attempts` that may gain less than `min_gain` bytes.

    `answer` is the time in seconds for a whole JSON answer, and for the head of a file's. The pause before
    the next attempt doubles from `pause` to `longest_pause` seconds. A connection with fewer than `min_speed`
    bytes a second over `window` seconds counts as cut.
    """

    connect: float = 10.0
    read: float = 20.0
    answer: float = 60.0
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


class AccessRefusedError(ModelError):
    """A server answers 401 or 403, `status`; its `code` says more, as that of the Hub."""

    def __init__(self, host: str, status: int, code: str) -> None:
        self.host, self.status, self.code = host, status, code
        super().__init__(
            "{host} refuses (error {status}); choose another model or another source.",
            host=host,
            status=status,
        )


class HttpClient:
    """An HTTP client for one job. Used from one thread; to be closed."""

    def __init__(self, retry_policy: RetryPolicy | None = None, cancelled: CancelCheck = never) -> None:
        self.retry_policy = retry_policy or RetryPolicy()
        self.cancelled = cancelled
        self._session = HttpSession(
            connect=self.retry_policy.connect, read=self.retry_policy.read, poll=POLL_SECONDS
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def json(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """The JSON at a URL, with retries. Raises ModelError, Cancelled."""
        return self.with_retries(lambda: self._json(url, headers))

    @contextmanager
    def stream(self, url: str, size: int, headers: dict[str, str] | None = None) -> Iterator[HttpAnswer]:
        """The answer to a GET, its body of `size` bytes unread.

        Raises TransientError, ModelError and Cancelled, also in the block.
        """
        policy = self.retry_policy
        total = policy.answer + policy.window + size / policy.min_speed if policy.min_speed else math.inf
        with _translated_errors(url), self._open(url, TimeLimits(policy.answer, total), headers) as answer:
            check_status(answer)
            yield answer

    def copy(
        self, answer: HttpAnswer, out: BinaryIO, room: int, meter: ProgressMeter, excess: ModelError
    ) -> int:
        """Write the body of `answer`, as it comes, to `out`; returns how many bytes.

        Raises `excess`, and writes nothing of it, where they would be more than `room`. Raises TransientError
        where they come too slowly, HttpError and Cancelled.
        """
        policy, copied, window, in_window = self.retry_policy, 0, time.monotonic(), 0
        for piece in answer.raw_pieces():
            if copied + len(piece) > room:
                raise excess
            out.write(piece)
            copied += len(piece)
            in_window += len(piece)
            meter.add(len(piece))
            if (elapsed := time.monotonic() - window) > policy.window:
                if in_window < policy.min_speed * elapsed:
                    raise TransientError(TOO_SLOW)
                window, in_window = time.monotonic(), 0
        return copied

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
        limits = TimeLimits(self.retry_policy.answer, self.retry_policy.answer)
        with _translated_errors(url), self._open(url, limits, headers) as answer:
            check_status(answer)
            return answer.json(MAX_JSON_BYTES)

    def _open(
        self, url: str, limits: TimeLimits, headers: dict[str, str] | None
    ) -> AbstractContextManager[HttpAnswer]:
        return self._session.open(url, limits, self.cancelled, headers=headers, redirects=MAX_REDIRECTS)


def check_status(answer: HttpAnswer) -> None:
    """Raise TransientError or ModelError unless the status is 200 or 206."""
    status, host = answer.status, answer.host
    if status in (200, 206):
        return
    if status == 429:
        raise TransientError(
            "{host} is asked too often; wait a while and try again.", _retry_after(answer), host=host
        )
    if status >= 500 or status == 408:
        raise TransientError(
            "{host} has trouble (error {status}); try again later.",
            _retry_after(answer),
            host=host,
            status=status,
        )
    code = answer.headers.get("X-Error-Code", "")
    if status in (401, 403):
        raise AccessRefusedError(host, status, code)
    if status in (404, 410):
        what = Sentence(
            "revision" if code == "RevisionNotFound" else "file" if code == "EntryNotFound" else "model"
        )
        raise ModelError("{host} has no such {what}; check the name.", host=host, what=what)
    raise ModelError(
        "{host} does not understand the question (error {status}); try another source.",
        host=host,
        status=status,
    )


@contextmanager
def _translated_errors(url: str) -> Iterator[None]:
    """Replace HttpError: by TransientError where a retry makes sense, else by ModelError."""
    host = urlsplit(url).hostname or url
    try:
        yield
    except HttpError as error:
        raise _translated(error.failure, host, url) from error


def _translated(failure: HttpFailure, host: str, url: str) -> TransientError | ModelError:
    match failure:
        case HttpFailure.ADDRESS:
            return ModelError("“{url}” is no address; check the source in Settings.", url=url)
        case HttpFailure.REDIRECTS:
            return ModelError("{host} sends from one place to the next; try another source.", host=host)
        case HttpFailure.UNSAFE_REDIRECT:
            return ModelError("{host} sends to a place that is not safe; try another source.", host=host)
        case HttpFailure.SLOW:
            return ModelError(TOO_SLOW)
        case HttpFailure.LARGE:
            return ModelError("{host} answers too much; try another source.", host=host)
        case HttpFailure.MALFORMED:
            return ModelError(
                "{host} does not answer as a model hub does; check the source in Settings.", host=host
            )
        case HttpFailure.SILENT:
            return TransientError("{host} does not answer; check the network and try again.", host=host)
        case (
            HttpFailure.UNREACHABLE
            | HttpFailure.NOT_ENCRYPTED
            | HttpFailure.CERTIFICATE
            | HttpFailure.OTHER_CERTIFICATE
        ):
            return TransientError(
                "{host} cannot be reached; check the network, the proxy, and the source in Settings.",
                host=host,
            )
        case HttpFailure.CUT:
            return TransientError(
                "The line to {host} was cut; try again, and what is there stays.", host=host
            )


def _retry_after(answer: HttpAnswer) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
