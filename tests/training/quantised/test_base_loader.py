"""Where a base is loaded in 4 bits, and that what is learned on it fits the base as it lies on the disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file

from tests.fakes import small_models
from tests.training.sample_folders import only, train
from writer.base import paths
from writer.base.errors import Sentence, UserError
from writer.engine.devices import Device
from writer.models.adapters.merged_weights import merge_weights
from writer.models.adapters.whole_model import make_whole
from writer.models.manifest import Manifest
from writer.models.store import ModelStore
from writer.models.weights.lora_adapter import read_adapter
from writer.settings.store import FILE_NAME, SettingsStore
from writer.training import memory_probe
from writer.training.candidates import candidate as candidates
from writer.training.control import StoppedEarly, TrainingControl
from writer.training.events import Event, Planned, Published, StepFinished, TrainingRequest
from writer.training.lora import load_base
from writer.training.loss import OutOfMemoryError
from writer.training.pipeline import TrainingPipeline
from writer.training.plan import Plan, draft_plan
from writer.training.quantised import four_bits
from writer.training.quantised.base_loader import BaseLoader
from writer.training.run_folder import TrainingRun, TrainingRuns

pytestmark = pytest.mark.filterwarnings("ignore")  # as `silence_libraries` does where the program trains

GB = 10**9
WEIGHTS = "model.safetensors"
PLAN = Plan("lora", window=16, sequences=1, batch=1, steps=1, rate=0.1, validate_every=1, rank=2)


def rounded(folder: Path, _device: str) -> Any:
    """A stand-in for a base in 4 bits: each row of a layer has sixteen values."""
    model = load_base(folder)
    with torch.no_grad():
        for name, layer in model.named_modules():
            if isinstance(layer, torch.nn.Linear) and name != "lm_head":
                step = layer.weight.abs().amax(dim=1, keepdim=True) / 7
                layer.weight.copy_((layer.weight / step).round() * step)
    return model


LOADER = BaseLoader(rounded, lambda: True)


@dataclass(frozen=True)
class Crowded(BaseLoader):
    """A card into which a base goes in 4 bits alone; `fails` says where the usual weights run out."""

    fails: str = "loading"

    def load(self, folder: Path, plan: Plan, device: str) -> Any:
        model = super().load(folder, plan, device)
        if plan.method == "lora" and self.fails == "loading":
            raise torch.OutOfMemoryError("out of memory")
        if plan.method == "lora":
            model.register_forward_pre_hook(_run_out)
        return model


def _run_out(*_given: Any) -> None:
    raise torch.OutOfMemoryError("out of memory")


@pytest.mark.parametrize(
    ("device", "parameters", "free", "four_bits", "method"),
    [
        ("cuda", 1 * GB, 80 * GB, True, "full"),
        ("cuda", 3 * GB, 24 * GB, True, "lora"),
        ("cuda", 7 * GB, 24 * GB, True, "qlora"),
        ("cuda", 7 * GB, 24 * GB, False, "lora"),
        ("cpu", 7 * GB, 24 * GB, False, "lora"),
    ],
)
def test_four_bits_are_for_a_base_that_would_not_fit(
    device: str, parameters: int, free: int, four_bits: bool, method: str
) -> None:
    request = TrainingRequest("/texts")
    assert draft_plan(request, device, parameters, free, 2048, four_bits).method == method
    for asked in ("lora", "full", "qlora"):
        chosen = TrainingRequest("/texts", method=asked)
        assert draft_plan(chosen, device, parameters, free, 2048, four_bits).method == asked


def test_nobody_gets_four_bits_unasked_but_on_one_card() -> None:
    request = TrainingRequest("/texts")
    assert LOADER.may_quantise(request, "cuda")
    assert not LOADER.may_quantise(request, "cpu")
    assert not LOADER.may_quantise(replace(request, method="lora"), "cuda")
    assert not LOADER.may_quantise(replace(request, devices="2"), "cuda")
    assert not BaseLoader(rounded, lambda: False).may_quantise(request, "cuda")


def test_without_the_package_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(four_bits, "PACKAGE", "no_such_package_is_here")
    monkeypatch.setattr(four_bits, "choose_device", lambda _wanted: Device("cuda", Sentence("a card")))
    assert not four_bits.is_installed()
    four_bits.require_usable(TrainingRequest("/texts"))
    with pytest.raises(UserError, match="bitsandbytes, which is not installed; install it, or choose"):
        four_bits.require_usable(TrainingRequest("/texts", method="qlora"))


def test_without_a_card_one_sentence_says_what_to_do(llama: Path) -> None:
    sentence = "needs an NVIDIA graphics card; choose another method"
    with pytest.raises(UserError, match=sentence):
        four_bits.require_usable(TrainingRequest("/texts", method="qlora", device="cpu"))
    with pytest.raises(UserError, match=sentence):  # a training that was begun on another computer
        BaseLoader().load(llama, replace(PLAN, method="qlora"), "cpu")


def test_the_command_line_says_it_before_it_reads_a_text(tmp_path: Path) -> None:
    done = train(tmp_path / "nowhere", "--method", "qlora", "--device", "cpu")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "writer: A base in 4 bits needs an NVIDIA graphics card; choose another method.\n"


@pytest.mark.parametrize("fails", ["loading", "steps"])
def test_a_base_that_runs_out_of_memory_is_tried_in_four_bits(llama: Path, fails: str) -> None:
    loader = Crowded(rounded, fails=fails)
    with small_models.one_thread():
        plan, model, need = memory_probe.probe_memory(llama, PLAN, "cpu", loader, four_bits=True)
        assert (plan.method, plan.batch, plan.checkpointing, need.batch) == ("qlora", 1, False, 1)
        assert len(model.get_base_model().model.layers[0].mlp.up_proj.base_layer.weight[0].unique()) <= 16
        with pytest.raises(OutOfMemoryError, match="does not fit into the"):
            memory_probe.probe_memory(llama, PLAN, "cpu", loader)


@pytest.fixture
def base(llama: Path) -> str:
    """The name of a base in the store."""

    def copy(part: Path) -> Manifest:
        shutil.copytree(llama, part, dirs_exist_ok=True)
        return Manifest(id="base", name="Base", languages=("en",))

    ModelStore(paths.models_dir()).install("base", copy)
    return "base"


def _run(run: TrainingRun, control: TrainingControl, on_event: Callable[[Event], object]) -> None:
    store, settings = ModelStore(paths.models_dir()), SettingsStore(paths.config_dir() / FILE_NAME)
    with small_models.one_thread():
        TrainingPipeline(run, store, settings, control, on_event, loader=LOADER).run()


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_learned_in_four_bits_is_added_to_the_usual_base(
    base: str, llama: Path, texts: Path, tmp_path: Path, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after two steps, and resumed; `whole` where no adapter can be kept beside the base."""
    if whole:
        monkeypatch.setattr(candidates, "_put_merged", lambda *_given: False)
    request = TrainingRequest(
        str(texts), base, method="qlora", rate=1e-2, max_steps=3, characters=100, device="cpu"
    )
    run, control, told = TrainingRuns(tmp_path / "runs").new(request), TrainingControl(), list[Event]()

    def stop_after_two(event: Event) -> None:
        if isinstance(event, StepFinished) and event.step == 2:
            control.send("stop")

    with pytest.raises(StoppedEarly):
        _run(run, control, stop_after_two)
    saved = run.plan()
    assert saved is not None
    assert saved.method == "qlora"
    _run(run, TrainingControl(), told.append)
    assert [event.step for event in told if isinstance(event, StepFinished)] == [3]
    planned, published = only(Planned, told), told[-1]
    assert isinstance(planned, Planned)
    assert isinstance(published, Published)
    assert (planned.method, planned.trained < planned.parameters) == ("qlora", True)

    made = Path(published.path)
    assert json.loads((made / "training.json").read_text("utf-8"))["settings"]["method"] == "qlora"
    store = ModelStore(paths.models_dir())
    whole_model = make_whole(store, store.find(published.model)).path
    assert "quantization" not in (whole_model / "config.json").read_text("utf-8")
    merged, before = load_file(whole_model / WEIGHTS), load_file(llama / WEIGHTS)
    learned = {name for name in before if not (merged[name] == before[name]).all()}
    assert len(learned) == 14  # each linear layer: seven in each of two blocks
    if not whole:
        merge_weights([llama / WEIGHTS], read_adapter(made / "adapter"), tmp_path / WEIGHTS)
        assert (tmp_path / WEIGHTS).read_bytes() == (whole_model / WEIGHTS).read_bytes()
    for name in learned:  # rounding to sixteen values would change more than three steps do
        assert len(set(before[name][0])) > 16
        assert len(set(merged[name][0])) > 16
