"""SentencePiece models of XLM-R and its kin become the tokenizer that transformers has for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from transformers import CamembertTokenizer, XGLMTokenizer, XLMRobertaTokenizer
from transformers.convert_slow_tokenizer import CamembertConverter, XLMRobertaConverter
from transformers.utils import sentencepiece_model_pb2_new as pb2

from tests.models.convert.test_sentencepiece import BPE, UNIGRAM, model
from writer.models.convert.arrival import change
from writer.models.convert.shifted_pieces import tokenizer_json
from writer.models.facts.special_tokens import open_with_special_tokens
from writer.models.manifest import ModelError

PIECES = ["▁the", "re", "▁", "t", "h", "e", "r", "▁a", "，", "我", "，我", "é", "."]
TEXTS = [
    "the there",
    "  the\n\tthere　the\u00a0there ",
    "the <mask> there",
    "thé 我，我 there.",
    "😀 \u200b\u202ethe",
    "<s>the</s> <pad> <unk>",
    "",
    " ",
    "▁the",
    "a" * 300,
]


def transformers_tokenizer(kind: str, data: bytes) -> Any:
    proto = pb2.ModelProto()
    proto.ParseFromString(data)
    pieces = [(piece.piece, piece.score) for piece in proto.pieces]
    if kind == "xlm-roberta":
        return XLMRobertaTokenizer(**XLMRobertaConverter.convert_from_spm(vocab=pieces))
    if kind == "camembert":
        return CamembertTokenizer(**CamembertConverter.convert_from_spm(vocab=pieces))
    first = [(token, 0.0) for token in ("<s>", "<pad>", "</s>", "<unk>")]
    last = [(f"<madeupword{i}>", 0.0) for i in range(7)]
    return XGLMTokenizer(vocab=first + pieces[3:] + last)


@pytest.mark.parametrize("kind", ["xlm-roberta", "camembert", "xglm"])
def test_the_tokens_are_those_of_transformers(kind: str, tmp_path: Path) -> None:
    data = model(UNIGRAM, PIECES)
    (tmp_path / "sentencepiece.bpe.model").write_bytes(data)
    ours = Tokenizer.from_str(tokenizer_json(tmp_path / "sentencepiece.bpe.model", kind).decode())
    theirs = transformers_tokenizer(kind, data)
    assert [ours.encode(text).ids for text in TEXTS] == [theirs(text)["input_ids"] for text in TEXTS]
    assert ours.get_vocab_size() == len(theirs)
    ids = ours.encode("the there the").ids
    assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=True) == "the there the"


@pytest.mark.parametrize("kind", ["xlm-roberta", "camembert"])
def test_a_masked_model_arrives_with_its_special_tokens(kind: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    (source / "sentencepiece.bpe.model").write_bytes(model(UNIGRAM, PIECES))
    (source / "config.json").write_text(json.dumps({"model_type": kind}))
    names = ("sentencepiece.bpe.model", "config.json")
    change(source, target, names, lambda old, new: new.write_bytes(old.read_bytes()))
    tokenizer, special = open_with_special_tokens(target)
    assert special.start == (tokenizer.token_to_id("<s>"),)
    assert special.end == (tokenizer.token_to_id("</s>"),)
    assert special.mask == tokenizer.token_to_id("<mask>") == tokenizer.get_vocab_size() - 1


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("mbart", model(UNIGRAM, PIECES)),
        ("", model(UNIGRAM, PIECES)),
        ("xlm-roberta", model(BPE, PIECES)),
        ("xlm-roberta", model(UNIGRAM, [*PIECES, "<mask>"])),
        ("xlm-roberta", model(UNIGRAM, PIECES, add_dummy_prefix=False)),
        ("xlm-roberta", b""),
    ],
)
def test_others_are_one_sentence(kind: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "sentencepiece.bpe.model").write_bytes(data)
    with pytest.raises(ModelError, match="of a kind that Writer cannot read"):
        tokenizer_json(tmp_path / "sentencepiece.bpe.model", kind)
