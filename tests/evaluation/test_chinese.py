"""Chinese through the whole way: a byte-level and a character model, pinyin keys, clean text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel

from writer.engine import loading
from writer.engine.protocol import Engine, Parameters
from writer.evaluation.cached_suggester import CachedSuggester
from writer.evaluation.documents import Passage
from writer.evaluation.metrics import ratio_metrics
from writer.evaluation.simulated_typist import replay
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context
from writer.text.characters import is_han
from writer.text.words import first_word

SENTENCES = (
    "我喜欢吃苹果，也喜欢喝茶。",
    "今天天气很好，我们去公园散步。",
    "他用 Qt 写了一个窗口，大家都说很好用。",
)
TEXT = "\n".join(SENTENCES)
SPECIALS = ("[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def make_character_model(folder: Path) -> Path:
    """A GPT-2 with the tokenizer of BERT, as the Chinese GPT-2 models have; it knows three sentences."""
    characters = sorted({c for c in TEXT if not c.isspace() and not c.isascii()})
    vocabulary = {word: i for i, word in enumerate([*SPECIALS, *characters, "qt", "##t", "q", "，。"])}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(list(SPECIALS))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(vocabulary),
        n_positions=128,
        n_embd=64,
        n_layer=2,
        n_head=4,
        bos_token_id=3,
        eos_token_id=4,
    )
    model = GPT2LMHeadModel(config)
    rows = [[3, *tokenizer.encode(s, add_special_tokens=False).ids, 4] for s in SENTENCES]
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    labels = ids.masked_fill(ids == 0, -100)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(100):
        loss = model(ids, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def character_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_character_model(tmp_path_factory.mktemp("models") / "characters")


@pytest.fixture(params=["gpt2", "character_model"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    loaded = loading.load(request.getfixturevalue(request.param))
    yield loaded
    loaded.close()


def suggest(engine: Engine, before: str) -> str:
    return (
        CachedSuggester(engine, Parameters(by_words=True))
        .suggest(Context(before, language="zh"), BuilderRules())
        .suggestion.text
    )


@pytest.mark.parametrize("before", ["今天天气很好，", "我喜欢吃苹果，也", "他用 Qt 写了", "大家都说", "龘"])
def test_what_is_suggested_has_two_characters(engine: Engine, before: str) -> None:
    for floor in (0.0, 0.01):  # at the position "always", too
        parameters = Parameters(by_words=True, max_tokens=1, floor=floor)
        tokens = engine.continue_text(Context(before, language="zh"), parameters, lambda: False)
        text = b"".join(token.text for token in tokens).decode()
        assert len(text) != 1 or not is_han(text)


def test_what_was_learned_is_suggested_clean(engine: Engine) -> None:
    assert suggest(engine, "今天天气很好，").startswith("我们去公园")
    assert suggest(engine, "我喜欢吃苹果，").startswith("也喜欢")


def test_the_next_word_is_segmented(character_model: Path) -> None:
    engine = loading.load(character_model)
    try:
        assert first_word(suggest(engine, "今天天气很好，我们去")) == "公园"
    finally:
        engine.close()


@pytest.mark.parametrize("before", ["今天", "我", "龘", "他用 Q", "x ", "我喜欢吃苹果，也", "“", "天气 "])
def test_nothing_stray_is_suggested(engine: Engine, before: str) -> None:
    text = suggest(engine, before)
    assert not any(marker in text for marker in ("[", "]", "#", "\ufffd", "\n"))
    assert not any(a.isspace() for a, b in pairwise(text) if not b.isascii())


def test_pinyin_keys_are_saved(engine: Engine) -> None:
    text = SENTENCES[1]
    passage = Passage("a", "", text, 2, len(text))
    steps = list(replay(passage, CachedSuggester(engine, Parameters(by_words=True)), BuilderRules()))
    saved = ratio_metrics({passage: steps})["keystrokes_saved"].value
    assert saved is not None
    assert saved > 0.5
