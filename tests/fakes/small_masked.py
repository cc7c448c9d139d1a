"""Small masked models, made and trained in the test run: no weights can be fetched here.

The trained one is a BERT with a WordPiece vocabulary for English and Chinese. In the text that is made for
it, what stands behind a gap decides which word fits, and words have one to four pieces.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from tests.fakes.small_models import make_tokenizer, one_thread

WHO = {"en": ("she", "he", "we", "they"), "zh": ("我们", "老师", "妈妈", "孩子")}
GAPS = {
    "en": (
        ("{who} opened the ", "door", " and walked in."),
        ("{who} opened the ", "box", " and took out a letter."),
        ("{who} opened the ", "window", " and looked at the rain."),
        ("{who} opened the ", "umbrella", " and went out in the rain."),
        ("{who} saw the ", "windows", " of the house."),
        ("{who} saw the ", "doors", " of the house."),
    ),
    "zh": (
        ("{who}说这个苹果", "很", "甜。"),
        ("{who}说这个苹果", "不", "甜，也不好吃。"),
        ("今天{who}去", "公园", "散步。"),
        ("今天{who}去", "学校", "上课。"),
        ("今天{who}去", "图书馆", "看书。"),
        ("{who}总是", "一心一意", "地工作。"),
    ),
}
"""What stands before a word, the word, and what follows it."""

_PIECES = ("win", "##dow", "##s", "um", "##brel", "##la")
_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_SMALL = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 64, "intermediate_size": 128}


def make_bert(folder: Path, steps: int = 150) -> Path:
    """A BERT of two layers that has learned which words fit; some seconds on a CPU."""
    tokenizer = _word_pieces()
    _save_tokenizer(tokenizer, folder, *_SPECIALS)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, **_SMALL)
    model: Any = BertForMaskedLM(config)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    chance = random.Random(1)
    with one_thread():
        for _ in range(steps):
            ids, labels = _batch(tokenizer, chance)
            loss = model(ids, attention_mask=(ids != 0).long(), labels=labels).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    model.eval().save_pretrained(folder)
    return folder


def make_roberta(folder: Path) -> Path:
    """A RoBERTa with a byte-level vocabulary, untrained."""
    mask = AddedToken("<mask>", lstrip=True)  # it takes the space before it, as in the real ones
    tokenizer = make_tokenizer(folder, specials=("<s>", "<pad>", "</s>", "<unk>", mask))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    _save_tokenizer(tokenizer, folder, "<pad>", "<unk>", "<s>", "</s>", "<mask>")
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=66, type_vocab_size=1, **_SMALL
    )
    return _save_random(RobertaForMaskedLM(config), folder)


def make_distilbert(folder: Path) -> Path:
    """A DistilBERT with the vocabulary of the BERT, untrained."""
    tokenizer = _word_pieces()
    _save_tokenizer(tokenizer, folder, *_SPECIALS)
    size = tokenizer.get_vocab_size()
    config = DistilBertConfig(
        vocab_size=size, dim=64, n_layers=2, n_heads=4, hidden_dim=128, max_position_embeddings=64
    )
    return _save_random(DistilBertForMaskedLM(config), folder)


def make_xlm_roberta(folder: Path) -> Path:
    """An XLM-RoBERTa with a vocabulary of pieces that know of spaces ("▁"), untrained."""
    texts = [
        (before + word + after).format(who="we") for gaps in GAPS.values() for before, word, after in gaps
    ]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    mask = AddedToken("<mask>", lstrip=True)
    trainer = trainers.UnigramTrainer(
        vocab_size=150,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", mask],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    _save_tokenizer(tokenizer, folder, "<pad>", "<unk>", "<s>", "</s>", "<mask>")
    size = tokenizer.get_vocab_size()
    config = XLMRobertaConfig(vocab_size=size, max_position_embeddings=66, type_vocab_size=1, **_SMALL)
    return _save_random(XLMRobertaForMaskedLM(config), folder)


def make_electra(folder: Path) -> Path:
    """An ELECTRA generator with the vocabulary of the BERT, untrained: a type without a graph of our own."""
    tokenizer = _word_pieces()
    _save_tokenizer(tokenizer, folder, *_SPECIALS)
    config = ElectraConfig(
        vocab_size=tokenizer.get_vocab_size(), embedding_size=32, max_position_embeddings=64, **_SMALL
    )
    return _save_random(ElectraForMaskedLM(config), folder)


def _save_random(model: Any, folder: Path) -> Path:
    """Larger weights than a new model has, so that every layer shows in the result."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    model.eval().save_pretrained(folder)
    return folder


def _word_pieces() -> Tokenizer:
    """Whole words but for those of `_PIECES`; Chinese by the character."""
    words = set(_PIECES)
    for language, gaps in GAPS.items():
        for before, word, after in gaps:
            for who in WHO[language]:
                text = (before + word + after).format(who=who)
                parts = text if language == "zh" else text.replace(".", " .").split()
                words |= {part for part in parts if part not in ("window", "windows", "umbrella")}
    vocabulary = {token: i for i, token in enumerate((*_SPECIALS, *sorted(words)))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    return tokenizer


def _save_tokenizer(
    tokenizer: Tokenizer, folder: Path, pad: str, unknown: str, begin: str, end: str, mask: str
) -> None:
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=pad,
        unk_token=unknown,
        cls_token=begin,
        sep_token=end,
        mask_token=mask,
    )
    fast.save_pretrained(folder)


def _batch(tokenizer: Tokenizer, chance: random.Random) -> tuple[torch.Tensor, torch.Tensor]:
    """All gaps of both languages, with some pieces of the word hidden: ids and labels [gaps, longest].

    At times another word stands there, so that words of another length than the right one's are known to fit.
    """
    rows, labels = [], []
    mask = tokenizer.token_to_id("[MASK]")
    for language, gaps in GAPS.items():
        for before, word, after in gaps:
            if chance.random() < 0.15:
                word = chance.choice(gaps)[1]
            start, pieces, rest = (
                tokenizer.encode(part.format(who=chance.choice(WHO[language])), add_special_tokens=False).ids
                for part in (before, word, after)
            )
            shown = chance.randrange(len(pieces))
            hidden = [mask] * (len(pieces) - shown)
            rows.append([2, *start, *pieces[:shown], *hidden, *rest, 3])
            labels.append([-100] * (1 + len(start) + shown) + pieces[shown:] + [-100] * (len(rest) + 1))
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return ids, torch.tensor([row + [-100] * (longest - len(row)) for row in labels])
