"""The text part of a model that reads images or sound, too, as a model of its own.

Its tensors are copied under the names of the text model, byte for byte; those of the eyes are left behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.base.progress import CancelCheck, Cancelled, never
from writer.models.architectures import causal_architectures
from writer.models.manifest import ModelError
from writer.models.safetensors_files import WEIGHTS, TensorEntry, read_header

INHERITED = ("bos_token_id", "eos_token_id", "pad_token_id", "tie_word_embeddings", "dtype", "torch_dtype")
"""Keys of the whole model's config that hold for the text part, where its own config lacks them."""

_INNER = re.compile(r"(?:model\.)?language_model\.(?:model\.)?(.+)")
_PLAIN = ("model.layers.", "model.embed_tokens.", "model.norm.", "lm_head.")
_ENCODER = "model.encoder."
"""Where it reads with an encoder, the decoder alone writes rubbish."""

_PIECE = 1 << 22
_ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class _StoredTensor:
    """A tensor in a file, whose bytes begin at `start`."""

    file: Path
    start: int
    entry: TensorEntry


def part_config(config: Mapping[str, Any], tensors: frozenset[str] | None = None) -> dict[str, Any]:
    """The config of the text part; empty where the model has none that can be run by itself.

    `tensors` are the names of its weights, which tell whether the embeddings are tied where no config does.
    """
    inner, known = config.get("text_config"), causal_architectures()
    kind = inner.get("model_type") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(kind, str):
        return {}
    if kind not in known or kind == config.get("model_type"):
        return {}
    inherited = {key: config[key] for key in INHERITED if key in config and inner.get(key) is None}
    found = inner | inherited | {"architectures": [known[kind]]}
    if tensors is not None and found.get("tie_word_embeddings") is None:
        found["tie_word_embeddings"] = "lm_head.weight" not in tensors
    return found


def text_name(tensor: str) -> str:
    """The name of a tensor in the text model, "" for one of another part."""
    if inner := _INNER.fullmatch(tensor):
        return inner[1] if inner[1].startswith("lm_head.") else f"model.{inner[1]}"
    return tensor if tensor.startswith(_PLAIN) else ""


def extract(
    config: Mapping[str, Any], weights: tuple[Path, ...], folder: Path, cancelled: CancelCheck = never
) -> None:
    """Write config and weights of the text part into `folder`.

    `config` and `weights` are those of the whole model. Raises ModelError where there is no such part,
    DamagedError, OSError and Cancelled.
    """
    sources = _sources(weights)
    found = part_config(config, frozenset(sources))
    if not sources or not found or any(name.startswith(_ENCODER) for name in sources):
        raise ModelError("This model has no part that writes by itself; choose one for text.")
    with (folder / WEIGHTS).open("xb") as out:
        out.write(_header(sources))
        for source in sources.values():
            _copy(source, out, cancelled)
    (folder / "config.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _sources(weights: tuple[Path, ...]) -> dict[str, _StoredTensor]:
    """The tensors of the text part by their new names."""
    found = {}
    for file in weights:
        header = read_header(file)
        for name, entry in header.tensors.items():
            if new := text_name(name):
                found[new] = _StoredTensor(file, header.start + entry.data_offsets[0], entry)
    return found


def _header(sources: Mapping[str, _StoredTensor]) -> bytes:
    """The header of a safetensors file with the tensors in this order, its length included."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, source in sources.items():
        start, end = end, end + _length(source.entry)
        shape = list(source.entry.shape)
        header[name] = {"dtype": source.entry.dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _length(entry: TensorEntry) -> int:
    start, end = entry.data_offsets
    return end - start


def _copy(source: _StoredTensor, out: Any, cancelled: CancelCheck) -> None:
    left = _length(source.entry)
    with source.file.open("rb") as file:
        file.seek(source.start)
        while left:
            if cancelled():
                raise Cancelled
            piece = file.read(min(left, _PIECE))
            if not piece:
                raise ModelError("{file} is damaged; get the model again.", file=source.file.name)
            out.write(piece)
            left -= len(piece)
