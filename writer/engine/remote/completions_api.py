"""The words of an OpenAI-compatible server: what is asked for, and what its stream of events says.

Known from vLLM, llama.cpp's server, Ollama, text-generation-inference and transformers; they differ in
whether they tell probabilities, and in how much text one event carries.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from writer.base.errors import Message
from writer.engine.protocol import EngineError, Parameters

UNTOLD = math.log(0.85)
"""The log-probability of text whose server tells none: sure enough to be shown, not to be long."""

LONGEST_LINE = 1_000_000
TEMPERATURE = 0.8
"""What other ways to go on are drawn with."""


class RemoteError(EngineError):
    """The server is dead, slow or garbled; the text is a sentence about it."""


class RefusedError(RemoteError):
    """The server does not understand the question; `status` is its HTTP status."""

    def __init__(self, message: Message, status: int, /, **values: object) -> None:
        self.status = status
        super().__init__(message, **values)


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    """A piece of the answer: its text, its log-probability, and the next likeliest with theirs."""

    text: str
    logprob: float
    runners_up: tuple[tuple[str, float], ...] = ()


def request_body(model: str, prompt: str, parameters: Parameters, logprobs: bool) -> dict[str, Any]:
    """The question. One line is enough, for suggestions end with the line."""
    asked: dict[str, Any] = {
        "model": model,
        "prompt": prompt,
        "max_tokens": parameters.max_tokens,
        "temperature": TEMPERATURE if parameters.branch else parameters.temperature,
        "stream": True,
        "stop": ["\n"],
    }
    if parameters.branch or parameters.temperature:
        asked["seed"] = parameters.seed + parameters.branch
    if logprobs:
        asked["logprobs"] = max(1, min(5, parameters.runners_up))
    return asked


def completion_chunks(line: str) -> tuple[CompletionChunk, ...] | None:
    """What one line of the stream brings: pieces, perhaps none; None at the end. Raises `RemoteError`."""
    if len(line) > LONGEST_LINE:
        raise garbled()
    name, _, value = line.partition(":")
    value = value.strip()
    if name != "data" or not value:
        return ()
    if value == "[DONE]":
        return None
    try:
        event = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise garbled() from error
    if not isinstance(event, dict) or event.get("error") is not None:
        raise RemoteError("The server reports an error; look at its own log.")
    choices = event.get("choices")
    if choices == []:  # a last event that only counts tokens
        return ()
    if not isinstance(choices, list) or not isinstance(choices[0], dict):
        raise garbled()
    text = choices[0].get("text") or ""
    if not isinstance(text, str):
        raise garbled()
    return _split(text, choices[0].get("logprobs"))


def garbled() -> RemoteError:
    """The server speaks another language."""
    return RemoteError("The server does not answer as an OpenAI-compatible one does; check its address.")


def _split(text: str, logprobs: Any) -> tuple[CompletionChunk, ...]:
    """The text of one event, token by token where the server says which they are."""
    if not text:
        return ()
    told = logprobs if isinstance(logprobs, dict) else {}
    tokens, values = _texts(told.get("tokens")), _numbers(told.get("token_logprobs"))
    if not tokens or len(tokens) != len(values):
        return (CompletionChunk(text, UNTOLD),)
    if "".join(tokens) != text:
        return (CompletionChunk(text, min(0.0, sum(values))),)
    others = told.get("top_logprobs")
    others = others if isinstance(others, list) and len(others) == len(tokens) else [None] * len(tokens)
    return tuple(
        CompletionChunk(token, min(0.0, value), _runners(token, other))
        for token, value, other in zip(tokens, values, others, strict=True)
        if token
    )


def _texts(values: Any) -> list[str]:
    """The list if it is one of texts, else an empty one."""
    return values if isinstance(values, list) and all(isinstance(v, str) for v in values) else []


def _numbers(values: Any) -> list[float]:
    """The list if it is one of finite numbers, else an empty one."""
    are = isinstance(values, list) and all(isinstance(v, (int, float)) and math.isfinite(v) for v in values)
    return values if are else []


def _runners(token: str, others: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(others, dict):
        return ()
    known = [(str(text), float(p)) for text, p in others.items() if isinstance(p, (int, float))]
    return tuple(sorted((pair for pair in known if pair[0] != token), key=lambda pair: -pair[1]))
