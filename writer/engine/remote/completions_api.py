"""The answers of OpenAI-compatible servers: the events of the response stream, and what stands in them.

It is tested with vLLM, llama.cpp's server, Ollama, text-generation-inference and transformers, which differ
in whether they return log-probabilities, in which form, and in how many tokens an event has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from writer.base.http.body import HttpError, parse_json
from writer.engine.remote.refusals import RemoteError, reason_of, reported

MAX_TEXT = 10_000
"""Characters in the text of one event; an answer has some hundred."""

_LARGEST = 1e9
"""The largest absolute value of a log-probability."""


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    """A part of an answer, a token where the server says so: its text and natural log-probability.

    The latter is None where the server tells none. `runners_up` are the next likeliest tokens with theirs.
    """

    text: str
    logprob: float | None
    runners_up: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CompletionEvent:
    """One event of an answer. `answers`: it is a part of one, and does not only count tokens.

    `ends`: it is the last one. `thinks`: it holds thoughts that are no part of the answer. `prompt_tokens`
    is the number of tokens that the server counted in the prompt, None where it does not tell.
    """

    chunks: tuple[CompletionChunk, ...] = ()
    answers: bool = False
    ends: bool = False
    thinks: bool = False
    prompt_tokens: int | None = None


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
    foreign = choices is None and not isinstance(event.get("content"), str) and reason_of(event)
    if event.get("error") or event.get("object") == "error" or foreign:
        raise reported(event)
    tokens = _prompt_tokens(event)
    if choices is None and isinstance(event.get("content"), str):  # llama.cpp's own form
        chunks = _chunks(_text(event), {"content": event.get("completion_probabilities")})
        return CompletionEvent(chunks, answers=True, prompt_tokens=tokens)
    if not choices and isinstance(choices, (list, type(None))):  # it only counts tokens, or keeps the line
        return CompletionEvent(prompt_tokens=tokens)
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise malformed_response()
    chunks = _chunks(_text(choices[0]), choices[0].get("logprobs"))
    return CompletionEvent(chunks, answers=True, thinks=_thinks(choices[0]), prompt_tokens=tokens)


def malformed_response() -> RemoteError:
    """The error for a response that is not one of the completions API."""
    return RemoteError("The server does not answer as an OpenAI-compatible one does; check its address.")


def _parsed(data: str) -> Any:
    try:
        return parse_json(data.encode("utf-8", "surrogatepass"))
    except HttpError as error:
        raise malformed_response() from error


def _text(choice: dict[str, Any]) -> str:
    """The text of a completion, of a streamed chat, or of one that was not streamed."""
    for part in (choice, choice.get("delta"), choice.get("message")):
        if isinstance(part, dict):
            text = part.get("text") or part.get("content") or ""
            if not isinstance(text, str) or len(text) > MAX_TEXT:
                raise malformed_response()
            if text:
                return _encodable(text)
    return ""


def _encodable(text: str) -> str:
    """`text` with U+FFFD in place of half a surrogate pair, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _thinks(choice: dict[str, Any]) -> bool:
    """Whether a chat's choice holds thoughts, which stand beside the content under one of three names.

    Where a server hides them, nothing is left of the tokens.
    """
    if choice.get("finish_reason") == "length" and not _text(choice):
        return True
    parts = [part for part in (choice.get("delta"), choice.get("message")) if isinstance(part, dict)]
    return any(part.get(key) for part in parts for key in ("reasoning_content", "reasoning", "thinking"))


def _prompt_tokens(event: dict[str, Any]) -> int | None:
    usage = event.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else event.get("tokens_evaluated")
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _chunks(text: str, logprobs: Any) -> tuple[CompletionChunk, ...]:
    """The chunks of one event, one for each token where the server returns the tokens."""
    if not text:
        return ()
    data = logprobs if isinstance(logprobs, dict) else {}
    content = data.get("content")
    tokens, values, others = _by_token(content) if isinstance(content, list) else _by_kind(data)
    if not tokens or len(tokens) != len(values):
        return (CompletionChunk(text, None),)
    if "".join(tokens) != text:
        return (CompletionChunk(text, min(0.0, sum(values))),)
    return tuple(
        CompletionChunk(token, min(0.0, value), _runners(token, other))
        for token, value, other in zip(tokens, values, others, strict=True)
        if token
    )


def _by_kind(data: dict[str, Any]) -> tuple[list[str], list[float], list[Any]]:
    """The tokens, log-probabilities and runners-up of OpenAI's completions, each in a list of its own."""
    tokens, values = _strings(data.get("tokens")), _numbers(data.get("token_logprobs"))
    others = data.get("top_logprobs")
    return (
        tokens,
        values,
        others if isinstance(others, list) and len(others) == len(tokens) else [None] * len(tokens),
    )


def _by_token(content: list[Any]) -> tuple[list[str], list[float], list[Any]]:
    """The same of OpenAI's chats and of llama.cpp, which have an object for each token."""
    entries = [entry if isinstance(entry, dict) else {} for entry in content]
    tokens, values = ([entry.get(key) for entry in entries] for key in ("token", "logprob"))
    return _strings(tokens), _numbers(values), [entry.get("top_logprobs") for entry in entries]


def _strings(values: Any) -> list[str]:
    """`values` if it is a list of strings, else an empty list."""
    is_list = isinstance(values, list) and all(isinstance(v, str) for v in values)
    return [_encodable(value) for value in values] if is_list else []


def _numbers(values: Any) -> list[float]:
    """`values` if it is a list of log-probabilities, else an empty list."""
    return values if isinstance(values, list) and all(map(_is_logprob, values)) else []


def _is_logprob(value: Any) -> bool:
    """Whether `value` is a number that a float can hold; also 0.0 and what is rounded to more is one."""
    return isinstance(value, (int, float)) and -_LARGEST <= value <= _LARGEST


def _runners(token: str, others: Any) -> tuple[tuple[str, float], ...]:
    pairs: list[tuple[Any, Any]]
    if isinstance(others, list):
        pairs = [(other.get("token"), other.get("logprob")) for other in others if isinstance(other, dict)]
    else:
        pairs = list(others.items()) if isinstance(others, dict) else []
    known = [(_encodable(text), float(p)) for text, p in pairs if isinstance(text, str) and _is_logprob(p)]
    return tuple(sorted((pair for pair in known if pair[0] != token), key=lambda pair: -pair[1]))
