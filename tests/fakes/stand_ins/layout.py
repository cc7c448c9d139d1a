"""A stand-in for a published model: which of its files name its tokens, and where these stand.

Its vocabulary is tiny, see `layout_tokenizers`, and so are its weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.stand_ins.layout_tokenizers import make_lists, make_tokenizer, tokens_of

Json = Mapping[str, Any]

MASKED = ("bert", "distilbert", "electra", "roberta", "xlm-roberta")

_USUAL = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}
_WINDOWED = {"head_dim": 16, "sliding_window": 64}
_BLOCKS = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 128}
_SIZES: Mapping[str, Json] = {
    "gpt2": _BLOCKS,
    "codegen": {**_BLOCKS, "rotary_dim": 8},
    "bloom": {"hidden_size": 64, "n_layer": 2, "n_head": 4},
    "gpt_neo": {
        "hidden_size": 64,
        "num_layers": 2,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 64,
        "max_position_embeddings": 128,
    },
    "opt": {**_USUAL, "ffn_dim": 96, "word_embed_proj_dim": 64},
    "gemma2": {**_USUAL, **_WINDOWED},
    "gemma3_text": {**_USUAL, **_WINDOWED},
    "qwen3": {**_USUAL, "head_dim": 32},
    "qwen3_5_text": {
        **_USUAL,
        "head_dim": 16,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "linear_key_head_dim": 16,
        "linear_value_head_dim": 16,
        "layer_types": ["linear_attention", "full_attention"],
    },
    "distilbert": {"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 96, "max_position_embeddings": 128},
}
"""The sizes in a config, by model type; `_USUAL` for all others."""


@dataclass(frozen=True)
class Layout:
    """A stand-in. `start` and `stops` are the tokens that must begin and end a text.

    `kind` names the tokenizer, see `layout_tokenizers`. `special` are its special tokens in the order of
    their ids; those of `late` come after all others, and `plain` are added tokens that are none. The
    post-processor puts `front` and `back` around a text. `config`, `said`, `mapped` and `generation` go into
    `config.json`, `tokenizer_config.json`, `special_tokens_map.json` and `generation_config.json`; a name of
    a token as a "…_token_id" is written as its id.
    """

    name: str
    kind: str
    special: tuple[str, ...]
    model_type: str
    start: str
    stops: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    front: str = ""
    back: str = ""
    config: Json = field(default_factory=dict)
    said: Json | None = None
    mapped: Json | None = None
    generation: Json | None = None
    lists: bool = False
    rest: tuple[str, ...] = ()
    """Ordinary entries of the vocabulary, such as names that other families give to their tokens."""

    @property
    def is_masked(self) -> bool:
        """Whether it is a model that fills gaps."""
        return self.model_type in MASKED

    def make(self, folder: Path) -> Path:
        """Write the layout's files into `folder`, without weights."""
        folder.mkdir(parents=True, exist_ok=True)
        (make_lists if self.lists else make_tokenizer)(self, folder)
        ids = {token: i for i, token in enumerate(tokens_of(self))}
        always = {"model_type": self.model_type, "vocab_size": len(ids) + 8, "pad_token_id": None}
        config = always | _SIZES.get(self.model_type, _USUAL) | _as_ids(self.config, ids)
        files = {
            "config": config,
            "tokenizer_config": self.said,
            "special_tokens_map": self.mapped,
            "generation_config": self.generation and _as_ids(self.generation, ids),
        }
        for name, content in files.items():
            if content is not None:
                (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return folder


def _as_ids(fields: Json, ids: Mapping[str, int]) -> dict[str, Any]:
    def number(value: Any) -> Any:
        return [ids[name] for name in value] if isinstance(value, list) else ids.get(value, value)

    return {key: number(value) if key.endswith("_token_id") else value for key, value in fields.items()}
