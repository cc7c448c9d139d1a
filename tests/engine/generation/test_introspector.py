"""What the engine tells about its choices, against its own stream and against a fresh pass."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from writer.engine import loading
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.introspection import GenerationTrace, SupportsIntrospection, TokenStep
from writer.engine.local_engine import LocalEngine
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.protocol import Parameters
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.suggestions.context import Context

BEFORE = "Writing is easy: you only cross out the wrong words. She opened the"


def never() -> bool:
    return False


@pytest.fixture
def engine(model: Path) -> Iterator[LocalEngine]:
    engine = loading.load(model, "cpu", threads=1, precision="float32")
    assert isinstance(engine, LocalEngine)
    assert isinstance(engine, SupportsIntrospection)
    yield engine
    engine.close()


def fresh(folder: Path, ids: list[int]) -> np.ndarray:
    """The log-probabilities behind each of `ids`, of a decoder that has computed nothing before."""
    config, weights = read_decoder_config(folder), Weights(folder)
    graph = ensure_decoder_graph(folder, config, weights, "float32")
    decoder = OnnxDecoder("fresh", config, weights, graph, threads=1, capacity=128)
    logits = decoder.forward(ids, 0, len(ids), decoder.new_kv_cache()).astype(np.float64)
    decoder.close()
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def explained(engine: LocalEngine, context: Context, parameters: Parameters) -> tuple[list, GenerationTrace]:
    tokens = list(engine.continue_text(context, parameters, never))
    account = engine.explain(context, parameters.branch, never)
    assert account is not None
    return tokens, account


def test_steps_equal_the_stream_token_for_token(engine: LocalEngine) -> None:
    tokens, account = explained(engine, Context(BEFORE), Parameters(max_tokens=8, heal=False))
    assert [step.text for step in account.steps] == [token.text for token in tokens]
    for step, token in zip(account.steps, tokens, strict=True):
        assert step.logprob == pytest.approx(token.logprob, abs=1e-4)
        assert [text for text, _ in step.runners_up] == [text for text, _ in token.runners_up]
        assert [p for _, p in step.runners_up] == pytest.approx([p for _, p in token.runners_up], abs=1e-3)


@pytest.mark.parametrize("before", [BEFORE, BEFORE + " do", BEFORE + " door and walk", "今天天气很"])
def test_steps_of_words_equal_a_fresh_pass(engine: LocalEngine, model: Path, before: str) -> None:
    context = Context(before)
    tokens, account = explained(engine, context, Parameters(max_tokens=6, by_words=True))
    assert b"".join(step.text for step in account.steps) == b"".join(token.text for token in tokens)
    trace = engine._introspector._traces[("", before, 0)]
    ids = [*trace.prompt.ids, *trace.path]
    scores = fresh(model, ids)[len(trace.prompt.ids) - 1 : -1]
    expected = [float(row[i]) for row, i in zip(scores, trace.path, strict=True)]
    assert [step.logprob for step in account.steps] == pytest.approx(
        expected[len(expected) - len(account.steps) :], abs=1e-4
    )
    for step, row in zip(account.steps, scores[len(expected) - len(account.steps) :], strict=True):
        others = sorted((p for p in row.tolist() if abs(p - step.logprob) > 1e-4), reverse=True)
        assert [p for _, p in step.runners_up] == pytest.approx(others[:3], abs=1e-3)


def test_words_are_as_probable_as_the_stream_says(engine: LocalEngine) -> None:
    """A word's probability is the product of its tokens', times that of its end."""
    tokens, account = explained(engine, Context(BEFORE), Parameters(max_tokens=6, by_words=True, heal=False))
    words, steps = [], iter(account.steps)
    together, said = 0.0, 0.0
    for token in tokens:
        together += next(steps).logprob
        said += token.logprob
        if token.ends_word:
            words.append((together, said))
            together, said = 0.0, 0.0
    assert words
    assert all(math.exp(said) == pytest.approx(math.exp(together), abs=0.1) for together, said in words)


def test_the_last_words_surprise_as_in_a_fresh_pass(engine: LocalEngine, model: Path) -> None:
    context = Context(BEFORE + " window")
    steps = engine.token_surprisal(context, 40, never)
    assert steps is not None
    ids = engine._prompt_builder.prompt(context, heal=False).ids
    scores = fresh(model, list(ids))
    count = min(40, len(ids) - 1)
    expected = [float(scores[at - 1][ids[at]]) for at in range(len(ids) - count, len(ids))]
    assert [step.logprob for step in steps] == pytest.approx(expected, abs=1e-4)
    assert context.before.encode().endswith(b"".join(step.text for step in steps))


def test_what_was_looked_at_costs_nothing_again_and_a_key_more_costs_little(engine: LocalEngine) -> None:
    engine.token_surprisal(Context(BEFORE), 40, never)
    passes = engine._cache.stats.passes
    engine.token_surprisal(Context(BEFORE), 40, never)
    assert engine._cache.stats.passes == passes
    engine.token_surprisal(Context(BEFORE + " door"), 40, never)
    assert engine._cache.stats.passes <= passes + 1


def test_looking_changes_no_answer_and_ends_when_it_is_cancelled(engine: LocalEngine) -> None:
    parameters = Parameters(max_tokens=6, by_words=True)
    context = Context(BEFORE)
    before = list(engine.continue_text(context, parameters, never))
    assert engine.token_surprisal(context, 40, lambda: True) is None
    engine.token_surprisal(context, 40, never)
    engine.explain(context, 0, never)
    assert list(engine.continue_text(context, parameters, never)) == before
    assert engine.explain(Context("never asked"), 0, never) is None


def test_the_cost_is_told(engine: LocalEngine) -> None:
    parameters = Parameters(max_tokens=4, by_words=True)
    _, first = explained(engine, Context(BEFORE + " do"), parameters)
    assert (first.cached_tokens, first.healed_prefix, first.partial_context) == (0, " do", False)
    assert first.passes > 0
    _, again = explained(engine, Context(BEFORE + " do"), parameters)
    assert (again.cached_tokens, again.passes) == (again.context_tokens, 0)
    assert isinstance(again.steps[0], TokenStep)
