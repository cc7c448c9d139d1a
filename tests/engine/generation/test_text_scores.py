"""Scores of texts at one place: the same as one after another, in one pass, and cancelled at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from writer.engine.loading import load
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import SupportsTextScores
from writer.suggestions.context import Context

CONTEXT = Context("She opened the ")
TEXTS = ["door and went.", "window and went.", "do."]


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def engine(gpt2: Path) -> Iterator[LocalEngine]:
    loaded = load(gpt2, "cpu", threads=1, precision="float32")
    yield loaded
    loaded.close()


def test_each_text_has_the_probability_of_its_tokens(engine: LocalEngine) -> None:
    assert isinstance(engine, SupportsTextScores)
    scores = engine.text_scores(CONTEXT, TEXTS, never)
    alone = [sum(engine.logprobs(Context("She opened the"), f" {text}")) for text in TEXTS]
    assert scores == pytest.approx(alone, abs=1e-3)


def test_all_texts_take_one_pass(engine: LocalEngine) -> None:
    engine.text_scores(CONTEXT, TEXTS, never)
    before = engine._cache.stats.passes
    engine.text_scores(CONTEXT, TEXTS, never)
    assert engine._cache.stats.passes == before + 1


def test_that_a_word_ends_is_part_of_its_probability(engine: LocalEngine) -> None:
    (ended,) = engine.text_scores(CONTEXT, ["do "], never)
    assert ended < sum(engine.logprobs(Context("She opened the"), " do"))


def test_more_texts_than_fit_into_a_pass_are_compared_too(engine: LocalEngine) -> None:
    scores = engine.text_scores(CONTEXT, [*TEXTS, "house and the garden and the door."] * 20, never)
    assert scores == pytest.approx(scores[:4] * 20, abs=1e-3)


def test_the_beginning_of_a_text_and_empty_texts(engine: LocalEngine) -> None:
    scores = engine.text_scores(Context(""), ["She went.", "", "  "], never)
    assert math.isfinite(scores[0])
    assert scores[1:] == [-math.inf] * 2


def test_it_ends_once_it_is_cancelled(engine: LocalEngine) -> None:
    assert engine.text_scores(Context("A new text. " * 30), TEXTS, lambda: True) == []


def test_texts_that_begin_improbably_are_left_out(engine: LocalEngine) -> None:
    scores = engine.text_scores(CONTEXT, TEXTS, never)
    near = engine.text_scores(CONTEXT, TEXTS, never, 100.0)
    assert near == pytest.approx(scores, abs=1e-3)
    likeliest = sorted(TEXTS, key=lambda text: -engine.logprobs(Context("She opened the"), f" {text}")[0])
    passes = engine._cache.stats.passes
    assert engine.text_scores(CONTEXT, likeliest, never, 0.0) == [-math.inf] * len(TEXTS)
    assert engine._cache.stats.passes == passes
