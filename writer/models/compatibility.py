"""The compatibility check of a model by its `config.json`, before its weights are downloaded or read.

Causal models generate text; masked ones fill a gap within a text, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from writer.base.errors import Message, Sentence
from writer.base.typed_data import DamagedError, as_type, read_json_file
from writer.models import quantisation
from writer.models.architectures import causal_architectures
from writer.models.manifest import ModelError
from writer.models.model_folder import CONFIG, CONFIG_LIMIT

ModelKind = Literal["causal", "masked"]

MASKED_TYPES = ("bert", "distilbert", "roberta", "xlm-roberta", "camembert")
"""The model types of masked models with ONNX graphs of this program."""

CAUSAL = ("ForCausalLM", "LMHeadModel")
MASKED = ("ForMaskedLM",)


@dataclass(frozen=True, slots=True)
class _Declaration:
    """The fields of a `config.json` that decide the model's kind; `auto_map` names code in its folder.

    `text_config` is the config of the part that writes, in a model that reads images or sound, too.
    """

    model_type: str
    architectures: tuple[str, ...] | None = None
    auto_map: Any = None
    text_config: dict[str, Any] | None = None

    @property
    def architecture(self) -> str:
        """The name of the first architecture, "" where none is declared."""
        return self.architectures[0] if self.architectures else ""


def kind_of(folder: Path) -> ModelKind:
    """The kind of the model in `folder`; "causal" where the config is missing, damaged or says nothing."""
    try:
        return _kind(as_type(_config(folder), _Declaration))
    except (OSError, DamagedError):
        return "causal"


def require_usable(folder: Path, original: str = "") -> ModelKind:
    """The kind of the model in `folder`, of which only `config.json` is needed.

    Raises ModelError where it is neither, is of an unknown type, needs code of its own, or has quantised
    weights, which were made of the model `original`, "" where that is not known.
    """
    try:
        raw = _config(folder)
        config = as_type(raw, _Declaration)
    except (OSError, DamagedError) as error:
        raise ModelError(
            "The {file} of this model is missing or damaged; get the model from elsewhere.", file=CONFIG
        ) from error
    quantisation.require_plain(raw, original=original)
    kind = _kind(config)
    if config.auto_map and not _is_known(config):
        raise ModelError(
            "This model brings code of its own, which Writer never runs; choose a model without it."
        )
    writes = (
        _has_text_part(config)
        or not config.architecture
        or any(name.endswith(CAUSAL) for name in config.architectures or ())
    )
    if kind == "causal" and not writes:
        raise ModelError(
            "This model ({architecture}) does not continue text; choose one that writes.",
            architecture=config.architecture,
        )
    if kind == "causal" and not (_has_text_part(config) or config.model_type in causal_architectures()):
        raise ModelError(
            "Writer cannot run models of the type {kind}; choose another model.", kind=repr(config.model_type)
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


def _config(folder: Path) -> dict[str, Any]:
    """The folder's `config.json`. Raises DamagedError, OSError."""
    return read_json_file(folder / CONFIG, dict[str, Any], CONFIG_LIMIT)


def _has_text_part(config: _Declaration) -> bool:
    """Whether a part of the model writes by itself; `convert.text_part` takes it out."""
    inner = (config.text_config or {}).get("model_type")
    return isinstance(inner, str) and inner != config.model_type and inner in causal_architectures()


def _is_known(config: _Declaration) -> bool:
    """Whether the model runs without the code that it brings, which some bring for older libraries."""
    if config.model_type in MASKED_TYPES:
        return True
    if _has_text_part(config):
        return True
    known = causal_architectures()
    return config.model_type in known and config.architecture in ("", known[config.model_type])


def _kind(config: _Declaration) -> ModelKind:
    architectures = config.architectures or ()
    if any(name.endswith(MASKED) for name in architectures):
        return "masked"
    undeclared = not architectures or any(name.endswith("ForPreTraining") for name in architectures)
    return "masked" if config.model_type in MASKED_TYPES and undeclared else "causal"
