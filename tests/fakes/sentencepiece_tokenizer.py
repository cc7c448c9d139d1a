"""A small tokenizer as made from a SentencePiece model: BPE over characters, with a token for each byte."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, normalizers, trainers

from tests.fakes.small_models import SENTENCES

MARKERS = ("<pad>", "<eos>", "<bos>", "<unk>")


def make_sentencepiece(folder: Path, size: int = 600, prefix: bool = False) -> Tokenizer:
    """Write `tokenizer.json` and `tokenizer_config.json`, as Gemma's; with `prefix` as Llama 2's.

    All pairs of tokens that make another one may be joined, in the order of the tokens' ids.
    """
    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    learned = _learned(size - len(MARKERS) - len(bytes_))
    vocabulary = dict(zip((*MARKERS, *bytes_, *learned), count(), strict=False))
    pairs = [(a, b) for token in learned for a, b in _halves(token) if a in vocabulary and b in vocabulary]
    model = models.BPE(vocabulary, pairs, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    definition: dict[str, Any] = json.loads(Tokenizer(model).to_str())
    space = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    steps = [{"type": "Prepend", "prepend": "▁"}, space]
    definition["normalizer"] = {"type": "Sequence", "normalizers": steps} if prefix else space
    back = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    definition["decoder"] = {
        "type": "Sequence",
        "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"}],
    }
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False) | {"special": True}
    definition["added_tokens"] = [{"id": i, "content": name} | flags for i, name in enumerate(MARKERS)]
    (folder / "tokenizer.json").write_text(json.dumps(definition), "utf-8")
    declared = {"add_bos_token": True, "bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(declared), "utf-8")
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def _learned(size: int) -> list[str]:
    """The tokens of a BPE that has learned the sentences, in the order of its merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(vocab_size=size, max_token_length=8, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    vocabulary = tokenizer.get_vocab()
    return sorted(vocabulary, key=vocabulary.__getitem__)


def _halves(token: str) -> list[tuple[str, str]]:
    return [(token[:at], token[at:]) for at in range(1, len(token))]
