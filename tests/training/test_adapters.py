"""A model trained by LoRA becomes a version of a few files, which is the model that was proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import first_tokens
from tests.fakes import small_models
from writer.base import paths
from writer.models import manifest as manifests
from writer.models.adapters.whole_model import make_whole
from writer.models.library.export_model import export_adapter
from writer.models.manifest import Manifest
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.settings.model_settings import use_model
from writer.settings.schema import MODEL_NAME
from writer.settings.store import SettingsStore
from writer.training.candidates.candidate import build_candidate
from writer.training.events import TrainingRequest
from writer.training.lora import load_base, prepare_model
from writer.training.plan import Plan
from writer.training.publish import drop_unused_weights, publish, select
from writer.training.retraining import kept_request
from writer.training.run_folder import TrainingRun, TrainingRuns

WEIGHTS = "model.safetensors"
PLAN = Plan(method="lora", window=16, sequences=1, batch=1, steps=1, rate=0.1, validate_every=1, rank=2)

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing")  # peft uses the old name


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """A store with a base that has learned its sentences."""
    folder = tmp_path_factory.mktemp("store")

    def build(part: Path) -> Manifest:
        small_models.make_llama(part, steps=40)
        return Manifest(id="base", name="Base", languages=("en",))

    store = ModelStore(folder)
    store.install("base", build)
    return store


@pytest.fixture(scope="module")
def candidate(store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> TrainingRun:
    """A run whose model is finished; its adapter is drawn by chance."""
    base = store.find("base")
    run = TrainingRuns(tmp_path_factory.mktemp("runs")).new(TrainingRequest(folder="/texts"))
    build_candidate(_learned(base), "lora", base, run)
    return run


def _learned(base: ModelFolder) -> Any:
    import torch

    model = prepare_model(load_base(base.path), PLAN)
    torch.manual_seed(1)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    return model


def test_versions_are_adapters_and_merged_when_they_write(
    store: ModelStore, candidate: TrainingRun, tmp_path: Path
) -> None:
    settings = SettingsStore(tmp_path / "settings.toml")
    base = store.find("base")
    waiting = publish(candidate, store, base, {}, ("en",), live=False)
    assert waiting.weights == ()
    assert waiting.manifest.adapter is not None
    proved = candidate.candidate / WEIGHTS
    assert paths.bytes_below(waiting.path) < proved.stat().st_size / 2
    assert not any(str(tmp_path.parent) in file.read_text() for file in waiting.path.rglob("*.json"))
    assert "/texts" not in (waiting.path / "adapter" / "adapter_config.json").read_text()
    kept = kept_request.read(waiting.path)
    assert kept is not None
    assert kept.request == candidate.request()
    assert kept_request.FILE not in {file.name for file in waiting.manifest.files}

    chosen = select(settings, store, waiting, waiting.manifest.languages)
    assert (chosen, settings.get(MODEL_NAME)) == (("en",), waiting.id)
    whole = store.find(waiting.id)
    assert (whole.path / WEIGHTS).read_bytes() == proved.read_bytes()
    drop_unused_weights(settings, store)
    assert store.find(waiting.id).weights
    assert (
        first_tokens.agreement(whole.path, first_tokens.contexts_of(" ".join(small_models.SENTENCES), 12))
        == 12
    )
    use_model(settings, "base")
    drop_unused_weights(settings, store)
    assert store.find(waiting.id).weights == ()


def test_a_version_that_goes_live_is_whole_at_once(store: ModelStore, candidate: TrainingRun) -> None:
    run = TrainingRuns(candidate.path.parent / "other").new(TrainingRequest(folder="/texts", personal="mine"))
    (run.path / "candidate").symlink_to(candidate.candidate)
    live = publish(run, store, store.find("base"), {}, ("en",), live=True)
    assert live.id == "mine-1"
    assert live.manifest.adapter is not None
    assert manifests.sha256(live.path / WEIGHTS) == live.manifest.adapter.merged.sha256
    assert WEIGHTS not in {file.name for file in live.manifest.files}


def test_the_exported_adapter_is_peft_s_own(
    store: ModelStore, candidate: TrainingRun, tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    run = TrainingRuns(candidate.path.parent / "peft").new(TrainingRequest(folder="/texts", personal="peft"))
    (run.path / "candidate").symlink_to(candidate.candidate)
    model = publish(run, store, store.find("base"), {}, ("en",), live=False)
    adapter = export_adapter(model, tmp_path / "adapter")
    loaded = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(store.find("base").path, dtype=torch.float32), str(adapter)
    )
    ours = AutoModelForCausalLM.from_pretrained(make_whole(store, model).path, dtype=torch.float32)
    ids = torch.arange(1, 40)[None, :]
    with torch.inference_mode():
        torch.testing.assert_close(ours(ids).logits, loaded(ids).logits, rtol=0, atol=1e-4)


def test_a_base_outside_the_store_gives_whole_models(
    store: ModelStore, candidate: TrainingRun, tmp_path: Path
) -> None:
    other = ModelStore(tmp_path / "models")
    other.directory.mkdir()
    model = publish(candidate, other, store.find("base"), {}, ("en",), live=False)
    assert model.manifest.adapter is None
    assert model.weights


@pytest.mark.parametrize("make", [small_models.make_neox, small_models.make_opt])
def test_versions_of_other_families_are_the_models_that_were_proved(make: Any, tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "store")

    def build(part: Path) -> Manifest:
        make(part)
        return Manifest(id="base", name="Base", languages=("en",))

    store.install("base", build)
    base = store.find("base")
    run = TrainingRuns(tmp_path / "runs").new(TrainingRequest(folder="/texts"))
    build_candidate(_learned(base), "lora", base, run)
    version = publish(run, store, base, {}, ("en",), live=False)
    assert version.manifest.adapter is not None
    whole = make_whole(store, version)
    assert (whole.path / WEIGHTS).read_bytes() == (run.candidate / WEIGHTS).read_bytes()
    contexts = first_tokens.contexts_of(" ".join(small_models.SENTENCES), 12)
    assert first_tokens.agreement(whole.path, contexts) == 12
