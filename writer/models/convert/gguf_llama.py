"""A converter from a GGUF file of a Llama-type model to a Hugging Face folder, without torch.

The weights are dequantised to float32: a block's `scale * q + minimum` has more bits than float16 or bfloat16
hold. GGUF stores the rows of the query and key projections in the order of interleaved rotary embeddings;
Hugging Face expects the two halves one after the other, so they are reordered. The tokenizer is made from the
file's vocabulary and merges, with the pre-tokenizer of the family (single digits, then GPT-2's).
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from writer.models.manifest import ModelError

CONTROL = 3
"""The token type of GGUF for special tokens."""

PRE_TOKENIZERS = ("smollm",)
"""The pre-tokenizers that `_tokenizer` writes, by GGUF's name."""

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

Array = NDArray[np.float32]

log = logging.getLogger(__name__)


def convert(source: Path, folder: Path) -> None:
    """Write config, weights (float32) and tokenizer of the GGUF file `source` into `folder`.

    Raises ModelError where the file is damaged or of another type.
    """
    from gguf import GGUFReader
    from safetensors.numpy import save_file

    try:
        reader = GGUFReader(source)
        fields = {key: field.contents() for key, field in reader.fields.items()}
        if fields["general.architecture"] != "llama" or fields["tokenizer.ggml.pre"] not in PRE_TOKENIZERS:
            raise ModelError(
                "{file} is not a model of a kind that Writer can convert; choose another file.",
                file=source.name,
            )
        heads = int(fields["llama.attention.head_count"]), int(fields["llama.attention.head_count_kv"])
        tensors = dict(_tensor(tensor, *heads) for tensor in reader.tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        tied = "lm_head.weight" not in tensors
        for name, value in _json_files(fields, tied).items():
            text = json.dumps(value, ensure_ascii=False, indent=2)
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


def _tensor(tensor: Any, heads: int, kv_heads: int) -> tuple[str, Array]:
    """Hugging Face's name and the values, float32 [out, in] or [size], of a tensor of the GGUF reader."""
    from gguf import dequantize

    stem, _, kind = tensor.name.rpartition(".")
    weight: Array = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if not stem.startswith("blk."):
        return f"{TOP_TENSORS[stem]}.{kind}", weight
    _, layer, part = stem.split(".")
    if part in ("attn_q", "attn_k"):
        weight = rotary_order(weight, heads if part == "attn_q" else kv_heads)
    return f"model.layers.{layer}.{BLOCK_TENSORS[part]}.{kind}", np.ascontiguousarray(weight)


def _json_files(fields: dict[str, Any], tied: bool) -> dict[str, Any]:
    """The contents of the folder's JSON files, by name."""
    bos, eos, pad = (int(fields[f"tokenizer.ggml.{kind}_token_id"]) for kind in ("bos", "eos", "padding"))
    ids = {"bos_token_id": bos, "eos_token_id": eos, "pad_token_id": pad}
    return {
        "config.json": _config(fields, tied) | ids,
        "generation_config.json": {"_from_model_config": True} | ids,
        "tokenizer.json": _tokenizer(fields),
        "tokenizer_config.json": _tokenizer_config(fields),
    }


def _config(fields: dict[str, Any], tied: bool) -> dict[str, Any]:
    heads = int(fields["llama.attention.head_count"])
    hidden = int(fields["llama.embedding_length"])
    theta = float(fields["llama.rope.freq_base"])
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "hidden_size": hidden,
        "intermediate_size": int(fields["llama.feed_forward_length"]),
        "num_hidden_layers": int(fields["llama.block_count"]),
        "num_attention_heads": heads,
        "num_key_value_heads": int(fields["llama.attention.head_count_kv"]),
        "head_dim": hidden // heads,
        "max_position_embeddings": int(fields["llama.context_length"]),
        "rms_norm_eps": round(float(fields["llama.attention.layer_norm_rms_epsilon"]), 10),
        "rope_theta": theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": theta},
        "vocab_size": len(fields["tokenizer.ggml.tokens"]),
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
    }


def _special(fields: dict[str, Any]) -> list[tuple[int, str]]:
    kinds = fields["tokenizer.ggml.token_type"]
    return [(i, t) for i, t in enumerate(fields["tokenizer.ggml.tokens"]) if kinds[i] == CONTROL]


def _tokenizer(fields: dict[str, Any]) -> dict[str, Any]:
    """The content of `tokenizer.json`: byte-level BPE with single digits."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": token} | flags for i, token in _special(fields)],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(fields["tokenizer.ggml.tokens"])},
            "merges": [merge.split(" ") for merge in fields["tokenizer.ggml.merges"]],
        },
    }


def _tokenizer_config(fields: dict[str, Any]) -> dict[str, Any]:
    tokens = fields["tokenizer.ggml.tokens"]
    names = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    special = {
        f"{name}_token": tokens[fields[f"tokenizer.ggml.{key}_token_id"]] for name, key in names.items()
    }
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "additional_special_tokens": [token for _, token in _special(fields)],
        "chat_template": fields["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
        "model_max_length": int(fields["llama.context_length"]),
        "add_prefix_space": False,
    } | special
