"""What can be seen of a model's choices, as values, and who can be asked for them. Knows no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from writer.suggestions.context import Context


@dataclass(frozen=True, slots=True)
class TokenStep:
    """One token as the model saw it: the bytes it adds, the natural logarithm of its probability.

    `runners_up` are the next likeliest pieces with theirs; b"" stands for the end of the text.
    """

    text: bytes
    logprob: float
    runners_up: tuple[tuple[bytes, float], ...] = ()


@dataclass(frozen=True, slots=True)
class GenerationTrace:
    """How one answer came about.

    `steps` are its tokens, less what stood before the cursor already, which is `healed_prefix`. `read` is how
    many tokens of context the model was given; `kept` of them had been computed before. `passes` through the
    model were made for it, none where all was known. `hurried`: only the end of the context was read.
    """

    steps: tuple[TokenStep, ...]
    healed_prefix: str = ""
    read: int = 0
    kept: int = 0
    passes: int = 0
    hurried: bool = False


@dataclass(frozen=True, slots=True)
class Attention:
    """Where the model looks at the cursor: how much each layer, over its heads, at each of `pieces`."""

    pieces: tuple[bytes, ...]
    layers: tuple[tuple[float, ...], ...]


@runtime_checkable
class SupportsIntrospection(Protocol):
    """An engine that tells about its choices. Used from the engine's thread only; None once `cancelled()`."""

    def explain(self, context: Context, branch: int, cancelled: Callable[[], bool]) -> GenerationTrace | None:
        """How a late answer to `context` came about; None where that is not known any more."""
        ...

    def token_surprisal(
        self, context: Context, count: int, cancelled: Callable[[], bool]
    ) -> tuple[TokenStep, ...] | None:
        """How probable the last `count` tokens before the cursor were, each behind those before it."""
        ...

    def attention(self, context: Context, cancelled: Callable[[], bool]) -> Attention | None:
        """Where the model looks to choose the next token. Raises EngineError where it cannot tell."""
        ...
