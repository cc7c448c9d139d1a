"""Floors end a search early, and change nothing of what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.context import Context
from writer.suggestions.gate import LEVELS, ConfidenceGate
from writer.suggestions.suggestion import Suggestion

STORY = (
    "The committee met on Thursday to discuss the plan for the old railway station. Two proposals were on "
    "the table. As a matter of fact, the first would turn the building into a "
)


@pytest.fixture
def engine(starter: Path) -> Iterator[LocalEngine]:
    with closing(loading.load(starter, "cpu")) as loaded:
        yield loaded


def suggest(
    engine: LocalEngine, context: Context, gate: ConfidenceGate, parameters: Parameters
) -> Suggestion:
    builder = SuggestionBuilder(context, 0, BuilderRules(gate))
    for token in engine.continue_text(context, parameters, lambda: builder.finished):
        builder.add(token.text, token.logprob, token.ends_word)
        if builder.finished:
            break
    return builder.end()


def test_the_floors_of_a_gate_change_nothing_that_it_shows(engine: LocalEngine) -> None:
    shown = 0
    for end in range(8, len(STORY), 23):
        context = Context(STORY[:end])
        for level in LEVELS:
            gate = level.gate
            whole = suggest(engine, context, gate, Parameters(by_words=True))
            floors = Parameters(
                by_words=True,
                floor=gate.least,
                next_floors=gate.next_floors,
                least_extended=gate.least_extended,
            )
            assert suggest(engine, context, gate, floors).text == whole.text
            shown += bool(whole.text)
    assert shown > 5


def test_a_third_word_needs_fewer_passes_where_it_would_not_be_shown(engine: LocalEngine) -> None:
    passes = {}
    for floors in ((0.1,), ConfidenceGate(0.3, 0.1).next_floors):
        passes[floors] = 0
        for end in range(30, len(STORY), 17):
            parameters = Parameters(by_words=True, floor=0.3, next_floors=floors)
            list(engine.continue_text(Context(STORY[:end]), parameters, lambda: False))
            passes[floors] += engine.stats.passes
        engine.prepare_idle(lambda: False)
    few, many = min(passes.values()), max(passes.values())
    assert passes[ConfidenceGate(0.3, 0.1).next_floors] == few < many
