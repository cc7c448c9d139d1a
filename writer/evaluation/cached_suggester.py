"""A suggester that runs an engine as the window does and caches its answers by context.

Levels of the setting are evaluated on the same contexts, so most answers of the stricter ones are cached.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from writer.engine.protocol import Engine, Parameters, Token
from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.context import Context
from writer.suggestions.gate import ConfidenceGate
from writer.suggestions.suggestion import Suggestion

MAX_TOKENS = 16
"""The most tokens of an answer, as in the window."""


@dataclass(frozen=True, slots=True)
class TimedSuggestion:
    """A suggestion, and the milliseconds until it was complete; None where its answer was cached.

    `cpu_seconds` are those that the process took for the answer, on all cores. `parts` are what was shown
    while it grew, each with the seconds from the request to it; the last one is the suggestion. The first
    token came after `first_seconds`, None where there was none. An answer that was cached arrives as it did
    when it was generated.
    """

    suggestion: Suggestion
    milliseconds: float | None = None
    cpu_seconds: float = 0.0
    parts: tuple[tuple[float, Suggestion], ...] = ()
    first_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _CachedAnswer:
    """The tokens of an answer generated for two floors, each with the seconds until it came.

    `floor` is that of the first word, `next_floor` that of the second. It took `seconds`. `complete`: the
    engine gave all tokens for these floors, and so for all higher ones. `reason` is the engine's reason for
    an empty answer.
    """

    tokens: tuple[tuple[float, Token], ...]
    seconds: float
    complete: bool
    floor: float
    next_floor: float
    reason: str

    def covers(self, floor: float, gate: ConfidenceGate) -> bool:
        """Whether the engine would have given no other tokens for these floors, if the answer is complete."""
        return self.floor <= floor and self.next_floor <= gate.next_floor


class CachedSuggester:
    """Suggestions from one engine with the same `parameters` for every context."""

    def __init__(self, engine: Engine, parameters: Parameters) -> None:
        self._engine = engine
        self._parameters = parameters
        self._answers: dict[Context, _CachedAnswer] = {}

    def suggest(self, context: Context, rules: BuilderRules) -> TimedSuggestion:
        """The suggestion for `context` under `rules`, from the cache where its answer is long enough."""
        floor = rules.floor(context)
        cached = self._answers.get(context)
        if cached is not None:
            builder = SuggestionBuilder(context, context.revision, rules)
            fed = _Fed(builder, cached.tokens)
            if builder.finished or (cached.complete and cached.covers(floor, rules.gate)):
                return fed.end(cached)
        started, cpu = time.perf_counter(), time.process_time()
        builder = SuggestionBuilder(context, context.revision, rules)
        parameters = replace(
            self._parameters,
            floor=floor,
            next_floors=rules.gate.next_floors,
            least_extended=rules.gate.least_extended,
        )
        stream = self._engine.continue_text(context, parameters, lambda: builder.finished)
        fed = _Fed(builder, ((time.perf_counter() - started, token) for token in stream))
        seconds = time.perf_counter() - started
        answer = _CachedAnswer(
            tuple(fed.tokens),
            seconds,
            not builder.finished,
            floor,
            rules.gate.next_floor,
            self._engine.stats.reason,
        )
        self._answers[context] = answer
        return replace(fed.end(answer), milliseconds=seconds * 1e3, cpu_seconds=time.process_time() - cpu)


class _Fed:
    """A builder with tokens added until it is finished, each with the seconds until it came."""

    def __init__(self, builder: SuggestionBuilder, tokens: Iterable[tuple[float, Token]]) -> None:
        self._builder = builder
        self._parts: list[tuple[float, Suggestion]] = []
        self.tokens: list[tuple[float, Token]] = []
        shown = ""
        for at, token in tokens:
            self.tokens.append((at, token))
            part = builder.add(token.text, token.logprob, token.ends_word)
            if part.text != shown:
                shown = part.text
                self._parts.append((at, part))
            if builder.finished:
                break

    def end(self, answer: _CachedAnswer) -> TimedSuggestion:
        """The suggestion of these tokens, which are those of `answer` or its first ones."""
        seconds = self.tokens[-1][0] if self.tokens and self._builder.finished else answer.seconds
        suggestion = self._builder.end(answer.reason)
        parts = (*self._parts, (seconds, suggestion))
        return TimedSuggestion(
            suggestion, parts=parts, first_seconds=self.tokens[0][0] if self.tokens else None
        )
