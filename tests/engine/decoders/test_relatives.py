"""Relatives of Llama beside transformers: the same logits in each decoder, and the same attention."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from tests.engine.decoders.test_equality import decoder, reference, some_ids
from tests.fakes import small_models
from writer.engine.decoders.torch_decoder import TorchDecoder
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.decoder_shapes import require_decoder_shapes
from writer.engine.weights.weights import Weights


@pytest.fixture(params=small_models.RELATIVES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return small_models.make_relative(tmp_path / request.param, request.param)


def test_logits_and_attention_equal_transformers(folder: Path, tmp_path: Path) -> None:
    config, weights = read_decoder_config(folder), Weights(folder)
    require_decoder_shapes(folder, config, weights)
    ids = some_ids(folder, 60)
    expected = reference(folder, ids)
    runner = decoder(folder, "float32", tmp_path)
    kv_cache = runner.new_kv_cache()
    assert np.abs(runner.forward(ids, 0, 60, kv_cache) - expected).max() < 2e-4
    again = runner.forward(ids[30:31], 30, 1, kv_cache)
    assert np.abs(again[0] - expected[30]).max() < 2e-4
    static = TorchDecoder("small", config, weights, device="cpu", capacity=128)
    assert np.abs(static.forward(ids, 0, 60, static.new_kv_cache()) - expected).max() < 2e-4
    runner.forward(ids, 0, 1, kv_cache)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.no_grad():
        layers = model(torch.tensor([ids]), output_attentions=True).attentions
    for found, wanted in zip(runner.attention(ids, kv_cache, lambda: False), layers, strict=True):
        assert np.abs(found - wanted[0, :, -1].mean(dim=0).numpy()).max() < 1e-4


def test_prefill_leaves_nearly_the_keys_and_values_of_a_pass(folder: Path, tmp_path: Path) -> None:
    config, weights = read_decoder_config(folder), Weights(folder)
    graph = ensure_decoder_graph(folder, config, weights, "int8")
    ids = some_ids(folder, 100)
    runner = decoder(folder, "float32", tmp_path)
    true = runner.new_kv_cache()
    runner.forward(ids, 0, 1, true)
    small = type(runner)("small", config, weights, graph, threads=1, capacity=128)
    read = small.new_kv_cache()
    small.prefill(ids, 0, read)
    for layer in range(config.layers):
        for a, b in zip(true.keys_and_values(layer, 100), read.keys_and_values(layer, 100), strict=True):
            assert np.linalg.norm(a - b) < 0.06 * np.linalg.norm(a)
    small.close()
    runner.close()


def test_phi_ends_where_its_short_factors_end_and_reads_its_older_config(tmp_path: Path) -> None:
    folder = small_models.make_relative(tmp_path / "phi3", "phi3")
    before = read_decoder_config(folder)
    assert before.positions == 128
    config = json.loads((folder / "config.json").read_text("utf-8"))
    rope = config.pop("rope_parameters")
    config |= {
        "rope_theta": rope["rope_theta"],
        "partial_rotary_factor": rope["partial_rotary_factor"],
        "rope_scaling": {
            "type": "su",
            "short_factor": rope["short_factor"],
            "long_factor": rope["long_factor"],
        },
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    assert read_decoder_config(folder) == before
