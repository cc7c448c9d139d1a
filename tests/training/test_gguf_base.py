"""A base whose weights lie in a GGUF file is widened for a training, and its version is an adapter of it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.models.conftest import write_gguf
from writer.engine.weights.weights import Weights
from writer.models import manifest as manifests
from writer.models.convert import gguf_own
from writer.models.manifest import Manifest
from writer.models.model_folder import ModelFolder
from writer.models.store import ModelStore
from writer.models.weights.gguf_index import GGUF
from writer.settings.store import SettingsStore
from writer.training.base_model import find_base
from writer.training.candidates.candidate import build_candidate
from writer.training.events import Method, TrainingRequest
from writer.training.lora import load_base, prepare_model
from writer.training.plan import Plan
from writer.training.publish import publish, select
from writer.training.run_folder import TrainingRun, TrainingRuns

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing")  # peft uses the old name


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    def build(part: Path) -> Manifest:
        write_gguf(part / "source.gguf")
        gguf_own.convert(part / "source.gguf", part, keep=True)
        return Manifest(id="base", name="Base", languages=("en",))

    (tmp_path / "models").mkdir()
    store = ModelStore(tmp_path / "models")
    store.install("base", build)
    return store


@pytest.fixture
def run(tmp_path: Path) -> TrainingRun:
    return TrainingRuns(tmp_path / "runs").new(TrainingRequest(folder="/texts", base="base"))


def candidate(base: ModelFolder, run: TrainingRun, method: Method) -> Path:
    """The candidate of a training in which the weights changed by chance."""
    import torch

    plan = Plan(method=method, window=16, sequences=1, batch=1, steps=1, rate=0.1, validate_every=1, rank=2)
    model = prepare_model(load_base(base.path), plan)
    torch.manual_seed(1)
    for name, weight in model.named_parameters():
        if "lora_B" in name or (method == "full" and "mlp" in name):
            torch.nn.init.normal_(weight, std=0.05)
    return build_candidate(model, method, base, run)


def test_the_base_is_loaded_as_it_is_and_nothing_stays(store: ModelStore, run: TrainingRun) -> None:
    base = find_base(store, run.request(), run.path)
    model = load_base(base.path)
    loaded = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    expected = Weights(base.path)
    assert set(loaded) - set(expected) == {"lm_head.weight"}
    assert all(np.array_equal(loaded[name], tensor.floats()) for name, tensor in expected.items())
    assert not list(base.path.rglob("*.safetensors"))
    assert not list(base.path.rglob("*.part"))


def test_a_version_is_an_adapter_of_the_file(store: ModelStore, run: TrainingRun, tmp_path: Path) -> None:
    base = store.find("base")
    proved = candidate(base, run, "lora")
    assert not any(re.search(r"gguf|\.part", file.name + file.read_text()) for file in proved.glob("*.json"))
    version = publish(run, store, base, {}, ("en",), live=False)
    assert version.manifest.adapter is not None
    assert version.manifest.adapter.base == manifests.describe(base.path, [GGUF])
    assert version.weights == ()
    select(SettingsStore(tmp_path / "settings.toml"), store, version, ("en",))
    whole = store.find(version.id)
    assert whole.weights[0].read_bytes() == (proved / "model.safetensors").read_bytes()


def test_a_full_training_gives_a_whole_model(store: ModelStore, run: TrainingRun) -> None:
    base = store.find("base")
    candidate(base, run, "full")
    version = publish(run, store, base, {}, ("en",), live=True)
    assert [file.name for file in version.weights] == ["model.safetensors"]
    assert not list(version.path.glob("*gguf*"))
