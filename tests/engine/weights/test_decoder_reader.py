"""A config is read as transformers reads it: what it leaves out, its windows, and heads that do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import CONFIG_MAPPING

from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.llama_reader import LLAMA_TYPES
from writer.models.facts.model_facts import facts_in

SIZES = {
    "hidden_size": 512,
    "num_attention_heads": 32,
    "num_hidden_layers": 4,
    "intermediate_size": 64,
    "vocab_size": 100,
}
OLDER = {"gpt2": {"n_embd": 512, "n_head": 32}, "opt": {}, "gpt_neox": {}}


def read(folder: Path, **config: Any) -> DecoderConfig:
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return read_decoder_config(folder)


@pytest.mark.parametrize("kind", LLAMA_TYPES)
def test_what_a_config_leaves_out_is_as_in_transformers(kind: str, tmp_path: Path) -> None:
    ours, theirs = read(tmp_path, model_type=kind, **SIZES), CONFIG_MAPPING[kind](**SIZES)
    assert ours.kv_heads == (theirs.num_key_value_heads or 32)
    assert ours.head_size == (getattr(theirs, "head_dim", None) or 16)
    assert ours.tied_embeddings == theirs.tie_word_embeddings
    assert ours.epsilon == theirs.rms_norm_eps
    assert ours.rope_theta == theirs.rope_parameters["rope_theta"]
    windowed = kind in ("mistral", "phi3")
    window = theirs.sliding_window if windowed else None
    assert ours.positions == min(theirs.max_position_embeddings, window or 1 << 30)


@pytest.mark.parametrize(
    ("kind", "changes", "window"),
    [
        ("mistral", {}, 64),
        ("mistral", {"use_sliding_window": False, "layer_types": ["full_attention"] * 4}, 64),
        ("phi3", {}, 64),
        ("qwen2", {}, None),
        ("qwen2", {"use_sliding_window": True}, 64),
        ("qwen3", {"use_sliding_window": True, "layer_types": ["full_attention"] * 4}, None),
        ("smollm3", {}, None),
        ("llama", {"use_sliding_window": True}, None),
        ("gemma2", {}, 64),
        ("gemma3_text", {"layer_types": ["full_attention"] * 4}, None),
        ("gemma", {}, None),
    ],
)
def test_windows_are_those_of_transformers(
    kind: str, changes: dict[str, Any], window: int | None, tmp_path: Path
) -> None:
    raw = {"model_type": kind, "sliding_window": 64, "max_position_embeddings": 256, **SIZES, **changes}
    found = read(tmp_path, **raw, num_key_value_heads=4)
    assert facts_in(raw).sliding_window == window
    if kind.startswith("gemma"):
        assert (found.window, bool(found.local_layers)) == (window or 0, window is not None)
    else:
        assert found.positions == (window or 256)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        *((kind, {"num_key_value_heads": 5}) for kind in (*LLAMA_TYPES, "gemma", "gemma2", "gemma3_text")),
        *((kind, {"head_dim": 7}) for kind in ("llama", "qwen3", "gemma3_text")),
        ("llama", {"hidden_size": 31}),
        ("gpt2", {"n_head": 5}),
        ("opt", {"num_attention_heads": 5}),
        ("gpt_neox", {"num_attention_heads": 5}),
        ("gpt_neox", {"rotary_pct": 0.01}),
        ("phi3", {"partial_rotary_factor": 0.01}),
    ],
)
def test_heads_that_do_not_fit_are_one_sentence(kind: str, changes: dict[str, Any], tmp_path: Path) -> None:
    raw = {"model_type": kind, **OLDER.get(kind, SIZES)}
    read(tmp_path, **raw)
    with pytest.raises(EngineError, match=r"the heads do not fit together\)?.*Get the model again\.$"):
        read(tmp_path, **{**raw, **changes})


def test_layers_of_unknown_types_are_refused_also_without_windows(tmp_path: Path) -> None:
    raw = {"model_type": "gemma3_text", **SIZES, "num_key_value_heads": 4}
    with pytest.raises(EngineError, match="the types of its layers are unknown"):
        read(tmp_path, **raw, layer_types=["full_attention", "conv"] * 2)
