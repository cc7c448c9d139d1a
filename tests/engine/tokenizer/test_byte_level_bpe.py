"""The program's own byte-level BPE: the ids of the library, which is not opened for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.fakes.hostile_models import tokenizer_json
from writer.engine.tokenizer.text_tokenizer import BpeTokenizer, LibraryTokenizer
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary

STEP = 61
"""Of the characters of Unicode each so many one is tried."""

TEXTS = st.text(
    st.sampled_from("ab  '\n\tstlmdve ST19²½中，。éё\u3000\x85\x1f😀'lr_-<|>"), max_size=60
) | st.text(max_size=40)


def library(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def kind(vocabulary: Vocabulary) -> type:
    return type(vocabulary._tokenizer)


def by_rules(folder: Path) -> Vocabulary:
    """The vocabulary, loaded a second time."""
    load_vocabulary(folder)
    vocabulary = load_vocabulary(folder)
    assert kind(vocabulary) is BpeTokenizer
    return vocabulary


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_ids_are_those_of_the_library(gpt2: Path, text: str) -> None:
    assert by_rules(gpt2).encode(text) == library(gpt2).encode(text, add_special_tokens=False).ids


def characters() -> Iterator[str]:
    return (chr(code) for code in range(0, 0x32000, STEP) if not 0xD800 <= code < 0xE000)


def test_all_scripts_are_split_as_by_the_library(starter: Path) -> None:
    vocabulary, tokenizer = by_rules(starter), library(starter)
    texts = [f"a{c}1{c} {c}{c}  {c}b '{c}" for c in characters()]
    texts += ["it's  12³ and\n\n  we'll\t", "ab" * 4000, "<|im_end|> it", "\x04"]
    for text in texts:
        assert vocabulary.encode(text) == tokenizer.encode(text, add_special_tokens=False).ids, text


def test_names_have_the_ids_of_the_library(starter: Path) -> None:
    vocabulary, tokenizer = by_rules(starter), library(starter)
    for name in ("the", "Ġthe", " the", "中", "<|im_end|>", "no such token"):
        assert vocabulary.id_of(name) == tokenizer.token_to_id(name), name


OPEN = """
import sys
from pathlib import Path
from writer.engine.tokenizer.vocabulary import load_vocabulary
assert load_vocabulary(Path(sys.argv[1])).encode("It rained.")
assert "tokenizers" not in sys.modules
"""


def test_the_library_stays_closed(starter: Path) -> None:
    load_vocabulary(starter)
    subprocess.run([sys.executable, "-c", OPEN, starter], check=True)


def test_damaged_merges_are_made_again(gpt2: Path, tmp_path: Path, logged_errors) -> None:
    (tmp_path / "tokenizer.json").write_bytes((gpt2 / "tokenizer.json").read_bytes())
    whole = by_rules(tmp_path)
    (file,) = (tmp_path / ".writer").glob("merges-*.npz")
    content = file.read_bytes()
    for damaged in (content[:500], b"", content.replace(b"digits_apart", b"digits_away!")):
        file.write_bytes(damaged)
        assert kind(load_vocabulary(tmp_path)) is LibraryTokenizer
        assert file.read_bytes() == content
        again = load_vocabulary(tmp_path)
        assert kind(again) is BpeTokenizer
        assert again.encode("It is 12.") == whole.encode("It is 12.")


def test_what_is_declared_chooses_the_file(gpt2: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((gpt2 / "tokenizer.json").read_bytes())
    assert by_rules(tmp_path).special.stops == frozenset()
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"eos_token": "a"}))
    changed = load_vocabulary(tmp_path)
    assert kind(changed) is LibraryTokenizer
    assert changed.special == load_vocabulary(tmp_path).special
    assert changed.special.stops == {changed.id_of("a")}


@pytest.mark.parametrize(
    "more",
    [
        {"normalizer": {"type": "NFC"}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"pre_tokenizer": None},
    ],
)
def test_other_tokenizers_are_left_to_the_library(tmp_path: Path, more: dict[str, object]) -> None:
    (tmp_path / "tokenizer.json").write_text(tokenizer_json(**more))
    load_vocabulary(tmp_path)
    assert kind(load_vocabulary(tmp_path)) is LibraryTokenizer
    assert not list((tmp_path / ".writer").glob("merges-*.npz"))
