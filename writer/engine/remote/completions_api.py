"""The completions API of OpenAI-compatible servers: request bodies and the events of the response stream.

It is tested with vLLM, llama.cpp's server, Ollama, text-generation-inference and transformers, which differ
in whether they return log-probabilities, in which form, and in how many tokens an event has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from writer.base.errors import Sentence
from writer.base.http.body import HttpError, parse_json
from writer.engine.protocol import Parameters
from writer.engine.remote.refusals import RemoteError, reason_of, with_reason

UNKNOWN_LOGPROB = math.log(0.85)
"""The log-probability of a chunk without one: enough to show it, too little to extend it far."""

MAX_TEXT = 10_000
"""Characters in the text of one event; an answer has some hundred."""

_LARGEST = 1e9
"""The largest absolute value of a log-probability."""

BRANCH_TEMPERATURE = 0.8
"""The temperature at which alternative continuations are sampled."""


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    """A part of an answer, a token where the server says so: its text and natural log-probability.

    `runners_up` are the next likeliest tokens with theirs.
    """

    text: str
    logprob: float
    runners_up: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CompletionEvent:
    """One event of an answer. `answers`: it is a part of one, and does not only count tokens.

    `ends`: it is the last one.
    """

    chunks: tuple[CompletionChunk, ...] = ()
    answers: bool = False
    ends: bool = False


def request_body(model: str, prompt: str, parameters: Parameters, logprobs: bool) -> dict[str, Any]:
    """The body of a completions request, which ends at a line break as suggestions do."""
    body: dict[str, Any] = {
        "model": model,
        "prompt": prompt,
        "max_tokens": parameters.max_tokens,
        "temperature": BRANCH_TEMPERATURE if parameters.branch else parameters.temperature,
        "stream": True,
        "stop": ["\n"],
    }
    if parameters.branch or parameters.temperature:
        body["seed"] = parameters.seed + parameters.branch
    if logprobs:
        body["logprobs"] = max(1, min(5, parameters.runners_up))
    return body


def read_event(data: str) -> CompletionEvent:
    """The event of some `data`: a JSON, or "[DONE]".

    An answer that was not streamed is one event. Raises RemoteError where the data is malformed or the server
    reports an error.
    """
    data = data.strip()
    if not data or data == "[DONE]":
        return CompletionEvent(ends=bool(data))
    event = _parsed(data)
    if not isinstance(event, dict):
        raise malformed_response()
    choices = event.get("choices")
    if event.get("error") or event.get("object") == "error" or (choices is None and "detail" in event):
        raise _reported(event)
    if not choices and isinstance(choices, (list, type(None))):  # it only counts tokens, or keeps the line
        return CompletionEvent()
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise malformed_response()
    return CompletionEvent(_chunks(_text(choices[0]), choices[0].get("logprobs")), answers=True)


def malformed_response() -> RemoteError:
    """The error for a response that is not one of the completions API."""
    return RemoteError("The server does not answer as an OpenAI-compatible one does; check its address.")


def _parsed(data: str) -> Any:
    try:
        return parse_json(data.encode("utf-8", "surrogatepass"))
    except HttpError as error:
        raise malformed_response() from error


def _reported(event: dict[str, Any]) -> RemoteError:
    if reason := reason_of(event):
        return RemoteError(with_reason(Sentence("The server reports an error."), reason))
    return RemoteError("The server reports an error; look at its own log.")


def _text(choice: dict[str, Any]) -> str:
    """The text of a completion, of a streamed chat, or of one that was not streamed."""
    for part in (choice, choice.get("delta"), choice.get("message")):
        if isinstance(part, dict):
            text = part.get("text") or part.get("content") or ""
            if not isinstance(text, str) or len(text) > MAX_TEXT:
                raise malformed_response()
            if text:
                return text
    return ""


def _chunks(text: str, logprobs: Any) -> tuple[CompletionChunk, ...]:
    """The chunks of one event, one for each token where the server returns the tokens."""
    if not text:
        return ()
    data = logprobs if isinstance(logprobs, dict) else {}
    tokens, values = _strings(data.get("tokens")), _numbers(data.get("token_logprobs"))
    if not tokens or len(tokens) != len(values):
        return (CompletionChunk(text, UNKNOWN_LOGPROB),)
    if "".join(tokens) != text:
        return (CompletionChunk(text, min(0.0, sum(values))),)
    others = data.get("top_logprobs")
    others = others if isinstance(others, list) and len(others) == len(tokens) else [None] * len(tokens)
    return tuple(
        CompletionChunk(token, min(0.0, value), _runners(token, other))
        for token, value, other in zip(tokens, values, others, strict=True)
        if token
    )


def _strings(values: Any) -> list[str]:
    """`values` if it is a list of strings, else an empty list."""
    return values if isinstance(values, list) and all(isinstance(v, str) for v in values) else []


def _numbers(values: Any) -> list[float]:
    """`values` if it is a list of log-probabilities, else an empty list."""
    return values if isinstance(values, list) and all(map(_is_logprob, values)) else []


def _is_logprob(value: Any) -> bool:
    """Whether `value` is a number that a float can hold; also 0.0 and what is rounded to more is one."""
    return isinstance(value, (int, float)) and -_LARGEST <= value <= _LARGEST


def _runners(token: str, others: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(others, dict):
        return ()
    known = [(str(text), float(p)) for text, p in others.items() if _is_logprob(p)]
    return tuple(sorted((pair for pair in known if pair[0] != token), key=lambda pair: -pair[1]))
