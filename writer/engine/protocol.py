"""The protocol of engines: frozen values that pass between threads, and the interfaces. No Qt, no torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from writer.base.errors import Message, UserError
from writer.engine.engine_state import EngineFailed, EngineLoading, EngineReady
from writer.suggestions.context import Context
from writer.suggestions.gap import Alternative, Gap


class EngineError(UserError):
    """A model cannot be loaded or cannot answer; the text is a sentence for the user."""


class MachineError(EngineError):
    """What a model needs and this machine lacks: memory, space, a graphics card. The model may be whole."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of generation: at most `max_tokens` tokens, greedy where `temperature` is 0.

    `branch` n takes the n-th different first word, 0 the likeliest. `runners_up` is the number of other
    candidates that each token reports. `heal` allows token healing.

    `by_words` searches the likeliest word each time, not the likeliest token; then the first token of a word
    has the word's log-probability, and the last one has `ends_word`. `floor` is the least probability of the
    first word, `next_floors` are those of the second, the third and so on, the last one that of all further
    ones: where no word reaches it, the answer ends. So it does behind words that are together less likely
    than `least_extended`.

    `allow_partial_context`: where much of the context is not cached, the engine may answer from the end of
    the context and compute the rest when it is idle.
    """

    max_tokens: int = 16
    temperature: float = 0.0
    seed: int = 0
    branch: int = 0
    runners_up: int = 3
    heal: bool = True
    by_words: bool = False
    floor: float = 0.0
    next_floors: tuple[float, ...] = (0.0,)
    least_extended: float = 0.0
    allow_partial_context: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the engine. Ids increase; a newer request replaces an older one."""

    id: int
    context: Context
    parameters: Parameters = field(default_factory=Parameters)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer.

    `text` holds the bytes that it adds after the cursor, without the healed prefix; they may end within a
    character. `logprob` is its natural log-probability, None where unknown; `runners_up` are the next
    likeliest tokens' bytes with theirs. `ends_word`: the next token belongs to another word.
    """

    id: int
    text: bytes
    logprob: float | None
    runners_up: tuple[tuple[bytes, float], ...] = ()
    ends_word: bool = False


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Statistics of one request: milliseconds to the first token and in total, tokens, forward passes.

    `cached_tokens` of the `context_tokens` were in the prefix cache. `reason` says why the answer is empty.
    """

    first_ms: float = 0.0
    total_ms: float = 0.0
    context_tokens: int = 0
    cached_tokens: int = 0
    passes: int = 0
    reason: str = ""


class Engine(Protocol):
    """A loaded model that generates continuations. Used from one thread only."""

    name: str
    device: str

    stats: EngineStats
    """The statistics of the last request."""

    @property
    def why(self) -> Message:
        """The reason for choosing this device, in words."""
        ...

    @property
    def slow(self) -> Message:
        """The sentence why this model takes longer than others of its size, "" where it does not."""
        ...

    def continue_text(
        self, context: Context, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> Iterator[Token]:
        """Yield tokens that continue `context.before`; ends as soon as `cancelled()`."""
        ...

    def prefetch(self, context: Context, cancelled: Callable[[], bool]) -> None:
        """Fill the prefix cache for a request about `context` that is expected."""
        ...

    def prepare_idle(self, cancelled: Callable[[], bool]) -> None:
        """Compute what coming requests will need while there is no request."""
        ...

    def close(self) -> None:
        """Free the memory. The engine is not used afterwards."""
        ...


@runtime_checkable
class ReplacesServer(Protocol):
    """An engine that answers in the place of a server while that does not; `trouble` says why, else ""."""

    trouble: Message


@runtime_checkable
class InfillModel(Protocol):
    """A model that finds words for the gap between two texts. Used from one thread only."""

    name: str

    def alternatives(
        self, gap: Gap, seconds: float | None, cancelled: Callable[[], bool]
    ) -> list[Alternative]:
        """Words for `gap` with their natural log-probabilities, in no order; none once `cancelled()`.

        It takes about `seconds`; None sets no limit.
        """
        ...

    def close(self) -> None:
        """Free the memory. The model is not used afterwards."""
        ...


@runtime_checkable
class SupportsTextScores(Protocol):
    """An engine that tells how probable each of several texts is at one place."""

    def text_scores(
        self,
        context: Context,
        texts: Sequence[str],
        cancelled: Callable[[], bool],
        behind: float = math.inf,
    ) -> list[float]:
        """The natural log-probability of each of `texts` behind `context.before`; none once `cancelled()`.

        It includes that the last word of a text ends there. -inf for a text that is empty or too long, and
        for one that begins with a token `behind` nats less likely than that of the first text.
        """
        ...


# Events that the worker sends to its listener, from its own thread.


@dataclass(frozen=True, slots=True)
class TokenProduced:
    """A token of the running request."""

    request: int
    token: Token


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """The running request is finished or cancelled."""

    request: int
    stats: EngineStats
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class EngineTask:
    """A task for the engine's thread: `work` is called with the engine and a check for cancelling."""

    id: int
    work: Callable[[Engine, Callable[[], bool]], object]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """The result of a task; `value` is None where it was cancelled or replaced."""

    task: int
    value: object


EngineEvent = EngineLoading | EngineReady | EngineFailed | TokenProduced | RequestFinished | TaskResult
Listener = Callable[[EngineEvent], None]
