"""The compatibility check of a model by its `config.json`, before its weights are downloaded or read.

Causal models generate text; masked ones fill a gap within a text, and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from writer.base.errors import Message, Sentence
from writer.models.manifest import ModelError
from writer.models.model_folder import CONFIG

ModelKind = Literal["causal", "masked"]

NATIVE = ("gpt2", "llama", "mistral", "qwen2", "qwen3")
"""The model types of causal models with ONNX graphs of this program; they need no code of the folder."""

MASKED_TYPES = ("bert", "distilbert", "roberta", "xlm-roberta", "camembert")
"""The model types of masked models with ONNX graphs of this program."""

CAUSAL = ("ForCausalLM", "LMHeadModel")
MASKED = ("ForMaskedLM",)


def kind_of(folder: Path) -> ModelKind:
    """The kind of the model in `folder`; "causal" where the config is missing, damaged or says nothing."""
    try:
        return _kind(json.loads((folder / CONFIG).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "causal"


def require_usable(folder: Path) -> ModelKind:
    """The kind of the model in `folder`. Raises ModelError where it is neither, or needs code of its own."""
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        kind, architectures = config["model_type"], config.get("architectures") or []
        own_code, kind = config.get("auto_map"), _kind(config)
        continues = not architectures or any(str(a).endswith(CAUSAL) for a in architectures)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "The {file} of this model is missing or damaged; get the model from elsewhere.", file=CONFIG
        ) from error
    if own_code and kind not in (*NATIVE, *MASKED_TYPES):
        raise ModelError(
            "This model brings code of its own, which Writer never runs; choose a model without it."
        )
    if kind == "causal" and not continues:
        raise ModelError(
            "This model ({architecture}) does not continue text; choose a causal language model.",
            architecture=architectures[0],
        )
    return kind


def require_causal(folder: Path) -> None:
    """Raise ModelError unless the model in `folder` is causal."""
    require_usable(folder)
    if why := why_not_causal(folder):
        raise ModelError(why)


def why_not_causal(folder: Path) -> Message:
    """The sentence why the model in `folder` cannot generate text, "" where it is causal."""
    if kind_of(folder) == "causal":
        return ""
    return Sentence(
        "{model} only finds words for a gap and cannot write on; choose another model for that.",
        {"model": folder.name},
    )


def _kind(config: dict[str, Any]) -> ModelKind:
    architectures = [str(one) for one in config.get("architectures") or ()]
    if any(one.endswith(MASKED) for one in architectures):
        return "masked"
    undeclared = not architectures or any(one.endswith("ForPreTraining") for one in architectures)
    return "masked" if config["model_type"] in MASKED_TYPES and undeclared else "causal"
