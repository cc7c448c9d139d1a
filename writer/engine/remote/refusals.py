"""Why a server does not answer: the reason in the body of an error, and a sentence for each HTTP status.

The bodies are those of OpenAI, vLLM, llama.cpp, Ollama, text-generation-inference, FastAPI and Mistral.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from writer.base.errors import Message, Sentence
from writer.base.http.body import HttpError, HttpFailure, parse_json
from writer.engine.protocol import EngineError

MAX_REASON = 200
"""Characters that are shown of a server's own reason."""

MAX_WAIT_SECONDS = 3_600.0
"""The longest time for which a server's wish not to be asked is followed."""

_ENDS = tuple(".!?…。！？")
"""The ends of sentences; another one may follow that of the server."""

LASTING_STATUS = frozenset({401, 402, 403, 404, 405, 501})
"""The HTTP statuses that the same question gets again until somebody changes something."""

_UNTOLD_STATUS = frozenset({401, 402, 403, 429, 500, 502, 503, 504})
"""The HTTP statuses that say nothing about what a server offers."""

_TOO_LONG = re.compile(
    r"context|too (long|large|many tokens)|max(imum|_new_tokens|_total_tokens| input)|exceed|token limit",
    re.IGNORECASE,
)
"""What servers say about a prompt that is longer than their model's context."""


_ABOUT_FIELDS = re.compile(
    r"support|unknown|unrecognized|unexpected|extra|permitted|not allowed|invalid|cannot find|instead"
    r"|verified",
    re.IGNORECASE,
)
"""What servers say about a field that they do not take."""

_UNPAID = re.compile(r"quota.*(billing|plan)|insufficient (quota|balance|credit|fund)", re.IGNORECASE)
"""What servers say in a 429 about an account that has no money left."""

_TRY_AGAIN = re.compile(r"(?:again|retry) (?:in|after) (\d{1,6}(?:\.\d{1,6})?) ?(ms|s|m)", re.IGNORECASE)
"""How servers say in words how long to wait: "Please try again in 7.66s"."""

_REASON_KEYS = ("error", "errors", "message", "msg", "detail", "reason")

_NAME = re.compile(r"[a-z_]+")

_ERROR_KEYS = {
    "error",
    "errors",
    "message",
    "msg",
    "type",
    "detail",
    "details",
    "reason",
    "param",
    "code",
    "loc",
} | {
    "metadata",
    "raw",
}
"""The keys under which errors say what they are about; OpenRouter's quotes the provider's error."""

_MAX_ENTRIES, _MAX_DEPTH = 20, 8
"""The entries of a list, and the levels of an error, that are looked at."""


class RemoteError(EngineError):
    """A server cannot be reached, is too slow or responds wrongly; the text is a sentence for the user.

    `wait` are the seconds for which it wants not to be asked. `lasting`: asking again changes nothing.
    """

    wait = 0.0
    lasting = False

    @property
    def refuses_route(self) -> bool:
        """Whether the server answered, and might answer otherwise on another route."""
        return True


class LastingError(RemoteError):
    """A RemoteError that lasts until somebody changes something."""

    lasting = True


class NoAnswerError(RemoteError):
    """No answer came from the server, because of `failure`."""

    failure: HttpFailure | None = None

    @property
    def slow(self) -> bool:
        """Whether the server only took longer than it may."""
        return self.failure in (HttpFailure.SLOW, HttpFailure.SILENT)

    @property
    def refuses_route(self) -> bool:
        """See `RemoteError.refuses_route`."""
        return False


class RefusedError(RemoteError):
    """The server refuses the request; `status` is its HTTP status, `reason` what it says itself.

    `named` are the words of a refusal that is about fields of the request.
    """

    def __init__(
        self,
        message: Message,
        status: int,
        /,
        reason: str = "",
        wait: float = 0.0,
        named: frozenset[str] = frozenset(),
    ) -> None:
        self.status, self.reason, self.wait, self.named = status, reason, wait, named
        self.lasting = status in LASTING_STATUS
        super().__init__(message)

    @property
    def refuses_route(self) -> bool:
        """See `RemoteError.refuses_route`."""
        return self.status not in _UNTOLD_STATUS and not self.too_long

    @property
    def too_long(self) -> bool:
        """Whether the prompt was longer than the context of the server's model."""
        return is_too_long(self.status, self.reason)


def refused(
    host: str, status: int, body: bytes | bytearray = b"", wait: float = 0.0, *, has_key: bool = True
) -> RefusedError:
    """The error for an answer with another status than 200, and its `body`; `has_key`: a key was sent."""
    reason = reason_in(body)
    wait = wait or _wait_in(status, reason)
    sentence = _sentence(host, status, wait)
    if is_too_long(status, reason):
        sentence = _too_long(host)
    elif status == 401 and not has_key:
        sentence = Sentence("{host} wants a key; enter it in Settings.", {"host": host})
    elif status == 429 and not wait and _UNPAID.search(reason):
        status, sentence = 402, _sentence(host, 402, 0.0)
    elif status == 503 and "loading" in reason.lower():
        sentence = Sentence(
            "{host} is loading its model; the model of this machine takes over.", {"host": host}
        )
    return RefusedError(with_reason(sentence, reason), status, reason, wait, _named_in(body))


def redirected(host: str, place: str) -> LastingError:
    """The error for a server that points to another `place`; nothing is sent there unasked."""
    return LastingError(
        "{host} points to {place}; if you know that, enter it as the address in Settings.",
        host=host,
        place=place,
    )


def reported(error: dict[str, Any]) -> RefusedError:
    """The error for an answer with status 200 that is the JSON of an `error` itself."""
    reason = reason_of(error)
    sentence = Sentence("The server reports an error; look at its own log.")
    if reason:
        sentence = with_reason(Sentence("The server reports an error."), reason)
    return RefusedError(sentence, 200, reason, named=_named(error))


def is_too_long(status: int, reason: str) -> bool:
    """Whether a refusal means that the prompt was longer than the context of the server's model."""
    return status == 413 or (status in (200, 400, 422, 500) and bool(_TOO_LONG.search(reason)))


def with_reason(sentence: Sentence, reason: str) -> Sentence:
    """A sentence with the server's own words behind it, where it said any."""
    if not reason:
        return sentence
    ended = reason if reason.endswith(_ENDS) else f"{reason}."
    return Sentence("{sentence} It says: {reason}", {"sentence": sentence, "reason": ended})


def reason_in(body: bytes | bytearray) -> str:
    """What the body of an error says as its reason, "" where that is no JSON or short text."""
    try:
        return reason_of(parse_json(body))
    except HttpError:
        text = body.decode("utf-8", "replace")
        return "" if "<" in text or "{" in text else _one_line(text)


def reason_of(value: Any, depth: int = _MAX_DEPTH) -> str:
    """What the JSON of an error says as its reason, "" where it says none."""
    if isinstance(value, str):
        return _one_line(value)
    parts: list[Any] = []
    if isinstance(value, list):
        parts = value[:_MAX_ENTRIES]
    elif isinstance(value, dict):
        parts = [_quoted(value), *(value.get(key) for key in _REASON_KEYS)]
    return next(filter(None, (reason_of(part, depth - 1) for part in parts)), "") if depth else ""


def _quoted(error: dict[str, Any]) -> str:
    """What the error of a provider says that OpenRouter passes on, "" where there is none."""
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if not isinstance(raw, str):
        return ""
    try:
        return reason_of(parse_json(raw.encode("utf-8", "replace")))
    except HttpError:
        return raw


def _wait_in(status: int, reason: str) -> float:
    """The seconds that a server asks to wait in words, 0.0 where it does not."""
    found = _TRY_AGAIN.search(reason) if status == 429 else None
    if found is None:
        return 0.0
    scale = {"ms": 0.001, "m": 60.0}.get(found[2].lower(), 1.0)
    return min(float(found[1]) * scale, MAX_WAIT_SECONDS)


def _named_in(body: bytes | bytearray) -> frozenset[str]:
    """The words of the body of a refusal that is about fields, none where it is about something else."""
    try:
        return _named(parse_json(body))
    except HttpError:
        return _named(body.decode("utf-8", "replace"))


def _named(value: Any) -> frozenset[str]:
    text = " ".join(_said(value))
    return frozenset(_NAME.findall(text)) if _ABOUT_FIELDS.search(text) else frozenset()


def _said(value: Any, depth: int = _MAX_DEPTH) -> Iterator[str]:
    """The texts of an error; what it repeats of the request is none of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for entry in value[:_MAX_ENTRIES]:
            yield from _said(entry, depth - 1)
    elif isinstance(value, dict) and depth:
        for key in _ERROR_KEYS & value.keys():
            yield from _said(value[key], depth - 1)


def wait_of(headers: Mapping[str, str]) -> float:
    """The seconds that the header Retry-After, a number or a date, asks to wait; 0.0 without one."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS) if math.isfinite(seconds) else 0.0


def _too_long(host: str) -> Sentence:
    return Sentence(
        "{host} takes only shorter texts; choose a model with a longer context in Settings.", {"host": host}
    )


def _sentence(host: str, status: int, wait: float) -> Sentence:
    match status:
        case 401:
            return Sentence("{host} wants another key; enter it in Settings.", {"host": host})
        case 402:
            return Sentence("{host} wants to be paid first; look at your account there.", {"host": host})
        case 403:
            return Sentence(
                "{host} does not let this key use the model; choose another model or key in Settings.",
                {"host": host},
            )
        case 404:
            return Sentence(
                "{host} has no such model or no completions; check both in Settings.", {"host": host}
            )
        case 429 if wait:
            seconds = math.ceil(wait)
            return Sentence(
                "{host} is asked too often and wants {seconds} s of rest.", {"host": host, "seconds": seconds}
            )
        case 429:
            return Sentence(
                "{host} is asked too often; the model of this machine takes over.", {"host": host}
            )
        case _:
            return Sentence(
                "{host} cannot answer (error {status}); look at its own log.",
                {"host": host, "status": status},
            )


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1].rstrip() + "…"
