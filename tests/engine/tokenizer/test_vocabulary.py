"""Tokens and bytes: the three kinds of tokenizers, prefixes, and prompts that stand still while typing."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from tests.fakes.hostile_models import panicking_tokenizer, tokenizer_json
from writer.engine.generation.prompt import PromptBuilder
from writer.engine.protocol import EngineError
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.suggestions.context import Context


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_byte_level_pieces_add_up_to_the_text(gpt2: Path, text: str) -> None:
    vocabulary = load_vocabulary(gpt2)
    assert vocabulary.decode(vocabulary.encode(text)) == text.encode("utf-8", errors="replace")


def test_markers_are_never_offered(gpt2: Path) -> None:
    vocabulary = load_vocabulary(gpt2)
    assert vocabulary.token_bytes[0] == b""
    assert 0 not in vocabulary.allowed
    assert 0 in vocabulary.special_ids


def test_matching_finds_what_agrees_with_a_prefix(gpt2: Path) -> None:
    vocabulary = load_vocabulary(gpt2)
    prefix = b" gre"
    expected = [
        i
        for i, piece in enumerate(vocabulary.token_bytes)
        if piece and (piece.startswith(prefix) or prefix.startswith(piece))
    ]
    assert vocabulary.matching(prefix).tolist() == expected
    assert len(expected) > 2


def test_sentence_pieces(tmp_path: Path) -> None:
    words = {"<unk>": 0, "▁": 1, "▁the": 2, "<0xE6>": 3, "我": 4, "s": 5}
    tokenizer = Tokenizer(models.BPE(vocab=words, merges=[], unk_token="<unk>", byte_fallback=True))
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback()])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    pieces = list(load_vocabulary(tmp_path).token_bytes)
    assert pieces == [b"", b" ", b" the", b"\xe6", "我".encode(), b"s"]


def test_chinese_word_pieces_join_and_latin_words_stand_apart(tmp_path: Path) -> None:
    words = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "我", "##们", "the", "##se", "，", "5"]
    vocabulary = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    loaded = load_vocabulary(tmp_path)
    assert list(loaded.token_bytes) == [
        b"", b"", b"", b"", b"", "我".encode(), "们".encode(), b" the", b"se", "，".encode(), b" 5",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [1 << 22, (1 << 31) - 1, (1 << 32) - 1])
def test_token_ids_that_cannot_be_are_a_sentence(tmp_path: Path, number: int) -> None:
    (tmp_path / "tokenizer.json").write_text(tokenizer_json({"a": 0, "b": number}))
    with pytest.raises(EngineError, match="no usable numbers"):
        load_vocabulary(tmp_path)


@pytest.mark.parametrize("number", [1 << 24, (1 << 31) - 1, -1, 1.5, None, "x", []])
def test_ids_that_cannot_be_take_no_memory(tmp_path: Path, number: object) -> None:
    """For an id of 2,147,483,647 the library would take eight gigabytes."""
    (tmp_path / "vocab.json").write_text(json.dumps({"a": 0, "b": number}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    with pytest.raises(EngineError, match=r"cannot be read \(Expected `int`"):
        load_vocabulary(tmp_path)


def test_a_tokenizer_without_tokens_is_a_sentence(tmp_path: Path) -> None:
    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(EngineError, match="cannot be read"):
        load_vocabulary(tmp_path)


def test_a_byte_that_is_none_is_a_text(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.BPE(vocab={"<0xZZ>": 0, "<0x41>": 1}, merges=[]))
    tokenizer.decoder = decoders.ByteFallback()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert list(load_vocabulary(tmp_path).token_bytes) == [b"<0xZZ>", b"A"]


def test_a_tokenizer_without_end_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").touch()
    os.truncate(tmp_path / "tokenizer.json", 5 << 30)
    with pytest.raises(EngineError, match="too large"):
        load_vocabulary(tmp_path)


def test_a_damaged_tokenizer_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": 5}))
    with pytest.raises(EngineError, match="cannot be read"):
        load_vocabulary(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(EngineError, match="lacks its list of words"):
        load_vocabulary(tmp_path)


@pytest.mark.parametrize(
    ("before", "healed_prefix"),
    [
        ("The gre", " gre"),
        ("The great ", " "),
        ("The great", " great"),
        ("The end.", ""),
        ("Hello (wor", "wor"),
        ("don't", "don't"),
        ("我喜欢吃苹", ""),
        ("我用 Qt", " Qt"),
        ("我用Qt", "Qt"),
        ("Qt 写", ""),
        ("line\n", ""),
        ("", ""),
        ("x" * 60, ""),
    ],
)
def test_the_last_word_is_healed(gpt2: Path, before: str, healed_prefix: str) -> None:
    prompt_builder = PromptBuilder(load_vocabulary(gpt2), 100)
    assert prompt_builder.prompt(Context(before), heal=True).healed_prefix == healed_prefix.encode()


def test_prompt_and_owed_bytes_are_the_text(gpt2: Path) -> None:
    vocabulary = load_vocabulary(gpt2)
    prompt_builder = PromptBuilder(vocabulary, 100)
    text = "She opened the door — 我喜欢吃苹果 😀 and wal"
    prompt = prompt_builder.prompt(Context(text), heal=True)
    assert vocabulary.decode(prompt.ids) + prompt.healed_prefix == text.encode()


def test_the_window_moves_in_large_steps(gpt2: Path) -> None:
    vocabulary = load_vocabulary(gpt2)
    prompt_builder = PromptBuilder(vocabulary, 90)
    text = "The quick brown fox jumps over the lazy dog. " * 30
    starts = []
    for end in range(200, len(text)):
        prompt = prompt_builder.prompt(Context(text[:end]), heal=True)
        assert len(prompt.ids) <= 90
        starts.append(prompt.ids[:6])
    moves = sum(a != b for a, b in itertools.pairwise(starts))
    tokens = len(vocabulary.encode(text))
    assert 0 < moves <= tokens / 25


def test_the_title_stands_in_front_while_there_is_room(gpt2: Path) -> None:
    vocabulary = load_vocabulary(gpt2)
    prompt_builder = PromptBuilder(vocabulary, 90)
    short = prompt_builder.prompt(Context("She opened", title="The garden"), heal=True)
    assert vocabulary.decode(short.ids) + short.healed_prefix == b"# The garden\n\nShe opened"
    long = prompt_builder.prompt(Context("She opened the door. " * 40, title="The garden"), heal=True)
    assert b"# The garden" not in vocabulary.decode(long.ids)


def test_what_stands_in_front_stays_there_when_a_text_is_shortened(gpt2: Path) -> None:
    prompt_builder = PromptBuilder(load_vocabulary(gpt2), 90)
    ids = prompt_builder.prompt(Context("She opened the door. " * 10), heal=False).ids
    assert prompt_builder.truncate(ids, 20) == [ids[0], *ids[-19:]]
    assert prompt_builder.truncate(ids, len(ids)) == list(ids)


def test_the_moved_window_is_known_some_words_before(gpt2: Path) -> None:
    vocabulary = load_vocabulary(gpt2)
    prompt_builder = PromptBuilder(vocabulary, 90)
    text = "The quick brown fox jumps over the lazy dog. " * 30
    announced: set[tuple[int, ...]] = set()
    start = ()
    for end in range(10, len(text)):
        context = Context(text[:end])
        prompt = prompt_builder.prompt(context, heal=True)
        if start and prompt.ids[:6] != start and len(prompt.ids) > 6:
            assert any(prompt.ids[:20] == ids[:20] for ids in announced), end
        start = prompt.ids[:6] if len(prompt.ids) > 6 else ()
        if (upcoming := prompt_builder.next_window_prompt(context)) is not None:
            announced.add(upcoming.ids)
    assert announced


def test_the_table_beside_the_model_is_the_same_as_a_fresh_one(gpt2: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((gpt2 / "tokenizer.json").read_bytes())
    fresh = load_vocabulary(tmp_path)
    (table,) = (tmp_path / ".writer").glob("pieces-*.npz")
    for content in (table.read_bytes(), table.read_bytes()[:500], b""):
        table.write_bytes(content)
        kept = load_vocabulary(tmp_path)
        assert list(kept.token_bytes) == list(fresh.token_bytes)
        assert kept.allowed.tolist() == fresh.allowed.tolist()
        assert kept.matching(b" gre").tolist() == fresh.matching(b" gre").tolist()
    (tmp_path / "tokenizer.json").write_text((gpt2 / "tokenizer.json").read_text() + " ")
    load_vocabulary(tmp_path)
    (other,) = (tmp_path / ".writer").glob("pieces-*.npz")
    assert other != table


def test_a_tokenizer_that_panics_is_an_error(tmp_path: Path) -> None:
    """The library's own class is no Exception, and would end the thread."""
    (tmp_path / "tokenizer.json").write_text(panicking_tokenizer())
    vocabulary = load_vocabulary(tmp_path)
    assert vocabulary.encode("ab") == [0, 1]
    with pytest.raises(EngineError, match="cannot read the text"):
        vocabulary.encode("a" * 5000)


@pytest.mark.parametrize("pattern", [r"(?:.|..){16}(?!.|\n)(?<!.)", r"(?:.|..){30}(?<!.)"])
def test_a_tokenizer_with_a_slow_pattern_is_refused_soon(tmp_path: Path, pattern: str) -> None:
    """While it encodes, no other thread runs."""
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    (tmp_path / "tokenizer.json").write_text(tokenizer_json(pre_tokenizer=split))
    began = time.thread_time()
    with pytest.raises(EngineError, match="it is too slow"):
        load_vocabulary(tmp_path)
    assert time.thread_time() - began < 5


@pytest.mark.parametrize("number", [1 << 31, (1 << 32) - 1, 1 << 32])
def test_tokens_with_large_numbers_are_refused_in_little_memory(tmp_path: Path, number: int) -> None:
    added = {"id": number, "content": "<x>", "special": True}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    tracemalloc.start()
    for text in (tokenizer_json({"a": 0, "b": number}), tokenizer_json(added_tokens=[added | flags])):
        (tmp_path / "tokenizer.json").write_text(text)
        with contextlib.suppress(EngineError):  # the library gives added tokens numbers of its own
            load_vocabulary(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
