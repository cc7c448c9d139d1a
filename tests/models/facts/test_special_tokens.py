"""Start and stop tokens as the model's own files state them, whatever else the vocabulary holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

from writer.engine.generation.prompt import PromptBuilder
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary
from writer.models.facts.token_check import why_tokens_do_not_fit
from writer.suggestions.context import Context

LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())


def folder_of(folder: Path, tokens: list[str], special: list[str], start: str = "", **files: Any) -> Path:
    """A folder with a byte-level tokenizer of `tokens`, of which `start` is put before each text."""
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate([*tokens, *LETTERS])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in special])
    if start:
        pair = [(start, tokens.index(start))]
        tokenizer.post_processor = processors.TemplateProcessing(f"{start} $A", special_tokens=pair)
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return folder


def prompt_start(vocabulary: Vocabulary) -> list[int]:
    ids = PromptBuilder(vocabulary, 100).prompt(Context("a"), heal=False).ids
    return list(ids[: -len(vocabulary.encode("a"))])


@pytest.mark.parametrize("start", ["<bos>", "<|begin_of_text|>"])
def test_what_the_tokenizer_puts_in_front_begins_a_text(tmp_path: Path, start: str) -> None:
    """Gemma has an ordinary entry "<s>", and Llama 3 a name that no list has."""
    tokens = ["<pad>", "<eos>", start, "<s>", "<|endoftext|>"]
    folder_of(
        tmp_path, tokens, ["<pad>", "<eos>", start], start, config={"model_type": "gemma", "eos_token_id": 1}
    )
    vocabulary = load_vocabulary(tmp_path)
    assert prompt_start(vocabulary) == [2]
    assert vocabulary.special.stops == {1}
    assert vocabulary.token_bytes[3] == b"<s>"


def test_a_declared_start_token_begins_a_text(tmp_path: Path) -> None:
    """OPT's tokenizer is two lists without a post-processor, and its start token is called "</s>"."""
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"]
    (tmp_path / "vocab.json").write_text(
        json.dumps({token: i for i, token in enumerate([*tokens, *LETTERS])})
    )
    (tmp_path / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    said = {"add_bos_token": True, "bos_token": {"content": "</s>"}, "eos_token": "</s>", "unk_token": "</s>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(said | {"tokenizer_class": "GPT2Tokenizer"}))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "opt", "eos_token_id": 2}))
    vocabulary = load_vocabulary(tmp_path)
    assert prompt_start(vocabulary) == [2]
    assert vocabulary.special.stops == {2}
    assert vocabulary.encode("a</s>") == [*vocabulary.encode("a"), 2]


@pytest.mark.parametrize(
    ("config", "said", "start"),
    [
        ({"bos_token_id": 0, "eos_token_id": 0}, {}, [0]),
        (
            {"bos_token_id": 1, "eos_token_id": 2},
            {"unk_token": "<|endoftext|>", "chat_template": "{{'<|im_start|>' + role}}"},
            [0],
        ),
        ({"bos_token_id": 1, "eos_token_id": 2}, {}, [1]),
        (
            {"eos_token_id": 0},
            {"bos_token": None, "eos_token": "<|im_end|>", "chat_template": "<|im_end|>"},
            [0],
        ),
        ({"bos_token_id": 90_000, "eos_token_id": 90_000}, {}, []),
        ({"text_config": {"bos_token_id": 0, "eos_token_id": [2, 0]}}, {"eos_token": "<|im_end|>"}, [0]),
        ({}, {"bos_token": "<|im_start|>", "chat_template": "{{'<|im_start|>' + role}}"}, [1]),
    ],
)
def test_a_token_between_documents_begins_a_text(
    tmp_path: Path, config: dict[str, Any], said: dict[str, Any], start: list[int]
) -> None:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    folder_of(tmp_path, special, special, config=config, tokenizer_config=said)
    assert prompt_start(load_vocabulary(tmp_path)) == start


def test_the_manifest_comes_first(tmp_path: Path) -> None:
    special = ["<|endoftext|>", "<|im_start|>"]
    folder_of(tmp_path, special, special, config={"bos_token_id": 0, "eos_token_id": 0})
    manifest = {"id": "a", "name": "A", "files": [], "prefix": "<|im_start|>"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert prompt_start(load_vocabulary(tmp_path)) == [1]


def test_added_tokens_that_are_text_are_read_and_written(tmp_path: Path) -> None:
    """GPT-NeoX has runs of spaces among its added tokens; marks such as those of tools are not written."""
    folder_of(tmp_path, ["<|endoftext|>"], ["<|endoftext|>"], config={"model_type": "gpt_neox"})
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    tokenizer.add_tokens([AddedToken("    ", normalized=True), AddedToken("<tool>"), AddedToken("写作")])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    vocabulary = load_vocabulary(tmp_path)
    for text in ("a    b", "<tool>x", "他写作"):
        assert vocabulary.decode(vocabulary.encode(text)) == text.encode()
    spaces, tool = (vocabulary.id_of(token) for token in ("    ", "<tool>"))
    assert spaces in vocabulary.allowed
    assert tool not in vocabulary.allowed


@pytest.mark.parametrize("said", [{}, {"do_lower_case": False}, {"do_lower_case": True}])
@pytest.mark.parametrize("cased", [True, False])
def test_cased_words_keep_their_capitals(tmp_path: Path, said: dict[str, Any], cased: bool) -> None:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "qt", "天", *(["Qt"] if cased else [])]
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2", "bos_token_id": 50256}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(said))
    vocabulary = load_vocabulary(tmp_path)
    lowered = said.get("do_lower_case", not cased)
    assert vocabulary.encode("Qt天") == [5 if lowered else 7 if cased else 1, 6]
    assert prompt_start(vocabulary) == [2]
    assert vocabulary.special.end == (3,)
    assert vocabulary.special.mask == 4


@pytest.mark.parametrize("name", ["config", "tokenizer_config", "special_tokens_map", "generation_config"])
@pytest.mark.parametrize("content", ["[1]", "{", '{"bos_token": [], "eos_token_id": [true, -1, 1e9, "x"]}'])
def test_damaged_files_state_nothing(tmp_path: Path, name: str, content: str) -> None:
    folder_of(tmp_path, ["<s>"], ["<s>"])
    (tmp_path / f"{name}.json").write_text(content)
    assert prompt_start(load_vocabulary(tmp_path)) == []


def test_ids_beyond_the_embedding_are_named(tmp_path: Path) -> None:
    rows = len(LETTERS) + 1
    folder_of(tmp_path, ["<s>"], ["<s>"], "<s>", config={"model_type": "llama", "vocab_size": rows})
    assert why_tokens_do_not_fit(tmp_path) == ""
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    tokenizer.add_special_tokens(["<|more|>"])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert why_tokens_do_not_fit(tmp_path) == ""
    tokenizer.post_processor = processors.TemplateProcessing(
        "<|more|> $A", special_tokens=[("<|more|>", rows)]
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert str(why_tokens_do_not_fit(tmp_path)).startswith(
        f"The list of words of this model has a token {rows}"
    )
