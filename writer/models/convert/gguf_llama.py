"""A converter from a GGUF file of a Llama-type model to a Hugging Face folder, without torch.

The weights are dequantised to float32: a block's `scale * q + minimum` has more bits than float16 or bfloat16
hold. GGUF stores the rows of the query and key projections in the order of interleaved rotary embeddings;
Hugging Face expects the two halves one after the other, so they are reordered. The tokenizer is made from the
file's vocabulary and merges, with the pre-tokenizer of the family (see `gguf_vocabulary`).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.models.convert.gguf_header import GgufEntry, GgufHeader, read_header
from writer.models.convert.gguf_vocabulary import PRE_TOKENIZERS, tokenizer_config, tokenizer_json
from writer.models.manifest import ModelError

BLOCK_TENSORS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TOP_TENSORS = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}

ROTARY_FACTORS = "rope_freqs.weight"
LLAMA3_POSITIONS = 8192
"""The positions that Llama 3 was trained on at first."""

MANY_TOKENS = 60_000

Array = NDArray[np.float32]

log = logging.getLogger(__name__)


def convert(source: Path, folder: Path) -> None:
    """Write config, weights (float32) and tokenizer of the GGUF file `source` into `folder`.

    Raises ModelError where the file is damaged or of another type.
    """
    from safetensors.numpy import save_file

    try:
        header = read_header(source)
        if not _is_known(header):
            raise ModelError(
                "{file} is not a model of a kind that Writer can convert; choose another file.",
                file=source.name,
            )
        tensors = _tensors(source, header)
        factors = tensors.pop(ROTARY_FACTORS, None)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        for name, value in _json_files(header.fields, tensors, factors).items():
            # The vocabularies of later models have half a million entries, which are written in one line.
            indent = None if len(header.fields["tokenizer.ggml.tokens"]) > MANY_TOKENS else 2
            text = json.dumps(value, ensure_ascii=False, indent=indent)
            (folder / name).write_text(text + "\n", encoding="utf-8")
    except ModelError:
        raise
    except Exception as error:  # the library checks few of the numbers in a file
        log.warning("a GGUF file is not converted: %s", type(error).__name__)
        raise ModelError("The model file {file} is damaged; bring it again.", file=source.name) from error


def rotary_order(weight: Array, heads: int) -> Array:
    """The rows of a query or key projection, float32 [heads * size, hidden], from pairs to two halves."""
    half = weight.shape[0] // heads // 2
    return weight.reshape(heads, half, 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def _is_known(header: GgufHeader) -> bool:
    """Whether the model is a Llama with a known vocabulary, and nothing beyond that."""
    fields = header.fields
    plain = fields["general.architecture"] == "llama" and not fields.get("llama.expert_count")
    byte_level = fields["tokenizer.ggml.model"] == "gpt2" and fields["tokenizer.ggml.pre"] in PRE_TOKENIZERS
    scaled = fields.get("llama.rope.scaling.type", "none") != "none"
    return plain and byte_level and not scaled and header.order == "<"


def _tensors(source: Path, header: GgufHeader) -> dict[str, Array]:
    """The tensors of the file by Hugging Face's names, float32 [out, in] or [size]."""
    heads = int(header.fields["llama.attention.head_count"])
    kv_heads = int(header.fields.get("llama.attention.head_count_kv", heads))
    mapped = np.memmap(source, np.uint8, "r")
    return dict(
        _tensor(tensor, weights_of(mapped, header, tensor), heads, kv_heads) for tensor in header.tensors
    )


def weights_of(mapped: NDArray[np.uint8], header: GgufHeader, tensor: GgufEntry) -> Array:
    """The weights of a tensor, float32, in the order of numpy: the innermost dimension last."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

    kind = GGMLQuantizationType(tensor.kind)
    block, size = GGML_QUANT_SIZES[kind]
    rows = tuple(reversed(tensor.dimensions))
    if rows[-1] % block:
        raise ValueError("a row is no number of blocks")
    start = header.start + tensor.offset
    data = mapped[start : start + tensor.size // block * size]
    shape = (*rows[:-1], rows[-1] // block * size)
    plain = {GGMLQuantizationType.F32: "<f4", GGMLQuantizationType.F16: "<f2"}
    stored = data.view(plain[kind]).reshape(rows) if kind in plain else data.reshape(shape)
    weight: Array = dequantize(stored, kind).astype(np.float32)
    return weight


def _tensor(tensor: GgufEntry, weight: Array, heads: int, kv_heads: int) -> tuple[str, Array]:
    """Hugging Face's name of a tensor, and its values in the order that is expected there."""
    stem, _, kind = tensor.name.rpartition(".")
    if tensor.name == ROTARY_FACTORS:
        return ROTARY_FACTORS, weight
    if kind != "weight":
        raise ValueError("a Llama has no biases")
    if not stem.startswith("blk."):
        return f"{TOP_TENSORS[stem]}.{kind}", weight
    _, layer, part = stem.split(".")
    if part in ("attn_q", "attn_k"):
        weight = rotary_order(weight, heads if part == "attn_q" else kv_heads)
    return f"model.layers.{layer}.{BLOCK_TENSORS[part]}.{kind}", np.ascontiguousarray(weight)


def _json_files(
    fields: Mapping[str, Any], tensors: Mapping[str, Array], factors: Array | None
) -> dict[str, Any]:
    """The contents of the folder's JSON files, by name; `factors` are those of Llama 3's rotary positions."""
    known = {"bos": "bos", "eos": "eos", "pad": "padding"}
    ids = {
        f"{name}_token_id": int(fields[f"tokenizer.ggml.{key}_token_id"])
        for name, key in known.items()
        if f"tokenizer.ggml.{key}_token_id" in fields
    }
    return {
        "config.json": _config(fields, tensors, factors) | ids,
        "generation_config.json": {"_from_model_config": True} | ids,
        "tokenizer.json": tokenizer_json(fields),
        "tokenizer_config.json": tokenizer_config(fields),
    }


def _config(fields: Mapping[str, Any], tensors: Mapping[str, Array], factors: Array | None) -> dict[str, Any]:
    heads = int(fields["llama.attention.head_count"])
    hidden = int(fields["llama.embedding_length"])
    head = int(fields.get("llama.attention.key_length", hidden // heads))
    theta = float(fields.get("llama.rope.freq_base", 10_000.0))
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "hidden_size": hidden,
        "intermediate_size": int(fields["llama.feed_forward_length"]),
        "num_hidden_layers": int(fields["llama.block_count"]),
        "num_attention_heads": heads,
        "num_key_value_heads": int(fields.get("llama.attention.head_count_kv", heads)),
        "head_dim": head,
        "max_position_embeddings": int(fields["llama.context_length"]),
        "rms_norm_eps": round(float(fields["llama.attention.layer_norm_rms_epsilon"]), 10),
        "rope_theta": theta,
        "rope_parameters": {**_scaling(factors, theta, head), "rope_theta": theta},
        "vocab_size": len(tensors["model.embed_tokens.weight"]),
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
