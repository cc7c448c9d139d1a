"""The routes to a server's next words: its endpoints, and the body of a question to each.

Servers differ in what they offer: a completion, with or without the text after the cursor, or chats alone.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from writer.base.errors import Sentence
from writer.engine.protocol import Parameters
from writer.engine.remote.chat_continuation import CHAT_ALLOWANCE, chat_messages

BRANCH_TEMPERATURE = 0.8
"""The temperature at which alternative continuations are sampled."""


class Route(StrEnum):
    """An endpoint together with the form of its questions.

    COMPLETION is OpenAI's /completions, SUFFIX the same with its field `suffix` for the text after the
    cursor, BETA that of DeepSeek, FIM Mistral's /fim/completions, INFILL llama.cpp's /infill, CHAT
    /chat/completions, and DIRECT_CHAT the same with the request not to think first.
    """

    COMPLETION = "completion"
    SUFFIX = "suffix"
    BETA = "beta"
    FIM = "fim"
    INFILL = "infill"
    CHAT = "chat"
    DIRECT_CHAT = "direct-chat"

    @property
    def is_chat(self) -> bool:
        """Whether the text stands in a message of a chat."""
        return self in (Route.CHAT, Route.DIRECT_CHAT)


_PATHS = {
    Route.COMPLETION: "completions",
    Route.SUFFIX: "completions",
    Route.BETA: "/beta/completions",
    Route.FIM: "fim/completions",
    Route.INFILL: "/infill",
    Route.CHAT: "chat/completions",
    Route.DIRECT_CHAT: "chat/completions",
}
"""The endpoint of each route, for `addresses.endpoint_url`."""


EXTRA_FIELDS = frozenset({"seed", "logprobs", "top_logprobs", "n_probs"})
"""The fields that not every server knows: for probabilities and a seed."""

OPTIONAL_FIELDS = EXTRA_FIELDS | {
    "temperature",
    "stop",
    "stream",
    "max_tokens",
    "max_completion_tokens",
    "chat_template_kwargs",
    "reasoning_effort",
}
"""The fields without which a question is still the same one."""

_DIRECT = {"chat_template_kwargs": {"enable_thinking": False}, "reasoning_effort": "none"}
"""The fields for a chat without thoughts: of vLLM, llama.cpp and transformers, of OpenAI and Ollama."""


@dataclass(frozen=True, slots=True)
class SentText:
    """The text before the cursor, and that after it where it is sent."""

    before: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a server: the endpoint's path, the body, and the most tokens of an answer."""

    path: str
    body: dict[str, Any]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offers: the route that continues a text, and that which takes what follows along.

    `refused` are the fields that it refuses, in alphabetical order, `seconds` those that it takes to the
    first word of an answer where it is slow, else 0.0.
    """

    plain: Route = Route.COMPLETION
    between: Route | None = None
    refused: tuple[str, ...] = ()
    seconds: float = 0.0

    def route(self, after: str) -> Route:
        """The route for a cursor with the text `after` behind it."""
        return self.between if self.between is not None and after.strip() else self.plain

    def destination(self, where: Sentence) -> Sentence:
        """`where` the text goes, with what of it goes there and how."""
        values = {"where": where}
        if self.between is not None:
            return Sentence("{where}: the text before and after the cursor", values)
        if self.plain.is_chat:
            return Sentence("{where}: the text before the cursor, with the request to continue it", values)
        return Sentence("{where}: the text before the cursor", values)


def answer_tokens(route: Route, parameters: Parameters) -> int:
    """The most tokens of an answer on `route`."""
    return parameters.max_tokens + (CHAT_ALLOWANCE if route.is_chat else 0)


def question(
    route: Route, model: str, prompt: SentText, parameters: Parameters, refused: Set[str] = frozenset()
) -> Question:
    """The question for what comes after `prompt.before`, which ends at a line break as suggestions do.

    `refused` are fields of OPTIONAL_FIELDS that are left out.
    """
    sampled = bool(parameters.branch or parameters.temperature)
    tokens = answer_tokens(route, parameters)
    body: dict[str, Any] = {
        "model": model,
        "temperature": BRANCH_TEMPERATURE if parameters.branch else parameters.temperature,
        "stream": True,
    }
    if sampled and route is not Route.FIM:
        body["seed"] = parameters.seed + parameters.branch
    likeliest = max(1, min(5, parameters.runners_up))
    match route:
        case Route.CHAT | Route.DIRECT_CHAT:
            body |= {"messages": chat_messages(prompt.before), "max_tokens": tokens}
            body |= {"logprobs": True, "top_logprobs": likeliest}
            if "max_tokens" in refused:
                body["max_completion_tokens"] = tokens
            if route is Route.DIRECT_CHAT:
                body |= _DIRECT
        case Route.INFILL:
            body |= {"input_prefix": prompt.before, "input_suffix": prompt.after, "prompt": ""}
            body |= {"n_predict": tokens, "stop": ["\n"], "n_probs": likeliest}
        case _:
            body |= {"prompt": prompt.before, "max_tokens": tokens, "stop": ["\n"]}
            if prompt.after and route is not Route.COMPLETION:
                body["suffix"] = prompt.after
            if route is not Route.FIM:
                body["logprobs"] = likeliest
    return Question(_PATHS[route], _without(body, refused), tokens)


def _without(body: dict[str, Any], refused: Set[str]) -> dict[str, Any]:
    """A body without the refused fields, and without those that need one of them."""
    dependent = {"top_logprobs"} if "logprobs" in refused else set()
    return {name: value for name, value in body.items() if name not in refused | dependent}
