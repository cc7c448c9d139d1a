"""Where the model looks, against what transformers says of the same model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.engine.decoders.test_equality import FAMILIES
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.suggestions.context import Context

BEFORE = "Writing is easy: you only cross out the wrong words. 我喜欢吃苹果，"


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.fixture
def engine(folder: Path) -> Iterator[LocalEngine]:
    engine = loading.load(folder, "cpu", threads=1, precision="float32")
    assert isinstance(engine, LocalEngine)
    yield engine
    engine.close()


def test_weights_equal_those_of_transformers_in_every_layer(engine: LocalEngine, folder: Path) -> None:
    attention = engine.attention(Context(BEFORE), lambda: False)
    assert attention is not None
    ids = engine._prompt_builder.prompt(Context(BEFORE), heal=False).ids
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.no_grad():
        layers = model(torch.tensor([ids]), output_attentions=True).attentions
    for found, wanted in zip(attention.layers, layers, strict=True):
        assert np.allclose(found, wanted[0, :, -1].mean(dim=0).numpy(), atol=1e-4)
    assert b"".join(attention.tokens).decode() == BEFORE


def test_looking_again_and_elsewhere_and_stopping(engine: LocalEngine) -> None:
    first = engine.attention(Context(BEFORE), lambda: False)
    engine.attention(Context("She opened"), lambda: False)
    again = engine.attention(Context(BEFORE), lambda: False)
    assert first is not None
    assert again is not None
    assert np.allclose(first.layers, again.layers, atol=1e-5)
    assert engine.attention(Context(BEFORE), lambda: True) is None
