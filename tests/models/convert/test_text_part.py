"""A model that reads images, too, becomes one for text that gives the same logits, without its eyes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

from writer.engine.decoders.transformers_model import load_model
from writer.models.compatibility import require_usable
from writer.models.convert import text_part
from writer.models.manifest import ModelError
from writer.models.model_folder import read_config

TEXT: dict[str, Any] = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
EYES = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
GEMMA3 = {
    "text_config": TEXT | {"sliding_window": 16},
    "vision_config": EYES | {"image_size": 16, "patch_size": 8},
    "mm_tokens_per_image": 4,
    "image_token_id": 90,
    "boi_token_id": 91,
    "eoi_token_id": 92,
}
QWEN3_5 = {
    "text_config": TEXT
    | {
        "layer_types": ["linear_attention", "full_attention"],
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 2,
    },
    "vision_config": {
        "depth": 1,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_heads": 2,
        "out_hidden_size": 32,
    },
    "image_token_id": 90,
    "video_token_id": 91,
    "vision_start_token_id": 92,
    "vision_end_token_id": 93,
}


@pytest.mark.parametrize(("kind", "settings"), [("gemma3", GEMMA3), ("qwen3_5", QWEN3_5)])
def test_the_text_part_writes_the_same(tmp_path: Path, kind: str, settings: dict[str, Any]) -> None:
    torch.manual_seed(1)
    config = AutoConfig.for_model(kind, **settings)
    whole = AutoModelForImageTextToText.from_config(config, dtype=torch.float32).eval()
    whole.save_pretrained(tmp_path / "whole")
    target = tmp_path / "text"
    target.mkdir()
    assert require_usable(tmp_path / "whole") == "causal"
    text_part.extract(read_config(tmp_path / "whole"), (tmp_path / "whole" / "model.safetensors",), target)
    assert read_config(target)["model_type"] == f"{kind}_text"
    assert not [name for name in load_file(target / "model.safetensors") if "vis" in name]
    text = load_model(AutoModelForCausalLM, target, torch.float32)
    ids = torch.arange(1, 25)[None]
    with torch.inference_mode():
        assert torch.equal(text(ids).logits, whole(ids).logits)


def test_older_names_and_separate_heads_are_known(tmp_path: Path) -> None:
    weights = {
        f"language_model.{name}": torch.full((2,), float(i))
        for i, name in enumerate(("model.embed_tokens.weight", "lm_head.weight"))
    }
    save_file(weights | {"vision_tower.x": torch.zeros(1)}, tmp_path / "model.safetensors")
    config = {"model_type": "llava", "eos_token_id": 7, "text_config": {"model_type": "llama"}}
    (tmp_path / "out").mkdir()
    text_part.extract(config, (tmp_path / "model.safetensors",), tmp_path / "out")
    assert set(load_file(tmp_path / "out" / "model.safetensors")) == {
        "model.embed_tokens.weight",
        "lm_head.weight",
    }
    found = json.loads((tmp_path / "out" / "config.json").read_text())
    assert (found["architectures"], found["eos_token_id"]) == (["LlamaForCausalLM"], 7)
    assert found["tie_word_embeddings"] is False


@pytest.mark.parametrize("name", ["vision_tower.x", "language_model.model.encoder.layers.0.x"])
def test_what_does_not_write_by_itself_is_refused(tmp_path: Path, name: str) -> None:
    save_file({name: torch.zeros(1)}, tmp_path / "model.safetensors")
    config = {"model_type": "florence2", "text_config": {"model_type": "bart"}}
    with pytest.raises(ModelError, match="no part that writes"):
        text_part.extract(config, (tmp_path / "model.safetensors",), tmp_path)


@pytest.mark.parametrize("kind", [["llama"], {"llama": 1}, None, 5, "nothing"])
def test_a_part_of_no_known_type_is_none(kind: object) -> None:
    assert text_part.part_config({"model_type": "x", "text_config": {"model_type": kind}}) == {}
