"""The trainable weights of a model: low-rank adapters of its linear layers (LoRA), or all weights.

The layers below the adapters may be in 4 bits; the adapter is the same then, and fits the usual base.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch

from writer.models.adapters.widened import widened
from writer.models.loading_report import missing_weight
from writer.models.manifest import ModelError
from writer.models.weights import lora_adapter
from writer.training.plan import Plan


def load_base(folder: Path) -> Any:
    """The transformers model in `folder`, float32, on the CPU. Raises ModelError."""
    from transformers import AutoModelForCausalLM

    try:
        with widened(folder) as whole:
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                whole,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
        model, report = loaded
        if missing := missing_weight(report):
            raise ValueError(f"it lacks {missing}")
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise ModelError(
            "The model in {folder} cannot be loaded for training; choose another.", folder=folder
        ) from error
    model.config.use_cache = False
    return model


def prepare_model(model: Any, plan: Plan) -> Any:
    """The model in training mode, with the trainable weights, attention and checkpointing of the plan."""
    model.set_attn_implementation(plan.attention)
    if plan.method == "qlora":
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(  # type: ignore[no-untyped-call]
            model, use_gradient_checkpointing=False
        )
    prepared = model.requires_grad_(True) if plan.method == "full" else _with_lora(model, plan)
    if plan.checkpointing:
        prepared.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        if plan.method != "full":
            prepared.enable_input_require_grads()
    return prepared.train()


def merge(model: Any) -> Any:
    """The plain model without adapters: those of LoRA are added to its weights."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


def save_adapter(model: Any, base: str, folder: Path) -> bool:
    """Write the adapter of a LoRA model in peft's format to `folder`; `base` is the name of its base model.

    False, and nothing is written, where layers differ in how their weights lie. Raises OSError and
    SafetensorError.
    """
    from peft import get_peft_model_state_dict
    from peft.tuners.lora import LoraLayer
    from safetensors.torch import save_file

    config = model.peft_config["default"]
    layers = (layer.get_base_layer() for layer in model.modules() if isinstance(layer, LoraLayer))
    if any(_is_transposed(layer) != config.fan_in_fan_out for layer in layers):
        return False
    folder.mkdir()
    matrices = get_peft_model_state_dict(model, save_embedding_layers=False)  # "auto" would ask the Hub
    whole = {name: matrix.detach().cpu().float().contiguous() for name, matrix in matrices.items()}
    save_file(whole, folder / lora_adapter.WEIGHTS, metadata={"format": "pt"})
    saved = copy.copy(config)
    saved.base_model_name_or_path, saved.inference_mode = base, True
    saved.save_pretrained(str(folder))
    return True


def trainable_weights(model: Any) -> dict[str, torch.nn.Parameter]:
    """The weights that require gradients, by name."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def count_weights(model: Any) -> int:
    """The number of weights; two that share a byte in 4 bits are two."""
    return sum(_shape(weight).numel() for weight in model.parameters())


def _shape(weight: torch.nn.Parameter) -> torch.Size:
    quantised = getattr(weight, "quant_state", None)
    return weight.shape if quantised is None else torch.Size(quantised.shape)


def _is_transposed(layer: torch.nn.Module) -> bool:
    """Whether the weights of a layer lie transposed in the base; quantised ones tell of what they were."""
    from transformers.pytorch_utils import Conv1D

    return issubclass(getattr(layer, "source_cls", type(layer)), Conv1D)


def _with_lora(model: Any, plan: Plan) -> Any:
    from peft import LoraConfig, get_peft_model

    transposed = any(map(_is_transposed, model.modules()))
    torch.manual_seed(plan.seed)  # the small matrices begin with numbers drawn by chance
    settings = LoraConfig(
        task_type="CAUSAL_LM",
        r=plan.rank,
        lora_alpha=2 * plan.rank,
        target_modules="all-linear",
        fan_in_fan_out=transposed,
    )
    return get_peft_model(model, settings)
