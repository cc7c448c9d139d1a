"""The tensors of a GGUF file, widened, and their names in a Hugging Face folder.

Weights of float16 stay so; the others become float32, which holds them exactly: a block's
`scale * q + minimum` has more bits than float16 or bfloat16.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.models.convert.gguf_header import GgufEntry, GgufHeader
from writer.models.weights import gguf_blocks
from writer.models.weights.gguf_index import IndexEntry, rows_of_halves

Array = NDArray[np.float32 | np.float16]
File = NDArray[np.uint8]
"""The bytes of a GGUF file, mapped into memory."""

PROJECTIONS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""The linear layers of the Llama type."""

_KEPT = {0: "F32", 1: "F16", **gguf_blocks.KINDS}
"""The kinds of tensors that are read from a GGUF file in a model's folder, by their numbers."""

_TOP_TENSORS = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


@dataclass(frozen=True, slots=True)
class SourceTensor:
    """A tensor of a GGUF file, and how it differs there: `heads` as in `IndexEntry`, and a number `added`."""

    entry: GgufEntry
    heads: int = 0
    added: float = 0.0

    def weights(self, file: File, header: GgufHeader) -> Array:
        """The weights as Hugging Face has them, float32 or float16."""
        weight = weights_of(file, header, self.entry)
        if self.heads:
            weight = weight[rows_of_halves(len(weight), self.heads)]
        return np.ascontiguousarray(weight - np.float32(self.added) if self.added else weight)


@dataclass(frozen=True, slots=True)
class Converted:
    """A model as a Hugging Face folder has it: tensors by name, and the contents of its JSON files."""

    tensors: dict[str, SourceTensor]
    files: dict[str, Any]


def index_entries(converted: Converted, header: GgufHeader) -> dict[str, IndexEntry] | None:
    """Where the tensors lie in the file, by name; None where one of them is not read as it lies there."""
    found = {}
    for name, tensor in converted.tensors.items():
        kind = _KEPT.get(tensor.entry.kind)
        if kind is None or tensor.added:
            return None
        shape = tuple(reversed(tensor.entry.dimensions))
        found[name] = IndexEntry(kind, shape, header.start + tensor.entry.offset, tensor.heads)
    return found


def weights_of(file: File, header: GgufHeader, tensor: GgufEntry) -> Array:
    """The weights of a tensor, float32 or float16, in the order of numpy: the innermost dimension last."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

    kind = GGMLQuantizationType(tensor.kind)
    block, size = GGML_QUANT_SIZES[kind]
    rows = tuple(reversed(tensor.dimensions))
    if rows[-1] % block:
        raise ValueError("a row is no number of blocks")
    start = header.start + tensor.offset
    data = file[start : start + tensor.size // block * size]
    shape = (*rows[:-1], rows[-1] // block * size)
    plain = {GGMLQuantizationType.F32: "<f4", GGMLQuantizationType.F16: "<f2"}
    if kind in plain:
        return np.array(data.view(plain[kind]).reshape(rows))
    weight: Array = dequantize(data.reshape(shape), kind).astype(np.float32)
    return weight


def folder_name(name: str, layer_parts: Mapping[str, str]) -> str:
    """Hugging Face's name of the tensor `name`; `layer_parts` are those of a layer.

    Raises ValueError for a bias, KeyError for an unknown tensor.
    """
    stem, _, kind = name.rpartition(".")
    if kind != "weight":
        raise ValueError("the model has no biases")
    if not stem.startswith("blk."):
        return f"{_TOP_TENSORS[stem]}.{kind}"
    _, layer, part = stem.split(".")
    return f"model.layers.{int(layer)}.{layer_parts[part]}.{kind}"


def token_ids(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The ids of special tokens that the metadata state, by the keys of a `config.json`."""
    keys = {"bos": "bos", "eos": "eos", "pad": "padding"}
    found = {role: fields.get(f"tokenizer.ggml.{key}_token_id") for role, key in keys.items()}
    return {f"{role}_token_id": int(number) for role, number in found.items() if number is not None}


def generation_config(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `generation_config.json`: the ends of a turn and of a message end a text, too."""
    ids = token_ids(fields)
    ends = [fields.get(f"tokenizer.ggml.{key}_token_id") for key in ("eos", "eot", "eom")]
    stops = list(dict.fromkeys(int(number) for number in ends if number is not None))
    return {"_from_model_config": True} | ids | ({"eos_token_id": stops} if len(stops) > 1 else {})
