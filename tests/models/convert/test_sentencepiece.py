"""SentencePiece models become a `tokenizer.json` of the same pieces, or one sentence."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from transformers.utils import sentencepiece_model_pb2_new as pb2

from writer.models.convert.sentencepiece import tokenizer_json
from writer.models.manifest import ModelError

UNIGRAM, BPE = 1, 2
CONTROL, UNKNOWN, BYTE = 3, 2, 6


def model(kind: int, pieces: list[str], **normalizer: Any) -> bytes:
    """A model with these pieces, the best first, behind `<unk>`, `<s>`, `</s>` and, in BPE, the bytes."""
    proto = pb2.ModelProto()
    for text, number in (("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)):
        proto.pieces.add(piece=text, score=0.0, type=number)
    if kind == BPE:
        for byte in range(256):
            proto.pieces.add(piece=f"<0x{byte:02X}>", score=0.0, type=BYTE)
    for place, text in enumerate(pieces):
        proto.pieces.add(piece=text, score=-float(place + 1))
    proto.trainer_spec.model_type = kind
    proto.trainer_spec.byte_fallback = kind == BPE
    proto.trainer_spec.unk_id = 0
    for name, value in normalizer.items():
        setattr(proto.normalizer_spec, name, value)
    data: bytes = proto.SerializeToString()
    return data


def converted(tmp_path: Path, data: bytes, **options: Any) -> Tokenizer:
    (tmp_path / "tokenizer.model").write_bytes(data)
    return Tokenizer.from_str(tokenizer_json(tmp_path / "tokenizer.model", **options).decode())


def test_bpe_merges_the_best_piece_first(tmp_path: Path) -> None:
    pieces = ["▁t", "he", "▁the", "re", "▁", "t", "h", "e", "r"]
    tokenizer = converted(tmp_path, model(BPE, pieces))
    assert tokenizer.encode("the there").tokens == ["<s>", "▁the", "▁the", "re"]
    assert tokenizer.encode("  the   the ").tokens == ["<s>", "▁the", "▁the"]
    kept = converted(tmp_path, model(BPE, pieces, remove_extra_whitespaces=False))
    assert kept.encode(" the").tokens == ["<s>", "▁", "▁the"]
    assert tokenizer.encode("té", add_special_tokens=False).tokens == ["▁t", "<0xC3>", "<0xA9>"]
    ids = tokenizer.encode("the té", add_special_tokens=False).ids
    assert tokenizer.decode(ids) == "the té"
    assert converted(tmp_path, model(BPE, pieces), adds_start=False).encode("the").tokens == ["▁the"]
    plain = converted(tmp_path, model(BPE, pieces, add_dummy_prefix=False), adds_start=False)
    assert plain.encode("the").tokens == ["t", "he"]


def test_unigram_takes_the_likeliest_pieces(tmp_path: Path) -> None:
    tokenizer = converted(tmp_path, model(UNIGRAM, ["▁the", "re", "▁", "t", "h", "e", "r"]))
    assert tokenizer.encode("the  there").tokens == ["▁the", "▁the", "re"]
    assert tokenizer.encode("é").ids[-1] == 0
    assert tokenizer.decode(tokenizer.encode("the there").ids) == "the there"
    assert {token.content for token in tokenizer.get_added_tokens_decoder().values()} == {
        "<unk>",
        "<s>",
        "</s>",
    }


def test_other_files_are_one_sentence(tmp_path: Path) -> None:
    whole = model(BPE, ["▁t", "he", "▁", "t", "h", "e"])
    other = model(3, ["the"])
    long = model(BPE, ["a" * 600])  # cut at each place, thousands of such pieces take minutes
    damaged = [b"", b"IQ== 0\nIg== 1\n", other, long, whole[:-3], json.dumps({}).encode()]
    for data in damaged:
        with pytest.raises(ModelError, match="cannot read"):
            converted(tmp_path, data)
    rng = random.Random(1)
    for _ in range(200):
        changed = bytearray(whole[-120:])
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        (tmp_path / "tokenizer.model").write_bytes(changed)
        try:
            tokenizer_json(tmp_path / "tokenizer.model")
        except ModelError:
            continue
