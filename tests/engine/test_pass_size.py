"""Of a large vocabulary few tokens have their logits at a time, and what is found stays the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.generation import prefix_cache
from writer.engine.generation.prefix_cache import MIN_PASS_TOKENS
from writer.engine.loading import load
from writer.engine.local_engine import LocalEngine
from writer.suggestions.context import Context
from writer.suggestions.gap import Gap

BEFORE = "She opened the door and walked into the garden. " * 2 + "A great book is a "
TEXTS = ["great friend.", "garden.", "door.", "great teacher."]


def never() -> bool:
    return False


@pytest.fixture
def engine(gpt2: Path) -> LocalEngine:
    return load(gpt2, "cpu", threads=1, precision="float32")


def answers(engine: LocalEngine) -> list[float]:
    words = engine.alternatives(Gap(BEFORE, " friend, and the greatest teacher.", "en"), None, never)
    steps = engine.token_surprisal(Context(BEFORE), 30, never)
    assert words
    assert steps
    return [
        *(word.logprob for word in sorted(words, key=lambda word: word.text)),
        *(step.logprob for step in steps),
        *engine.text_scores(Context(BEFORE), TEXTS, never),
        *engine.logprobs(Context(BEFORE), "great friend. " * 20),
    ]


def test_few_logits_are_made_at_a_time(
    engine: LocalEngine, gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix_cache, "PASS_LOGITS_BYTES", 0)
    large, counts, run = load(gpt2, "cpu", threads=1, precision="float32"), [], OnnxDecoder._run

    def counted(self, ids, positions, bias, rows, kv_cache):
        counts.append(len(rows))
        return run(self, ids, positions, bias, rows, kv_cache)

    expected = answers(engine)
    monkeypatch.setattr(OnnxDecoder, "_run", counted)
    assert answers(large) == pytest.approx(expected, abs=1e-3)
    assert max(counts) == MIN_PASS_TOKENS
    for one in (engine, large):
        one.close()
