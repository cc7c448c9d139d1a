"""The tokenizers of stand-ins, by the manners in which published ones cut a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

if TYPE_CHECKING:
    from tests.fakes.stand_ins.layout import Layout

_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_QWEN35 = _QWEN.replace(r"\p{L}+", r"[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")
_BYTE_MERGES = ("t h", "th e", "Ġ the", "i n", "Ġ a")
_PIECE_MERGES = ("t h", "th e", "▁ the", "i n", "▁ a", "▁ ▁")
_LETTERS = "abcdefghijklmnopqrstuvwxyzT.,'0123456789我喜欢\n"
_WORDS = ("the", "cat", "in", "##s", "a", ".", ",", "1", "##2", "我", "喜", "欢")
_CAPITALS = ("The", "Cat", "T", "##T")

BYTES = ("bytes", "nfc bytes", "digits", "llama3", "qwen", "qwen3.5")
"""The kinds of byte-level BPE."""


def tokens_of(layout: Layout) -> list[str]:
    """The tokens in the order of their ids."""
    return [*_own_tokens(layout), *layout.late, *layout.plain]


def make_tokenizer(layout: Layout, folder: Path) -> None:
    """Write `tokenizer.json`."""
    tokenizer = _MAKERS[layout.kind](layout)
    flags = {"normalized": False}
    tokenizer.add_special_tokens([AddedToken(token, **flags) for token in (*layout.special, *layout.late)])
    tokenizer.add_tokens([AddedToken(token, normalized=layout.kind == "nfc bytes") for token in layout.plain])
    if layout.front:
        marks = [layout.front, *filter(None, [layout.back])]
        template = f"{layout.front} $A {layout.back}".strip()
        tokenizer.post_processor = processors.TemplateProcessing(
            template, special_tokens=[(mark, tokens_of(layout).index(mark)) for mark in dict.fromkeys(marks)]
        )
    tokenizer.save(str(folder / "tokenizer.json"))


def make_lists(layout: Layout, folder: Path) -> None:
    """Write `vocab.txt`, or `vocab.json` and `merges.txt`."""
    tokens = tokens_of(layout)
    if layout.kind not in BYTES:
        (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", "utf-8")
        return
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}), "utf-8")
    (folder / "merges.txt").write_text("\n".join(("#version: 0.2", *_BYTE_MERGES)) + "\n", "utf-8")


def _own_tokens(layout: Layout) -> list[str]:
    """The tokens of the tokenizer's own model."""
    if layout.kind in BYTES:
        joined = [merge.replace(" ", "") for merge in _BYTE_MERGES]
        return [*layout.special, *sorted(pre_tokenizers.ByteLevel.alphabet()), *joined, *layout.rest]
    if "words" in layout.kind:
        return [*layout.special, *_WORDS, *(_CAPITALS if layout.kind == "cased words" else ())]
    single = [f"<0x{byte:02X}>" for byte in range(256)] if layout.kind != "unigram" else []
    joined = [merge.replace(" ", "") for merge in _PIECE_MERGES]
    return [*layout.special, *single, "▁", *_LETTERS, *joined, *layout.rest]


def _vocabulary(layout: Layout) -> dict[str, int]:
    return {token: i for i, token in enumerate(_own_tokens(layout))}


def _pairs(merges: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(first, second) for first, second in (merge.split(" ") for merge in merges)]


def _byte_level(layout: Layout) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(_vocabulary(layout), _pairs(_BYTE_MERGES)))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pattern = {"llama3": _LLAMA3, "qwen": _QWEN, "qwen3.5": _QWEN35}.get(layout.kind)
    if pattern:
        split = pre_tokenizers.Split(Regex(pattern), "isolated")
        inner = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, inner])
    if layout.kind == "digits":
        digits = pre_tokenizers.Digits(individual_digits=True)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, tokenizer.pre_tokenizer])
    if layout.kind in ("nfc bytes", "qwen", "qwen3.5"):
        tokenizer.normalizer = normalizers.NFC()
    return tokenizer


def _pieces(layout: Layout) -> Tokenizer:
    """SentencePiece's BPE as Llama 2 and Mistral have it, in the two ways in which it is written down."""
    model = models.BPE(
        _vocabulary(layout), _pairs(_PIECE_MERGES), unk_token="<unk>", fuse_unk=True, byte_fallback=True
    )
    tokenizer = Tokenizer(model)
    if layout.kind == "metaspace":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    return tokenizer


def _gemma(layout: Layout) -> Tokenizer:
    model = models.BPE(
        _vocabulary(layout), _pairs(_PIECE_MERGES), unk_token="<unk>", fuse_unk=True, byte_fallback=True
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(steps)
    return tokenizer


def _words(layout: Layout) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(_vocabulary(layout), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=layout.kind == "words")
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _unigram(layout: Layout) -> Tokenizer:
    scores = [(token, -float(len(token) < 2)) for token in _own_tokens(layout)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=layout.special.index("<unk>"), byte_fallback=False))
    space = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), space])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    return tokenizer


_MAKERS: Mapping[str, Callable[[Any], Tokenizer]] = {
    **dict.fromkeys(BYTES, _byte_level),
    "metaspace": _pieces,
    "prepend": _pieces,
    "gemma": _gemma,
    "words": _words,
    "cased words": _words,
    "unigram": _unigram,
}
