"""Transformers is asked only for models whose weights are there; a config of a few bytes costs nothing."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from tests.fakes.hostile_models import OTHER_NUMBERS
from writer.engine.decoders.transformers_check import require_fitting_config
from writer.engine.decoders.transformers_model import load_decoder, load_model
from writer.engine.protocol import EngineError
from writer.models.manifest import ModelError
from writer.training.lora import load_base

SMALL = {
    "vocab_size": 300,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "head_dim": 8,
    "intermediate_size": 64,
    "ffn_dim": 64,
    "word_embed_proj_dim": 32,
    "max_position_embeddings": 64,
}


def make(folder: Path, kind: str) -> Path:
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **SMALL), dtype=torch.float32)
    model.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["opt", "phi", "mamba", "gemma", "gpt_neox", "bloom", "mixtral"])
def test_sound_models_fit(tmp_path: Path, kind: str) -> None:
    require_fitting_config(AutoModelForCausalLM, make(tmp_path, kind))


def test_a_weight_that_would_be_invented_is_named(tmp_path: Path) -> None:
    file = make(tmp_path, "opt") / "model.safetensors"
    weights = load_file(file)
    del weights["model.decoder.layers.1.fc1.weight"]
    save_file(weights, file, {"format": "pt"})
    with pytest.raises(EngineError, match=r"do not fit its config.json .model.decoder.layers.1.fc1.weight"):
        load_model(AutoModelForCausalLM, tmp_path, torch.float32)
    with pytest.raises(ModelError, match="cannot be loaded for training"):
        load_base(tmp_path)


@pytest.mark.parametrize(("kind", "layer"), [("phi", "model.layers.1."), ("bloom", "transformer.h.1.")])
def test_a_layer_that_would_be_left_out_is_named(tmp_path: Path, kind: str, layer: str) -> None:
    config = make(tmp_path, kind) / "config.json"
    said = json.loads(config.read_text())
    key = "n_layer" if kind == "bloom" else "num_hidden_layers"
    config.write_text(json.dumps(said | {key: 1}))
    with pytest.raises(EngineError, match=f"do not fit its config.json .{layer}"):
        load_model(AutoModelForCausalLM, tmp_path, torch.float32)


@pytest.mark.parametrize(("key", "number"), OTHER_NUMBERS[:4])
@pytest.mark.parametrize("kind", ["opt", "phi"])
def test_more_than_the_weights_is_refused_at_once_and_in_little_memory(
    tmp_path: Path, kind: str, key: str, number: int
) -> None:
    config = make(tmp_path, kind) / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {key: number}))
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    with pytest.raises(EngineError, match="do not fit"):
        load_decoder(tmp_path, device="cpu", capacity=64)
    assert time.monotonic() - began < 30
    assert psutil.Process().memory_info().rss - before < 300e6
