"""The compatibility check of a model by its `config.json`, before its weights are downloaded or read.

Causal models generate text; masked ones fill a gap within a text, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from writer.base.errors import Message, Sentence
from writer.base.typed_data import DamagedError, read_json_file
from writer.models.manifest import ModelError
from writer.models.model_folder import CONFIG, CONFIG_LIMIT

ModelKind = Literal["causal", "masked"]

NATIVE = ("gpt2", "llama", "mistral", "qwen2", "qwen3")
"""The model types of causal models with ONNX graphs of this program; they need no code of the folder."""

MASKED_TYPES = ("bert", "distilbert", "roberta", "xlm-roberta", "camembert")
"""The model types of masked models with ONNX graphs of this program."""

CAUSAL = ("ForCausalLM", "LMHeadModel")
MASKED = ("ForMaskedLM",)


@dataclass(frozen=True, slots=True)
class _Declaration:
    """The fields of a `config.json` that decide the model's kind; `auto_map` names code in its folder."""

    model_type: str
    architectures: tuple[str, ...] | None = None
    auto_map: Any = None


def kind_of(folder: Path) -> ModelKind:
    """The kind of the model in `folder`; "causal" where the config is missing, damaged or says nothing."""
    try:
        return _kind(_declaration(folder))
    except (OSError, DamagedError):
        return "causal"


def require_usable(folder: Path) -> ModelKind:
    """The kind of the model in `folder`. Raises ModelError where it is neither, or needs code of its own."""
    try:
        config = _declaration(folder)
    except (OSError, DamagedError) as error:
        raise ModelError(
            "The {file} of this model is missing or damaged; get the model from elsewhere.", file=CONFIG
        ) from error
    kind = _kind(config)
    if config.auto_map and config.model_type not in (*NATIVE, *MASKED_TYPES):
        raise ModelError(
            "This model brings code of its own, which Writer never runs; choose a model without it."
        )
    architectures = config.architectures or ()
    if kind == "causal" and architectures and not any(name.endswith(CAUSAL) for name in architectures):
        raise ModelError(
            "This model ({architecture}) does not continue text; choose one that writes.",
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


def _declaration(folder: Path) -> _Declaration:
    """The fields in the folder's `config.json`. Raises DamagedError, OSError."""
    return read_json_file(folder / CONFIG, _Declaration, CONFIG_LIMIT)


def _kind(config: _Declaration) -> ModelKind:
    architectures = config.architectures or ()
    if any(name.endswith(MASKED) for name in architectures):
        return "masked"
    undeclared = not architectures or any(name.endswith("ForPreTraining") for name in architectures)
    return "masked" if config.model_type in MASKED_TYPES and undeclared else "causal"
