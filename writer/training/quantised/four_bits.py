"""A base in 4 bits: NormalFloat 4 with double quantisation, computed in bfloat16, by bitsandbytes.

Source: https://arxiv.org/abs/2305.14314. bitsandbytes need not be installed; torch is imported on loading.
"""

from __future__ import annotations

from importlib import metadata, util
from pathlib import Path
from typing import Any

from writer.base.errors import UserError
from writer.engine.devices import choose_device
from writer.models.adapters.widened import widened
from writer.training.events import TrainingRequest

PACKAGE = "bitsandbytes"


def is_installed() -> bool:
    """Whether bitsandbytes is there; it is not imported, which takes seconds."""
    try:
        return util.find_spec(PACKAGE) is not None and bool(metadata.version(PACKAGE))
    except (ImportError, metadata.PackageNotFoundError, ValueError):
        return False


def require_usable(request: TrainingRequest) -> None:
    """Raise UserError where `request` asks for 4 bits, and the card or the package for them is not there."""
    if request.method != "qlora":
        return
    _require_card(choose_device(request.device).name)
    if not is_installed():
        raise UserError(
            "A base in 4 bits needs the package bitsandbytes, which is not installed; install it, or choose "
            "another method."
        )


def load_four_bits(folder: Path, device: str) -> Any:
    """The model of `quantise` on `device`, which is "cuda".

    On processors bitsandbytes packs weights anew whenever a model is evaluated, and has no gradients then.
    Raises UserError for another device, and what `quantise` raises.
    """
    import torch

    _require_card(device)
    return quantise(folder, torch.cuda.current_device())


def quantise(folder: Path, place: int | str) -> Any:
    """The transformers model in `folder` on torch's device `place`.

    The linear layers but for the head are in 4 bits, all else in float32. Raises ImportError, OSError,
    ValueError and RuntimeError, of which one is torch.OutOfMemoryError.
    """
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    settings = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    with widened(folder) as whole:
        return AutoModelForCausalLM.from_pretrained(
            whole,
            dtype=torch.float32,
            quantization_config=settings,
            device_map={"": place},
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )


def _require_card(device: str) -> None:
    if device != "cuda":
        raise UserError("A base in 4 bits needs an NVIDIA graphics card; choose another method.")
