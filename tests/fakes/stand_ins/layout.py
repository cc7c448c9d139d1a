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


@dataclass(frozen=True)
class Layout:
    """A stand-in. `start` and `stops` are the tokens that must begin and end a text.

    `kind` names the tokenizer, see `layout_tokenizers`. `special` are its special tokens in the order of
    their ids; those of `late` come after all others, and `plain` are added tokens that are none. The
    post-processor puts `front` and `back` around a text. `config`, `said`, `mapped` and `generation` go into
    `config.json`, `tokenizer_config.json`, `special_tokens_map.json` and `generation_config.json`; a name of
    a token as a "…_token_id" is written as its id. `sizes` are those of a model with weights.
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
    sizes: Json | None = None
    rest: tuple[str, ...] = ()
    """Ordinary entries of the vocabulary, such as names that other families give to their tokens."""

    def make(self, folder: Path) -> Path:
        """Write the layout's files into `folder`, without weights."""
        folder.mkdir(parents=True, exist_ok=True)
        (make_lists if self.lists else make_tokenizer)(self, folder)
        ids = {token: i for i, token in enumerate(tokens_of(self))}
        size = {"vocab_size": len(ids) + 8}
        config = {"model_type": self.model_type, **(self.sizes or {}), **size, **_as_ids(self.config, ids)}
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
