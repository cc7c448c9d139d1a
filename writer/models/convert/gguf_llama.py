"""A reader of GGUF files of the Llama type with a byte-level vocabulary, without torch.

GGUF stores the rows of the query and key projections in the order of interleaved rotary embeddings; Hugging
Face expects the two halves one after the other, so they are reordered. The tokenizer is made from the file's
vocabulary and merges, with the pre-tokenizer of the family (see `gguf_vocabulary`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from writer.models.convert.gguf_header import GgufHeader
from writer.models.convert.gguf_vocabulary import PRE_TOKENIZERS, tokenizer_config, tokenizer_json
from writer.models.convert.gguf_weights import (
    PROJECTIONS,
    Array,
    Converted,
    File,
    SourceTensor,
    folder_name,
    generation_config,
    token_ids,
)

LAYER_PARTS = PROJECTIONS | {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}

ROTARY_FACTORS = "rope_freqs.weight"
LLAMA3_POSITIONS = 8192
"""The positions that Llama 3 was trained on at first."""

_OTHER_WAYS = (
    "expert_count",
    "attention.sliding_window",
    "attention.scale",
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "embedding_scale",
    "residual_scale",
    "logit_scale",
)
"""Keys of numbers that change what a Llama computes; a plain one has none of them, or 0."""


def read_llama(file: File, header: GgufHeader) -> Converted | None:
    """The model in a GGUF file; None where it is no plain Llama with a known vocabulary.

    Raises ValueError, KeyError and others where the file is damaged.
    """
    if not _is_known(header.fields):
        return None
    tensors = _tensors(header)
    factors = tensors.pop(ROTARY_FACTORS, None)
    found = None if factors is None else factors.weights(file, header)
    return Converted(tensors, _json_files(header.fields, tensors, found))


def _is_known(fields: Mapping[str, Any]) -> bool:
    """Whether the model is a Llama with a known vocabulary, and nothing beyond that."""
    plain = not any(fields.get(f"llama.{key}") for key in _OTHER_WAYS)
    byte_level = fields["tokenizer.ggml.model"] == "gpt2" and fields["tokenizer.ggml.pre"] in PRE_TOKENIZERS
    scaled = fields.get("llama.rope.scaling.type", "none") != "none"
    head = _head_size(fields)
    sizes = [fields.get(f"llama.{key}", head) for key in ("rope.dimension_count", "attention.value_length")]
    return plain and byte_level and not scaled and sizes == [head, head]


def _head_size(fields: Mapping[str, Any]) -> int:
    hidden, heads = (int(fields[f"llama.{key}"]) for key in ("embedding_length", "attention.head_count"))
    return int(fields.get("llama.attention.key_length", hidden // heads))


def _tensors(header: GgufHeader) -> dict[str, SourceTensor]:
    """The tensors of the file by Hugging Face's names, [out, in] or [size]."""
    heads = int(header.fields["llama.attention.head_count"])
    kv_heads = int(header.fields.get("llama.attention.head_count_kv", heads))
    rotated = {"attn_q": heads, "attn_k": kv_heads}
    found = {}
    for tensor in header.tensors:
        if tensor.name == ROTARY_FACTORS:
            found[ROTARY_FACTORS] = SourceTensor(tensor)
            continue
        name, part = folder_name(tensor.name, LAYER_PARTS), tensor.name.split(".")[-2]
        found[name] = SourceTensor(tensor, heads=rotated.get(part, 0))
    return found


def _json_files(
    fields: Mapping[str, Any], tensors: Mapping[str, SourceTensor], factors: Array | None
) -> dict[str, Any]:
    """The contents of the folder's JSON files, by name; `factors` are those of Llama 3's rotary positions."""
    return {
        "config.json": _config(fields, tensors, factors) | token_ids(fields),
        "generation_config.json": generation_config(fields),
        "tokenizer.json": tokenizer_json(fields),
        "tokenizer_config.json": tokenizer_config(fields),
    }


def _config(
    fields: Mapping[str, Any], tensors: Mapping[str, SourceTensor], factors: Array | None
) -> dict[str, Any]:
    heads = int(fields["llama.attention.head_count"])
    head = _head_size(fields)
    theta = float(fields.get("llama.rope.freq_base", 10_000.0))
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "hidden_size": int(fields["llama.embedding_length"]),
        "intermediate_size": int(fields["llama.feed_forward_length"]),
        "num_hidden_layers": int(fields["llama.block_count"]),
        "num_attention_heads": heads,
        "num_key_value_heads": int(fields.get("llama.attention.head_count_kv", heads)),
        "head_dim": head,
        "max_position_embeddings": int(fields["llama.context_length"]),
        "rms_norm_eps": round(float(fields["llama.attention.layer_norm_rms_epsilon"]), 10),
        "rope_theta": theta,
        "rope_parameters": {**_scaling(factors, theta, head), "rope_theta": theta},
        "vocab_size": tensors["model.embed_tokens.weight"].entry.dimensions[-1],
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": "lm_head.weight" not in tensors,
    }


def _scaling(factors: Array | None, theta: float, head: int) -> dict[str, Any]:
    """The scaling of rotary positions by which Llama 3 has these factors. Raises ValueError for others.

    GGUF holds the factor of each frequency, float32 [head / 2], where Hugging Face has what they come from.
    """
    if factors is None:
        return {"rope_type": "default"}
    found = {"factor": float(factors.max()), "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    wavelengths = 2 * np.pi * theta ** (np.arange(0, head, 2) / head)
    blend = np.clip((LLAMA3_POSITIONS / wavelengths - 1.0) / (4.0 - 1.0), 0.0, 1.0)
    if not np.allclose(factors, 1 / ((1 - blend) / found["factor"] + blend), rtol=1e-3):
        raise ValueError("other rotary positions")
    return {"rope_type": "llama3", **found, "original_max_position_embeddings": LLAMA3_POSITIONS}
