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
from writer.suggestions.suggestion import Suggestion

MAX_TOKENS = 16
"""The most tokens of an answer, as in the window."""


@dataclass(frozen=True, slots=True)
class TimedSuggestion:
    """A suggestion, and the milliseconds until it was complete; None where its answer was cached.

    `cpu_seconds` are those that the process took for the answer, on all cores.
    """

    suggestion: Suggestion
    milliseconds: float | None = None
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _CachedAnswer:
    """The tokens of an answer generated with a gate's `floor`.

    `complete`: the engine gave all tokens for this floor, and so for every higher one. `reason` is the
    engine's reason for an empty answer.
    """

    tokens: tuple[Token, ...]
    complete: bool
    floor: float
    reason: str


class CachedSuggester:
    """Suggestions from one engine with the same `parameters` for every context."""

    def __init__(self, engine: Engine, parameters: Parameters) -> None:
        self._engine = engine
        self._parameters = parameters
        self._answers: dict[Context, _CachedAnswer] = {}

    def suggest(self, context: Context, rules: BuilderRules) -> TimedSuggestion:
        """The suggestion for `context` under `rules`, from the cache where its answer is long enough."""
        cached = self._answers.get(context)
        if cached is not None:
            builder = SuggestionBuilder(context, context.revision, rules)
            _feed(builder, cached.tokens)
            if builder.finished or (cached.complete and cached.floor <= rules.gate.floor):
                return TimedSuggestion(builder.end(cached.reason))
        started, cpu = time.perf_counter(), time.process_time()
        builder = SuggestionBuilder(context, context.revision, rules)
        answer = self._generate(context, builder, rules.gate.floor)
        self._answers[context] = answer
        suggestion = builder.end(answer.reason)
        return TimedSuggestion(suggestion, (time.perf_counter() - started) * 1e3, time.process_time() - cpu)

    def _generate(self, context: Context, builder: SuggestionBuilder, floor: float) -> _CachedAnswer:
        parameters = replace(self._parameters, floor=floor)
        stream = self._engine.continue_text(context, parameters, lambda: builder.finished)
        tokens = _feed(builder, stream)
        return _CachedAnswer(tokens, not builder.finished, floor, self._engine.stats.reason)


def _feed(builder: SuggestionBuilder, tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Add tokens to `builder` until it is finished; returns those added."""
    taken = []
    for token in tokens:
        taken.append(token)
        builder.add(token.text, token.logprob, token.ends_word)
        if builder.finished:
            break
    return tuple(taken)
