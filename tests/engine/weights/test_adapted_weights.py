"""A model with an adapter beside its weights answers as the merged model does, in its graph and in torch."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from writer.engine.loading import load
from writer.engine.weights.weights import Weights
from writer.models.adapters.merged_weights import merge_weights
from writer.models.adapters.widened import widened
from writer.models.weights.lora_adapter import read_adapter
from writer.suggestions.context import Context
from writer.training.lora import load_base, prepare_model, save_adapter
from writer.training.plan import Plan

PLAN = Plan(method="lora", window=16, sequences=1, batch=1, steps=1, rate=0.1, validate_every=1, rank=4)


@pytest.fixture(params=["gpt2", "llama"])
def folders(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """A model with an adapter beside its weights, and the same merged."""
    base = request.getfixturevalue(request.param)
    adapted, merged = tmp_path / "adapted", tmp_path / "merged"
    for folder in (adapted, merged):
        shutil.copytree(base, folder, ignore=shutil.ignore_patterns(".writer"))
    model = prepare_model(load_base(base), PLAN)
    torch.manual_seed(3)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    save_adapter(model, "base", tmp_path / "adapter")
    merge_weights(
        [base / "model.safetensors"], read_adapter(tmp_path / "adapter"), merged / "model.safetensors"
    )
    shutil.copytree(tmp_path / "adapter", adapted, dirs_exist_ok=True)
    return adapted, merged


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing")  # peft asks for it by its old name
def test_all_that_reads_it_reads_the_merged_weights(folders: tuple[Path, Path]) -> None:
    adapted, merged = map(Weights, folders)
    assert list(adapted) == list(merged)
    for name in merged:
        np.testing.assert_array_equal(adapted[name].floats(), merged[name].floats())
    scores = []
    for folder in folders:
        engine = load(folder, "cpu", threads=1)
        scores.append(engine.logprobs(Context("The quick brown"), " fox jumps over"))
        engine.close()
    assert scores[0] == scores[1]
    with widened(folders[0]) as plain:
        ids = torch.tensor([[1, 2, 3, 4]])
        outputs = [load_base(folder)(input_ids=ids).logits for folder in (plain, folders[1])]
    torch.testing.assert_close(*outputs, rtol=0, atol=0)
