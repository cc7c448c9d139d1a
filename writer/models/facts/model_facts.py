"""What the `config.json` of a model and its card say of its limits and its licence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

_OPTIONAL_WINDOWS = ("qwen2", "qwen2_moe", "qwen3", "qwen3_moe")
"""The model types that have a sliding window only where `use_sliding_window` says so, as in transformers."""

_CARD = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_LICENCE = re.compile(r"^licen[sc]e:[ \t]*[\"']?([\w .+-]{1,60}?)[\"']?[ \t]*$", re.MULTILINE)
_CARD_BYTES = 64 << 10


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


def _window(text: Mapping[str, Any]) -> int | None:
    layers = _texts(text.get("layer_types"))
    if layers and "sliding_attention" not in layers:
        return None
    used = text.get("use_sliding_window", text.get("model_type") not in _OPTIONAL_WINDOWS)
    return (whole_number(text.get("sliding_window")) or None) if used else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _card_licence(folder: Path) -> str:
    """The licence in the front matter of the folder's `README.md`, "" where it names none."""
    try:
        with (folder / "README.md").open("rb") as card:
            start = card.read(_CARD_BYTES).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""
    matter = _CARD.match(start)
    found = _LICENCE.search(matter[1]) if matter else None
    return found[1] if found else ""
