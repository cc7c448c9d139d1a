"""A converter for the SentencePiece models of XLM-R, CamemBERT and XGLM, whose pieces have other ids.

They were trained with fairseq, which has special tokens of its own before the pieces of the unigram model,
and others behind them. Texts are cut as the tokenizers of these types in transformers cut them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from writer.models.convert.sentencepiece import SPACE, UNIGRAM, PieceModel, read_pieces, unreadable

_FIRST = ("<s>", "<pad>", "</s>", "<unk>")
_UNKNOWN = 3
_OWN = ("<unk>", "<s>", "</s>")
"""The first pieces of the SentencePiece models."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """The tokens of a type: `first`, then the pieces but for the first `skipped` ones, then `last`.

    `before` and `behind` frame a text. `unused` never occur in one. `by_words` says whether a text is cut at
    all kinds of spaces first.
    """

    first: tuple[str, ...]
    skipped: int
    last: tuple[str, ...]
    before: str
    behind: str
    unused: tuple[str, ...] = ()
    by_words: bool = True


_LAYOUTS: Mapping[str, _Layout] = {
    "xlm-roberta": _Layout(_FIRST, 3, ("<mask>",), "<s>", "</s>"),
    "camembert": _Layout(
        ("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"),
        1,
        ("<mask>",),
        "<s>",
        "</s>",
        ("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"),
    ),
    "xglm": _Layout(_FIRST, 3, tuple(f"<madeupword{i}>" for i in range(7)), "</s>", "", by_words=False),
}
_LEAST = -100.0
"""The score of a token that is never to be preferred to others."""


def tokenizer_json(file: Path, model_type: str) -> bytes:
    """The content of the `tokenizer.json` for the SentencePiece model in `file`, of a model of this type.

    Raises ModelError where the file is damaged, or of a kind that cannot be converted, and OSError.
    """
    model, layout = read_pieces(file), _LAYOUTS.get(model_type)
    if layout is None or not _is_usual(model):
        raise unreadable(file)
    vocabulary = _vocabulary(model, layout)
    if len(dict(vocabulary)) != len(vocabulary):
        raise unreadable(file)
    return json.dumps(_tokenizer(model, layout, vocabulary), ensure_ascii=False).encode()


def _is_usual(model: PieceModel) -> bool:
    """Whether the model is as those that fairseq took: unigram, with a space before each text."""
    first = tuple(piece.text for piece in model.pieces[: len(_OWN)])
    return model.kind == UNIGRAM and first == _OWN and model.dummy_prefix and not model.byte_fallback


def _vocabulary(model: PieceModel, layout: _Layout) -> list[tuple[str, float]]:
    first = [(token, _LEAST if token == "<unk>NOTUSED" else 0.0) for token in layout.first]
    pieces = [(piece.text, piece.score) for piece in model.pieces[layout.skipped :]]
    return [*first, *pieces, *((token, 0.0) for token in layout.last)]


def _tokenizer(model: PieceModel, layout: _Layout, vocabulary: list[tuple[str, float]]) -> dict[str, Any]:
    """The content of `tokenizer.json`."""
    ids = {token: i for i, (token, _) in enumerate(vocabulary)}
    special = sorted({*_FIRST, *layout.unused, *layout.last}, key=ids.__getitem__)
    metaspace = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": True}
    words = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(ids[token], token) for token in special],
        "normalizer": _normalizer(model, layout),
        "pre_tokenizer": words if layout.by_words else metaspace,
        "post_processor": _frame(layout, ids),
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": _UNKNOWN,
            "vocab": [list(entry) for entry in vocabulary],
            "byte_fallback": False,
        },
    }


def _added(number: int, token: str) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": token == "<mask>", "rstrip": False, "normalized": False}
    return {"id": number, "content": token, **flags, "special": True}


def _normalizer(model: PieceModel, layout: _Layout) -> dict[str, Any] | None:
    steps: list[dict[str, Any]] = []
    if model.charsmap:
        charsmap = base64.b64encode(model.charsmap).decode()
        steps.append({"type": "Precompiled", "precompiled_charsmap": charsmap})
    if not layout.by_words:
        steps.append({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})
    return {"type": "Sequence", "normalizers": steps} if steps else None


def _frame(layout: _Layout, ids: Mapping[str, int]) -> dict[str, Any]:
    def token(name: str) -> list[dict[str, Any]]:
        return [{"SpecialToken": {"id": name, "type_id": 0}}] if name else []

    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    between = token("</s>") * 2
    return {
        "type": "TemplateProcessing",
        "single": [*token(layout.before), first, *token(layout.behind)],
        "pair": [*token(layout.before), first, *between, second, *token(layout.behind)],
        "special_tokens": {
            name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("<s>", "</s>")
        },
    }
