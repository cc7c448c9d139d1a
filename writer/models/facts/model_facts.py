"""What the `config.json` of a model and its card say of its limits and its licence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.regular_file import open_regular
from writer.models.facts.json_files import read_facts, text_config, whole_number

_LENGTHS = (
    "n_positions",
    "max_position_embeddings",
    "n_ctx",
    "max_sequence_length",
    "max_seq_len",
    "seq_length",
)
"""The keys of the context length, the most used first."""

_WITHOUT_WINDOWS = ("llama", "granite", "ernie4_5", "olmo2", "gemma", "gpt2", "gpt_neox", "opt")
"""The model types that have no sliding window, whatever a config says, as in transformers."""

_OPTIONAL_WINDOWS = ("qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "smollm3")
"""Those that have one only where `use_sliding_window` says so."""

_WINDOWED = ("mistral", "phi3")
"""Those of which all layers have the one that is stated."""

_LOCAL = "sliding_attention"

_CARD = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_LICENCE = re.compile(r"^licen[sc]e(_name)?:[ \t]*[\"']?([\w .+-]{1,60}?)[\"']?[ \t]*$", re.MULTILINE)
_CARD_BYTES = 64 << 10

OTHER = "other"
"""What a card states as the licence where `license_name` has its name."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The facts of a model; of a multimodal one, those of its text model, but for the type and architectures.

    `context_length` is the most tokens, `sliding_window` the tokens that its windowed layers see, both None
    where nothing is stated. `layer_types` names the kind of each layer, such as "sliding_attention",
    "full_attention", "linear_attention" or "conv"; () where all are alike. `vocabulary` is the number of rows
    of the embedding. `licence` is that of the model's card, "" where it names none.
    """

    model_type: str
    architectures: tuple[str, ...]
    context_length: int | None
    sliding_window: int | None
    layer_types: tuple[str, ...]
    vocabulary: int | None
    licence: str


def model_facts(folder: Path) -> ModelFacts:
    """The facts in the files of `folder`; what is missing or damaged states nothing."""
    return facts_in(read_facts(folder, "config.json"), _card_licence(folder))


def facts_in(config: Mapping[str, Any], licence: str = "") -> ModelFacts:
    """The facts in a parsed `config.json`."""
    text = text_config(dict(config))
    kind = config.get("model_type")
    return ModelFacts(
        model_type=kind if isinstance(kind, str) else "",
        architectures=_texts(config.get("architectures")),
        context_length=next((n for key in _LENGTHS if (n := whole_number(text.get(key)))), None),
        sliding_window=_window(text),
        layer_types=_texts(text.get("layer_types")),
        vocabulary=whole_number(text.get("vocab_size")),
        licence=licence,
    )


def window_in_use(
    model_type: str, stated: int | None, used: bool | None, layer_types: Sequence[str]
) -> int | None:
    """The tokens that the windowed layers of a model see, None where no layer has a sliding window.

    `stated` is the config's `sliding_window`, `used` its `use_sliding_window`, `layer_types` are () where it
    has none.
    """
    if model_type in _WINDOWED:
        return stated or None
    by_default = model_type not in _OPTIONAL_WINDOWS
    if model_type in _WITHOUT_WINDOWS or (layer_types and _LOCAL not in layer_types):
        return None
    return stated or None if (by_default if used is None else used) else None


def _window(text: Mapping[str, Any]) -> int | None:
    kind, used = text.get("model_type"), text.get("use_sliding_window")
    return window_in_use(
        kind if isinstance(kind, str) else "",
        whole_number(text.get("sliding_window")),
        used if isinstance(used, bool) else None,
        _texts(text.get("layer_types")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _card_licence(folder: Path) -> str:
    """The licence in the front matter of the folder's `README.md`, "" where it names none."""
    try:
        with open_regular(folder / "README.md") as card:
            start = card.read(_CARD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""
    matter = _CARD.match(start)
    stated = dict(_LICENCE.findall(matter[1] if matter else ""))
    return named_licence(stated.get("", ""), stated.get("_name", ""))


def named_licence(licence: str, name: str) -> str:
    """The licence that a card states, by its name where it is none of the usual ones."""
    return name if licence == OTHER and name else licence
