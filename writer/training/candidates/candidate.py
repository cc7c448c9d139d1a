"""The candidate of a run: the finished model as a folder of Hugging Face, with its adapter beside it."""

from __future__ import annotations

import logging
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from writer.base import atomic_file
from writer.base.leftovers import temporary_folder
from writer.base.typed_data import DamagedError
from writer.models import manifest as manifests
from writer.models.adapters.merged_weights import merge_weights
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder
from writer.models.safetensors_files import WEIGHTS
from writer.models.weights.lora_adapter import AdapterError, read_adapter
from writer.training.events import Method
from writer.training.lora import load_base, merge, prepare_model, save_adapter, trainable_weights
from writer.training.run_folder import TrainingRun, write

log = logging.getLogger(__name__)

_NOT_COPIED = re.compile(
    r".*\.(safetensors|gguf)(\.index\.json)?|manifest\.json|config\.json|training\.json|\..*"
)


def build_candidate(model: Any, method: Method, base: ModelFolder, run: TrainingRun) -> Path:
    """Write `model`, without adapters, and the base's tokenizer to the candidate folder of the run.

    The weights are float32. Those of LoRA are made of the base and an adapter as they will be made of a
    version in the store; the adapter lies in a folder of its own. Returns the folder. Raises TrainingError.
    """

    def put(_path: Path) -> None:
        shutil.rmtree(run.candidate, ignore_errors=True)
        with temporary_folder(run.path / ".candidate.part") as part:
            if method == "full" or not _put_merged(model, base, part):
                whole = merge(_on_usual_weights(model, base, run) if method == "qlora" else model)
                whole.config.use_cache = True
                whole.save_pretrained(part)
            for file in base.path.iterdir():
                if file.is_file() and not _NOT_COPIED.fullmatch(file.name):
                    shutil.copyfile(file, part / file.name)
            manifests.write(part, replace(base.manifest, id="candidate", files=(), measured={}, adapter=None))
            atomic_file.move(part, run.candidate)

    write(run.candidate, put)
    return run.candidate


def _on_usual_weights(model: Any, base: ModelFolder, run: TrainingRun) -> Any:
    """The adapters of `model`, whose base is in 4 bits, on the base as it lies in its folder."""
    plan = run.plan()
    assert plan is not None
    whole = prepare_model(load_base(base.path), replace(plan, method="lora"))
    adapters = trainable_weights(model)
    with torch.no_grad():
        for name, weight in trainable_weights(whole).items():
            weight.copy_(adapters[name])
    return whole


def _put_merged(model: Any, base: ModelFolder, folder: Path) -> bool:
    """Write adapter, merged weights and config to `folder`; False where they cannot be merged so."""
    adapter = folder / ADAPTER_FOLDER
    if not save_adapter(model, base.id, adapter):
        return False
    try:
        merge_weights(base.weights, read_adapter(adapter), folder / WEIGHTS)
    except (AdapterError, DamagedError) as error:
        log.info("the model is kept whole: %s", error)
        (folder / WEIGHTS).unlink(missing_ok=True)
        shutil.rmtree(adapter)
        return False
    plain = model.get_base_model()
    plain.config.__dict__.pop("quantization_config", None)  # what was merged lies in float32
    plain.config.use_cache, plain.config.dtype = True, "float32"
    plain.config.architectures = [type(plain).__name__]
    plain.config.save_pretrained(folder)
    plain.generation_config.save_pretrained(folder)
    return True
