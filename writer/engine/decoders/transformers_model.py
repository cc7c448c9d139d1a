"""The loading of a model folder with transformers: from safetensors, offline, without code of the model."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from writer.engine.decoders.recurrent_decoder import RecurrentDecoder
from writer.engine.decoders.step_check import (
    EXACT,
    ROUNDED,
    SHORT_TOKENS,
    StepMismatchError,
    random_text,
    require_equal_steps,
)
from writer.engine.decoders.transformers_check import require_fitting_config
from writer.engine.decoders.transformers_decoder import TransformersDecoder, croppable_cache
from writer.engine.memory_errors import is_out_of_memory
from writer.engine.protocol import EngineError, MachineError
from writer.models.adapters.widened import widened
from writer.models.loading_report import layer_left_out, missing_weight

log = logging.getLogger(__name__)


def load_decoder(folder: Path, *, device: str, capacity: int) -> TransformersDecoder:
    """The decoder of the model in `folder`: float32 on a CPU, bfloat16 on CUDA, float16 on MPS.

    Raises EngineError as `load_model` does, and StepMismatchError where the model contradicts itself.
    """
    half = torch.float16 if device == "mps" else torch.bfloat16
    model = load_model(AutoModelForCausalLM, folder, torch.float32 if device == "cpu" else half)
    with _told(folder):
        model = model.to(device)
        kind = RecurrentDecoder if croppable_cache(model) is None else TransformersDecoder
        decoder = kind(folder.name, model, capacity)
        _check(decoder, EXACT if device == "cpu" else ROUNDED)
    return decoder


def _check(decoder: TransformersDecoder, tolerance: float) -> None:
    """Raise StepMismatchError where `decoder` contradicts itself; one with states may need single tokens."""
    text = random_text(decoder, SHORT_TOKENS)
    try:
        require_equal_steps(decoder, text, tolerance)
    except StepMismatchError:
        if not isinstance(decoder, RecurrentDecoder):
            raise
        decoder.one_by_one = True
        require_equal_steps(decoder, text, tolerance)


def load_model(model_class: Any, folder: Path, dtype: torch.dtype) -> Any:
    """The model in `folder` for inference, of an auto class of transformers such as `AutoModelForCausalLM`.

    Raises EngineError where transformers cannot load it, or its config speaks of more than there is, also of
    weights that transformers would invent, or of fewer layers.
    """
    with _told(folder), widened(folder) as whole:
        require_fitting_config(model_class, folder)
        model, report = model_class.from_pretrained(
            whole,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    if wrong := missing_weight(report) or layer_left_out(report, model.state_dict()):
        raise EngineError(
            "The weights in {folder} do not fit its config.json ({weight}). Get the model again.",
            folder=folder,
            weight=wrong,
        )
    return model.eval()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Raise EngineError for what transformers raises, which may be anything, MemoryError for short memory."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        log.warning("transformers cannot load %s: %s", folder.name, type(error).__name__)
        if is_out_of_memory(error):
            raise MemoryError from error
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        kind = MachineError if isinstance(error, ImportError) else EngineError
        raise kind("The model in {folder} cannot be loaded: {reason}", folder=folder, reason=first) from error
