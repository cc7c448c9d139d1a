"""The tokenizer of a GGUF file with a byte-level vocabulary, as the JSON files of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONTROL, USER_DEFINED = 3, 4
"""The token types of GGUF for special tokens, and for those that are matched whole."""

_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}


def _split_by(pattern: str) -> dict[str, Any]:
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [split, _BYTE_LEVEL | {"use_regex": False}]}


_SINGLE_DIGITS = {
    "type": "Sequence",
    "pretokenizers": [{"type": "Digits", "individual_digits": True}, _BYTE_LEVEL | {"use_regex": True}],
}
PRE_TOKENIZERS: Mapping[str, dict[str, Any]] = {
    "smollm": _SINGLE_DIGITS,
    **dict.fromkeys(("llama-bpe", "llama3", "llama-v3", "smaug-bpe"), _split_by(_LLAMA3)),
}
"""How texts are split before the merges, by GGUF's name."""

_KEEPS_WORDS = ("llama-bpe", "llama3", "llama-v3", "smaug-bpe")
"""The pre-tokenizers of Llama 3: a word that is a token stays whole, and a text has a start token."""


def tokenizer_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `tokenizer.json`: byte-level BPE with the file's way to split."""
    pre, tokens = fields["tokenizer.ggml.pre"], fields["tokenizer.ggml.tokens"]
    starts = fields.get("tokenizer.ggml.add_bos_token", pre in _KEEPS_WORDS)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": _added_tokens(fields),
        "normalizer": None,
        "pre_tokenizer": PRE_TOKENIZERS[pre],
        "post_processor": _with_start(fields) if starts and pre in _KEEPS_WORDS else None,
        "decoder": _BYTE_LEVEL | {"use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": pre in _KEEPS_WORDS,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in fields["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The content of `tokenizer_config.json`."""
    tokens = fields["tokenizer.ggml.tokens"]
    names = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
    special = {
        f"{name}_token": tokens[fields[f"tokenizer.ggml.{key}_token_id"]]
        for name, key in names.items()
        if f"tokenizer.ggml.{key}_token_id" in fields
    }
    template = fields.get("tokenizer.chat_template")
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "additional_special_tokens": [t for t, kind in _kinds(fields) if kind == CONTROL],
        **({} if template is None else {"chat_template": template}),
        "clean_up_tokenization_spaces": False,
        "model_max_length": int(fields["llama.context_length"]),
        "add_prefix_space": False,
    } | special


def _kinds(fields: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The tokens with their types, by id."""
    return list(zip(fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"], strict=True))


def _added_tokens(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return [
        {"id": i, "content": token, **flags, "special": kind == CONTROL}
        for i, (token, kind) in enumerate(_kinds(fields))
        if kind in (CONTROL, USER_DEFINED)
    ]


def _with_start(fields: Mapping[str, Any]) -> dict[str, Any]:
    number = fields["tokenizer.ggml.bos_token_id"]
    token = fields["tokenizer.ggml.tokens"][number]
    start = {"SpecialToken": {"id": token, "type_id": 0}}
    text, second = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}
    return {
        "type": "TemplateProcessing",
        "single": [start, text],
        "pair": [start, text, second],
        "special_tokens": {token: {"id": token, "ids": [number], "tokens": [token]}},
    }
