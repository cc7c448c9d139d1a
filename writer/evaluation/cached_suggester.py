"""Asks an engine for suggestions one by one, as the window does, and remembers its answers.

A setting that shows less asks at many of the same places: what the engine said there is not computed again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from writer.engine.protocol import Engine, Parameters, Token
from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.context import Context
from writer.suggestions.suggestion import Suggestion

LENGTH = 16
"""Tokens that the engine is asked for at the most, as the window does."""


@dataclass(frozen=True, slots=True)
class TimedSuggestion:
    """A suggestion and the milliseconds it took; None where the answer was known already."""

    suggestion: Suggestion
    milliseconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """Tokens that came; `complete`: no more would have come for a gate of this floor, or a higher one.

    `reason` is the engine's for an empty answer.
    """

    tokens: tuple[Token, ...]
    complete: bool
    floor: float
    reason: str


class CachedSuggester:
    """Answers from one engine; `parameters` are those of every question."""

    def __init__(self, engine: Engine, parameters: Parameters) -> None:
        self._engine = engine
        self._parameters = parameters
        self._answers: dict[Context, _Answer] = {}

    def ask(self, context: Context, rules: BuilderRules) -> TimedSuggestion:
        """The suggestion for `context` under `rules`."""
        known = self._answers.get(context)
        if known is not None:
            builder = SuggestionBuilder(context, context.revision, rules)
            _feed(builder, known.tokens)
            if builder.finished or (known.complete and known.floor <= rules.gate.floor):
                return TimedSuggestion(builder.end(known.reason))
        started = time.perf_counter()
        builder = SuggestionBuilder(context, context.revision, rules)
        answer = self._answer(context, builder, rules.gate.floor)
        self._answers[context] = answer
        suggestion = builder.end(answer.reason)
        return TimedSuggestion(suggestion, (time.perf_counter() - started) * 1e3)

    def _answer(self, context: Context, builder: SuggestionBuilder, floor: float) -> _Answer:
        parameters = replace(self._parameters, floor=floor)
        stream = self._engine.continue_text(context, parameters, lambda: builder.finished)
        tokens = _feed(builder, stream)
        return _Answer(tokens, not builder.finished, floor, self._engine.report.reason)


def _feed(builder: SuggestionBuilder, tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Give tokens to `builder` until it wants no more; those it took."""
    taken = []
    for token in tokens:
        taken.append(token)
        builder.add(token.text, token.logprob, token.ends_word)
        if builder.finished:
            break
    return tuple(taken)
