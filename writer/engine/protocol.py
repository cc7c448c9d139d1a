"""The values that travel between a window and an engine. All frozen; none knows Qt or torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from writer.base.errors import UserError
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap


class EngineError(UserError):
    """A model cannot be loaded or cannot answer."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to continue: at most `max_tokens` tokens; greedy where `temperature` is 0.

    `branch` n asks for the n-th different first word (0 is the likeliest). `runners_up` is how many other
    candidates each token reports. `heal` lets the engine back up to a token boundary.

    `by_words` looks for the likeliest word each time, not the likeliest token; then a word's tokens carry its
    log-probability together, and the last one says that the word has ended. `floor` is the least probability
    of a word that is wanted: where none has it, the answer ends there.

    `hurry`: where much of the context is new to the engine, answer from its end and read the rest later.
    """

    max_tokens: int = 16
    temperature: float = 0.0
    seed: int = 0
    branch: int = 0
    runners_up: int = 3
    heal: bool = True
    by_words: bool = False
    floor: float = 0.0
    hurry: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the engine. Ids grow; the newest wins."""

    id: int
    context: Context
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True)
class Token:
    """One step of a continuation.

    `text` holds the bytes that this token adds after the cursor (healed bytes already taken off), perhaps
    a part of a character. `logprob` is the natural logarithm of its probability; `runners_up` are the next
    likeliest pieces with theirs. `ends_word`: what comes next belongs to another word.
    """

    id: int
    text: bytes
    logprob: float
    runners_up: tuple[tuple[bytes, float], ...] = ()
    ends_word: bool = False


@dataclass(frozen=True, slots=True)
class EngineStats:
    """What one request cost: milliseconds, tokens of context, how many of them were cached, passes."""

    first_ms: float = 0.0
    total_ms: float = 0.0
    context_tokens: int = 0
    cached_tokens: int = 0
    passes: int = 0
    reason: str = ""


class Engine(Protocol):
    """A loaded model that continues text. Used from one thread only."""

    name: str
    device: str
    why: str
    """Why this device was chosen, in words."""

    report: EngineStats
    """About the request answered last."""

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Yield tokens that continue `context.before`; ends early as soon as `cancelled()`."""
        ...

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Compute what a request about `context`, which nobody has made yet, will need."""
        ...

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """Use a moment in which nobody asks for what will be needed soon."""
        ...

    def close(self) -> None:
        """Give back memory. The engine is not used afterwards."""
        ...


@runtime_checkable
class InfillModel(Protocol):
    """A model that tells which words fit between two pieces of text. Used from one thread only."""

    name: str

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """Words for `gap` with the logarithms of their probabilities, in no order; none once `cancelled()`.

        It takes about `seconds`, or as long as it needs.
        """
        ...

    def close(self) -> None:
        """Give back memory. The model is not used afterwards."""
        ...


# What the worker tells its listener, from its own thread.


@dataclass(frozen=True, slots=True)
class EngineLoading:
    """The engine's model is being loaded; `detail` is a sentence for the status bar."""

    model: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EngineReady:
    """The engine answers from now on."""

    model: str
    device: str
    why: str


@dataclass(frozen=True, slots=True)
class EngineFailed:
    """The engine could not load or answer; `message` is one sentence that says what to do.

    `request` is the id of the request or errand that it could not do, 0 for none.
    """

    message: str
    request: int = 0


@dataclass(frozen=True, slots=True)
class TokenProduced:
    """A token of the running request."""

    request: int
    token: Token


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """The running request is over, cancelled or not."""

    request: int
    report: EngineStats
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class EngineTask:
    """Something else that is found out with the engine, in its thread. `work` may end early with None."""

    id: int
    work: Callable[[Engine, Callable[[], bool]], object]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What an errand brought; None where something more urgent came."""

    task: int
    value: object


EngineEvent = EngineLoading | EngineReady | EngineFailed | TokenProduced | RequestFinished | TaskResult
Listener = Callable[[EngineEvent], None]
