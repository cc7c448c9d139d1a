"""A converter from a GGUF file of a Gemma 3 text model to a Hugging Face folder, without torch.

GGUF stores the scale of norms with the 1 that Gemma adds, and its tokenizer as SentencePiece: pieces with
scores. The merges of `tokenizer.json` are the pairs of pieces that make another one, those of the best score
first; runs of spaces, tabs and line ends come before all others, as in the original.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from writer.models.convert.gguf_header import GgufHeader
from writer.models.convert.gguf_llama import Array, weights_of
from writer.models.convert.gguf_vocabulary import CONTROL, USER_DEFINED
from writer.models.manifest import ModelError

ARCHITECTURE = "gemma3"

BLOCK_TENSORS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}
TOP_TENSORS = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
EVERY = 6
"""Every sixth layer sees the whole text, the others a window."""

LOCAL_THETA = 10_000.0
_ADDED_SCORE = 1.0

log = logging.getLogger(__name__)


def convert(source: Path, folder: Path, header: GgufHeader) -> None:
    """Write config, weights (float32) and tokenizer of the GGUF file `source` into `folder`.

    Raises ModelError where the file is damaged or of another type.
    """
    from safetensors.numpy import save_file

    try:
        fields = header.fields
        if fields["tokenizer.ggml.model"] != "llama" or header.order != "<":
            raise ModelError(
                "{file} is not a model of a kind that Writer can convert; choose another file.",
                file=source.name,
            )
        mapped = np.memmap(source, np.uint8, "r")
        tensors = dict(_tensor(entry.name, weights_of(mapped, header, entry)) for entry in header.tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        for name, value in _json_files(fields, "lm_head.weight" not in tensors).items():
            (folder / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")
    except ModelError:
        raise
    except Exception as error:  # the library checks few of the numbers in a file
        log.warning("a GGUF file is not converted: %s", type(error).__name__)
        raise ModelError("The model file {file} is damaged; bring it again.", file=source.name) from error


def _tensor(name: str, weight: Array) -> tuple[str, Array]:
    """Hugging Face's name of a tensor, and its values as they are expected there."""
    stem, _, kind = name.rpartition(".")
    if kind != "weight":
        raise ValueError("a Gemma has no biases")
    if stem.endswith("_norm"):
        weight = weight - np.float32(1)
    if not stem.startswith("blk."):
        return f"{TOP_TENSORS[stem]}.{kind}", weight
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{BLOCK_TENSORS[part]}.{kind}", np.ascontiguousarray(weight)


def _json_files(fields: Mapping[str, Any], tied: bool) -> dict[str, Any]:
    """The contents of the folder's JSON files, by name."""
    keys = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}
    ids = {role: int(fields[f"tokenizer.ggml.{key}_token_id"]) for role, key in keys.items()}
    pieces = _pieces(fields)
    named = {f"{role}_token": pieces[i][0] for role, i in ids.items()}
    stated = {f"{role}_token_id": ids[role] for role in ("bos", "eos", "pad")}
    return {
        "config.json": _config(fields, len(pieces), tied) | stated,
        "generation_config.json": {"_from_model_config": True} | stated,
        "tokenizer.json": tokenizer_json(pieces, ids),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "add_bos_token": True,
            "clean_up_tokenization_spaces": False,
        }
        | named,
    }


def _config(fields: Mapping[str, Any], vocabulary: int, tied: bool) -> dict[str, Any]:
    def number(key: str) -> int:
        return int(fields[f"{ARCHITECTURE}.{key}"])

    layers, head = number("block_count"), number("attention.key_length")
    kinds = ["full_attention" if (i + 1) % EVERY == 0 else "sliding_attention" for i in range(layers)]
    theta = float(fields[f"{ARCHITECTURE}.rope.freq_base"])
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "dtype": "float32",
        "hidden_size": number("embedding_length"),
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": layers,
        "num_attention_heads": number("attention.head_count"),
        "num_key_value_heads": number("attention.head_count_kv"),
        "head_dim": head,
        "query_pre_attn_scalar": head,
        "max_position_embeddings": number("context_length"),
        "rms_norm_eps": round(float(fields[f"{ARCHITECTURE}.attention.layer_norm_rms_epsilon"]), 10),
        "sliding_window": number("attention.sliding_window"),
        "layer_types": kinds,
        "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": theta},
            "sliding_attention": {"rope_type": "default", "rope_theta": LOCAL_THETA},
        },
        "vocab_size": vocabulary,
        "hidden_activation": "gelu_pytorch_tanh",
        "attention_bias": False,
        "tie_word_embeddings": tied,
    }


def _pieces(fields: Mapping[str, Any]) -> list[tuple[str, float, int]]:
    """The pieces with score and type, by id; those of spaces alone are written with "▁", as in merges."""
    names = ("tokens", "scores", "token_type")
    pieces = zip(*(fields[f"tokenizer.ggml.{name}"] for name in names), strict=True)
    return [("▁" * len(p) if p.strip(" ") == "" else p, float(score), int(t)) for p, score, t in pieces]


def tokenizer_json(pieces: list[tuple[str, float, int]], ids: dict[str, int]) -> dict[str, Any]:
    """The content of `tokenizer.json`; `ids` are those of "bos" and other roles."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    added = [
        {"id": i, "content": piece, **flags, "special": kind == CONTROL}
        for i, (piece, _, kind) in enumerate(pieces)
        if kind in (CONTROL, USER_DEFINED)
    ]
    bos, begin = pieces[ids["bos"]][0], {"SpecialToken": {"id": pieces[ids["bos"]][0], "type_id": 0}}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, text],
            "pair": [begin, text, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {bos: {"id": bos, "ids": [ids["bos"]], "tokens": [bos]}},
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": pieces[ids["unk"]][0],
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {piece: i for i, (piece, _, _) in enumerate(pieces)},
            "merges": [[left, right] for _, left, right in _merges(pieces)],
        },
    }


def _merges(pieces: list[tuple[str, float, int]]) -> list[tuple[float, str, str]]:
    """The merges with their scores, in the order in which they are tried."""
    known = {piece: i for i, (piece, _, _) in enumerate(pieces)}

    def splits(piece: str, score: float) -> Iterator[tuple[float, str, str]]:
        found = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in known]
        for left, right in sorted(
            (p for p in found if p[1] in known), key=lambda p: (known[p[0]], known[p[1]])
        ):
            yield score, left, right

    merges = [
        merge
        for piece, score, kind in pieces
        for merge in splits(piece, _ADDED_SCORE if kind == USER_DEFINED else score)
    ]
    return sorted(merges, key=lambda m: (m[0], len(m[1]), len(m[2])), reverse=True)
