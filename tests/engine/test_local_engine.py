"""The engine's own decisions: hurry, what is prepared in quiet moments, and where it stops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from writer.engine.generation.prompt import PromptBuilder
from writer.engine.infill.masked_model_pool import MaskedModelPool
from writer.engine.loading import load_infill_model
from writer.engine.local_engine import PARTIAL_CONTEXT_THRESHOLD, LocalEngine
from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary
from writer.suggestions.context import Context


class Recording:
    """A model of fixed taste that notes how many tokens it reads."""

    name = device = "recording"
    capacity = 768

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = len(vocabulary.token_bytes)
        self._taste = np.random.default_rng(0).normal(size=self.vocabulary).astype(np.float32)
        self.tokens = 0

    def new_kv_cache(self) -> None:
        return None

    def forward(self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: None) -> np.ndarray:
        self.tokens += len(ids)
        return np.tile(self._taste, (logits_to_keep, 1))

    def close(self) -> None: ...


LONG = "She opened the door and walked into the garden. " * 40
IN_A_HURRY = Parameters(max_tokens=2, by_words=True, allow_partial_context=True)


def never() -> bool:
    return False


@pytest.fixture
def vocabulary(gpt2: Path) -> Vocabulary:
    return load_vocabulary(gpt2)


@pytest.fixture
def model(vocabulary: Vocabulary) -> Recording:
    return Recording(vocabulary)


@pytest.fixture
def engine(vocabulary: Vocabulary, model: Recording) -> LocalEngine:
    masked_models = MaskedModelPool(lambda _language: None, load_infill_model)
    return LocalEngine(model, vocabulary, PromptBuilder(vocabulary, 640), masked_models, "for the test")


def test_a_long_new_context_is_answered_from_its_end_and_read_later(
    engine: LocalEngine, model: Recording
) -> None:
    list(engine.continue_text(Context(LONG), IN_A_HURRY, never))
    assert model.tokens < PARTIAL_CONTEXT_THRESHOLD + 20
    engine.prepare_idle(never)
    assert model.tokens > 400
    read = model.tokens
    list(engine.continue_text(Context(LONG + "T"), IN_A_HURRY, never))
    assert model.tokens - read < 20
    assert engine.stats.cached_tokens > 400


def test_typing_on_before_the_rest_is_read_costs_little_per_key(
    engine: LocalEngine, model: Recording
) -> None:
    list(engine.continue_text(Context(LONG), IN_A_HURRY, never))
    for end in range(1, 20):
        read = model.tokens
        list(engine.continue_text(Context(LONG + "The quick brown fox"[:end]), IN_A_HURRY, never))
        assert model.tokens - read < 120
    spent = model.tokens
    list(engine.continue_text(Context(LONG + "The quick brown fox j"), IN_A_HURRY, never))
    assert model.tokens - spent < 20


def test_without_hurry_everything_is_read_first(engine: LocalEngine, model: Recording) -> None:
    list(engine.continue_text(Context(LONG), Parameters(max_tokens=1, by_words=True), never))
    assert model.tokens > 400


def test_reading_the_rest_can_be_interrupted_and_goes_on(engine: LocalEngine, model: Recording) -> None:
    list(engine.continue_text(Context(LONG), IN_A_HURRY, never))
    before = model.tokens
    engine.prepare_idle(lambda: True)
    first = model.tokens - before
    assert 0 < first < 100
    engine.prepare_idle(lambda: True)
    assert model.tokens - before > first
    engine.prepare_idle(never)
    done = model.tokens
    engine.prepare_idle(never)
    assert model.tokens - done < 100


def test_a_warmed_context_is_answered_without_a_pass(engine: LocalEngine, model: Recording) -> None:
    engine.prefetch(Context(LONG), never)
    read = model.tokens
    tokens = engine.continue_text(Context(LONG), IN_A_HURRY, never)
    next(tokens)
    assert model.tokens == read
