"""Introspection of a model's choices: log-probabilities, token surprisal, attention, as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from writer.suggestions.context import Context


@dataclass(frozen=True, slots=True)
class TokenStep:
    """One token of a text: the bytes it adds and its natural log-probability, None where unknown.

    `runners_up` are the next likeliest tokens' bytes with theirs; b"" is the end of the text.
    """

    text: bytes
    logprob: float | None
    runners_up: tuple[tuple[bytes, float], ...] = ()


@dataclass(frozen=True, slots=True)
class GenerationTrace:
    """How one answer was generated.

    `steps` are its tokens without the healed prefix, the text before the cursor that the model generated
    again. Of `context_tokens` in the prompt, `cached_tokens` were in the prefix cache. `passes` counts the
    forward passes. `partial_context`: the prompt was only the end of the context.
    """

    steps: tuple[TokenStep, ...]
    healed_prefix: str = ""
    context_tokens: int = 0
    cached_tokens: int = 0
    passes: int = 0
    partial_context: bool = False


@dataclass(frozen=True, slots=True)
class Attention:
    """The attention of the last token: for each layer the mean over its heads, for each of `tokens`.

    `tokens` holds the bytes of the prompt's tokens; each of `layers` has as many weights, which sum to 1.
    """

    tokens: tuple[bytes, ...]
    layers: tuple[tuple[float, ...], ...]


@runtime_checkable
class SupportsIntrospection(Protocol):
    """An engine that explains its choices. Used from the engine's thread only.

    The methods return None once `cancelled()`.
    """

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """The trace of a recent answer to `context`; None where it is no longer stored."""
        ...

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """The log-probabilities of the last `count` tokens before the cursor, each given those before it."""
        ...

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """The attention of the last token before the cursor. Raises EngineError where it is not available."""
        ...
