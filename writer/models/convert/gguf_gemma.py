"""A reader of GGUF files of Gemma 3 text models, without torch.

GGUF stores the scale of norms with the 1 that Gemma adds, and its tokenizer as SentencePiece: pieces with
scores. The merges of `tokenizer.json` are the pairs of pieces that make another one, those of the best score
first; runs of spaces, tabs and line ends come before all others, as in the original.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from writer.models.convert.gguf_header import GgufHeader
from writer.models.convert.gguf_vocabulary import CONTROL, USER_DEFINED
from writer.models.convert.gguf_weights import (
    PROJECTIONS,
    Converted,
    File,
    SourceTensor,
    folder_name,
    generation_config,
    token_ids,
)

ARCHITECTURE = "gemma3"

LAYER_PARTS = PROJECTIONS | {
    "attn_norm": "input_layernorm",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
EVERY = 6
"""Every sixth layer sees the whole text, the others a window."""

LOCAL_THETA = 10_000.0
LAYERS_OF_27B = 62
"""The layers of the only size whose attention scores have a scale of their own."""

_ADDED_SCORE = 1.0


def read_gemma(_file: File, header: GgufHeader) -> Converted | None:
    """The model in a GGUF file; None where its vocabulary or its positions are of another kind.

    Raises ValueError, KeyError and others where the file is damaged.
    """
    fields = header.fields
    scaling = fields.get(f"{ARCHITECTURE}.rope.scaling.type", "none")
    if fields["tokenizer.ggml.model"] != "llama" or scaling not in ("none", "linear"):
        return None
    tensors = {}
    for tensor in header.tensors:
        name = folder_name(tensor.name, LAYER_PARTS)
        tensors[name] = SourceTensor(tensor, added=1.0 if name.endswith("norm.weight") else 0.0)
    return Converted(tensors, _json_files(fields, "lm_head.weight" not in tensors))


def _json_files(fields: Mapping[str, Any], tied: bool) -> dict[str, Any]:
    """The contents of the folder's JSON files, by name."""
    keys = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}
    ids = {role: int(fields[f"tokenizer.ggml.{key}_token_id"]) for role, key in keys.items()}
    pieces, starts = _pieces(fields), bool(fields.get("tokenizer.ggml.add_bos_token", True))
    named = {f"{role}_token": pieces[i][0] for role, i in ids.items()}
    return {
        "config.json": _config(fields, len(pieces), tied) | token_ids(fields),
        "generation_config.json": generation_config(fields),
        "tokenizer.json": tokenizer_json(pieces, ids, starts),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "add_bos_token": starts,
            "clean_up_tokenization_spaces": False,
        }
        | named,
    }


def _config(fields: Mapping[str, Any], vocabulary: int, tied: bool) -> dict[str, Any]:
    def number(key: str) -> int:
        return int(fields[f"{ARCHITECTURE}.{key}"])

    layers, head, heads = (
        number(key) for key in ("block_count", "attention.key_length", "attention.head_count")
    )
    kinds = ["full_attention" if (i + 1) % EVERY == 0 else "sliding_attention" for i in range(layers)]
    theta = float(fields[f"{ARCHITECTURE}.rope.freq_base"])
    local_theta = float(fields.get(f"{ARCHITECTURE}.rope.freq_base_swa", LOCAL_THETA))
    rope: dict[str, Any] = {"rope_type": "default"}
    if fields.get(f"{ARCHITECTURE}.rope.scaling.type") == "linear":
        rope = {"rope_type": "linear", "factor": float(fields[f"{ARCHITECTURE}.rope.scaling.factor"])}
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "dtype": "float32",
        "hidden_size": number("embedding_length"),
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": number("attention.head_count_kv"),
        "head_dim": head,
        "query_pre_attn_scalar": number("embedding_length") // heads if layers == LAYERS_OF_27B else head,
        "max_position_embeddings": number("context_length"),
        "rms_norm_eps": round(float(fields[f"{ARCHITECTURE}.attention.layer_norm_rms_epsilon"]), 10),
        "sliding_window": number("attention.sliding_window"),
        "layer_types": kinds,
        "rope_parameters": {
            "full_attention": {**rope, "rope_theta": theta},
            "sliding_attention": {"rope_type": "default", "rope_theta": local_theta},
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


def tokenizer_json(
    pieces: list[tuple[str, float, int]], ids: dict[str, int], starts: bool = True
) -> dict[str, Any]:
    """The content of `tokenizer.json`; `ids` are those of "bos" and other roles.

    `starts` says whether the BOS token stands before each text.
    """
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
        }
        if starts
        else None,
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
