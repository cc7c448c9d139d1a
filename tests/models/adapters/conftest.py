"""A base model and personal models with adapters of it, made of a few numbers: nothing here needs torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from writer.models import manifest as manifests
from writer.models.adapters.merged_weights import merge_weights
from writer.models.manifest import AdapterOrigin, Manifest
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder
from writer.models.store import ModelStore
from writer.models.weights.lora_adapter import CONFIG, WEIGHTS, read_adapter

MODULE = "model.layers.0.mlp"
ROWS, COLUMNS, RANK = 96, 64, 4

MakePersonal = Callable[..., ModelFolder]


def fill_base(folder: Path, seed: int = 0) -> Manifest:
    chance = np.random.default_rng(seed)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "tokenizer.json").write_text("{}")
    weights = {
        f"{MODULE}.weight": chance.normal(size=(ROWS, COLUMNS)).astype(np.float32),
        "model.norm.weight": np.ones(COLUMNS, np.float16),
        "model.mask": np.ones((4, 4), np.bool_),
    }
    save_file(weights, folder / "model.safetensors")
    return Manifest(id="base", name="Base", licence="CC0-1.0", languages=("en",))


def write_adapter(folder: Path, seed: int = 1, **config: object) -> Path:
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    halves = {
        f"base_model.model.{MODULE}.lora_A.weight": chance.normal(size=(RANK, COLUMNS)).astype(np.float32),
        f"base_model.model.{MODULE}.lora_B.weight": chance.normal(size=(ROWS, RANK)).astype(np.float32),
    }
    save_file(halves, folder / WEIGHTS)
    fields = {"peft_type": "LORA", "r": RANK, "lora_alpha": 2 * RANK, **config}
    (folder / CONFIG).write_text(json.dumps(fields))
    return folder


@pytest.fixture
def store(store: ModelStore) -> ModelStore:
    """The store of these tests, with the base."""
    store.install("base", fill_base)
    return store


@pytest.fixture
def make_personal(store: ModelStore, tmp_path: Path) -> MakePersonal:
    """Installs personal models with adapters of `base`, without their weights."""

    def make(model_id: str = "personal-1", seed: int = 1) -> ModelFolder:
        base = store.find("base")

        def build(part: Path) -> Manifest:
            (part / "config.json").write_text((base.path / "config.json").read_text())
            (part / "tokenizer.json").write_text("{}")
            adapter = write_adapter(part / ADAPTER_FOLDER, seed)
            proved = tmp_path / "proved" / "model.safetensors"
            proved.parent.mkdir(exist_ok=True)
            origin = AdapterOrigin(
                files=manifests.describe(adapter, [CONFIG, WEIGHTS]),
                base=manifests.describe(base.path, ["model.safetensors"]),
                merged=merge_weights(base.weights, read_adapter(adapter), proved),
            )
            files = manifests.describe(part, ["config.json", "tokenizer.json"])
            return Manifest(model_id, model_id, base="base", languages=("en",), files=files, adapter=origin)

        return store.install(model_id, build)

    return make
