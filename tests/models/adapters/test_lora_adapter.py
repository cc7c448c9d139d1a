"""An adapter is added as peft adds it, and a damaged or hostile one is one sentence."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.fakes import small_models
from tests.models.adapters.conftest import MODULE, RANK, fill_base, write_adapter
from writer.models.adapters.merged_weights import merge_weights
from writer.models.weights.lora_adapter import CONFIG, WEIGHTS, AdapterError, read_adapter
from writer.training.lora import load_base, prepare_model, save_adapter
from writer.training.plan import Plan

KEY = f"base_model.model.{MODULE}.lora_"
PLAN = Plan(method="lora", window=16, sequences=1, batch=1, steps=1, rate=0.1, validate_every=1, rank=RANK)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing")  # peft asks for it by its old name
@pytest.mark.parametrize("make", [small_models.make_gpt2, small_models.make_llama, small_models.make_qwen3])
def test_merged_weights_are_those_of_peft(tmp_path: Path, make: Any) -> None:
    import torch

    base = (
        make(tmp_path / "base", steps=0) if make is not small_models.make_qwen3 else make(tmp_path / "base")
    )
    model = prepare_model(load_base(base), PLAN)
    torch.manual_seed(3)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    assert save_adapter(model, "base", tmp_path / "adapter")
    assert sorted(file.name for file in (tmp_path / "adapter").iterdir()) == [CONFIG, WEIGHTS]
    assert str(tmp_path) not in (tmp_path / "adapter" / CONFIG).read_text()
    updates = read_adapter(tmp_path / "adapter")
    first = merge_weights([base / "model.safetensors"], updates, tmp_path / "merged.safetensors")
    assert first == merge_weights([base / "model.safetensors"], updates, tmp_path / "merged.safetensors")

    merged = load_file(tmp_path / "merged.safetensors")
    before = load_file(base / "model.safetensors")
    assert merged.keys() == before.keys()
    expected = model.merge_and_unload().state_dict()
    changed = 0
    for name, weight in merged.items():
        np.testing.assert_allclose(weight, expected[name].numpy(), rtol=0, atol=2e-6)
        changed += not np.array_equal(weight, before[name])
    assert changed == len(updates) > 7


def test_half_precision_bases_are_merged_in_float32_and_masks_left_out(tmp_path: Path) -> None:
    fill_base(tmp_path)
    merge_weights(
        [tmp_path / "model.safetensors"], read_adapter(write_adapter(tmp_path / "a")), tmp_path / "m"
    )
    merged = load_file(tmp_path / "m")
    assert set(merged) == {f"{MODULE}.weight", "model.norm.weight"}
    assert all(weight.dtype == np.float32 for weight in merged.values())
    halves = load_file(tmp_path / "a" / WEIGHTS)
    expected = load_file(tmp_path / "model.safetensors")[f"{MODULE}.weight"]
    expected = expected + 2 * halves[KEY + "B.weight"] @ halves[KEY + "A.weight"]
    np.testing.assert_allclose(merged[f"{MODULE}.weight"], expected, atol=1e-5)


def _numbers(*shape: int, value: float = 0.5) -> Any:
    return np.full(shape, value, np.float32)


HALVES = {KEY + "A.weight": _numbers(RANK, 64), KEY + "B.weight": _numbers(96, RANK)}


@pytest.mark.parametrize(
    "tensors",
    [
        {KEY + "A.weight": _numbers(RANK, 64)},
        {**HALVES, "base_model.model.lm_head.weight": _numbers(4, 4)},
        {**HALVES, KEY + "B.weight": _numbers(96, RANK + 1)},
        {**HALVES, KEY + "B.weight": _numbers(96, RANK, value=np.nan)},
        {**HALVES, KEY + "B.weight": np.zeros((96, RANK), np.float64)},
        {**HALVES, KEY + "B.weight": _numbers(96, RANK, 1)},
        {f"base_model.model.../../etc.lora_{half}.weight": _numbers(RANK, RANK) for half in "AB"},
        {},
    ],
)
def test_hostile_matrices_are_refused(tmp_path: Path, tensors: dict[str, Any]) -> None:
    save_file(tensors, write_adapter(tmp_path / "a") / WEIGHTS)
    with pytest.raises(AdapterError, match="damaged or of a kind"):
        read_adapter(tmp_path / "a")


@pytest.mark.parametrize(
    "config",
    [
        {"peft_type": "IA3"},
        {"r": 0},
        {"r": 10**9},
        {"lora_alpha": float("inf")},
        {"use_dora": True},
        {"bias": "all"},
        {"rank_pattern": {"mlp": 8}},
        {"modules_to_save": ["lm_head"]},
        {"layer_replication": [[0, 4]]},
    ],
)
def test_kinds_of_adapters_that_are_not_understood_are_refused(
    tmp_path: Path, config: dict[str, Any]
) -> None:
    with pytest.raises(AdapterError, match="damaged or of a kind"):
        read_adapter(write_adapter(tmp_path / "a", **config))


def test_pickles_missing_and_damaged_files_are_refused(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / WEIGHTS).rename(folder / "adapter_model.bin")
    with pytest.raises(AdapterError):
        read_adapter(folder)
    for content in (b"", b"\x80\x04", struct.pack("<Q", 1 << 60), b"\x10" + bytes(7) + b"[" * 16):
        (folder / WEIGHTS).write_bytes(content)
        with pytest.raises(AdapterError):
            read_adapter(folder)
    write_adapter(folder)
    for text in ("", "[]", "{" * 10_000, json.dumps({"peft_type": "LORA"})):
        (folder / CONFIG).write_text(text)
        with pytest.raises(AdapterError):
            read_adapter(folder)


@pytest.mark.parametrize("module", ["model.layers.9.mlp", "model.norm"])
def test_an_adapter_of_another_model_is_refused(tmp_path: Path, module: str) -> None:
    fill_base(tmp_path)
    folder = write_adapter(tmp_path / "a")
    save_file({name.replace(MODULE, module): half for name, half in HALVES.items()}, folder / WEIGHTS)
    with pytest.raises(AdapterError, match="does not fit"):
        merge_weights([tmp_path / "model.safetensors"], read_adapter(folder), tmp_path / "m")
