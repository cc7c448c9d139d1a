"""A vocabulary of many languages, trimmed: the same tokens, and the same model, for English and Chinese."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from tests.fakes import small_models
from tests.fakes.small_models import RUSSIAN, SENTENCES
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.engine.tokenizer import trimmed_vocabulary
from writer.engine.tokenizer.trimmed_vocabulary import is_kept, trim
from writer.engine.tokenizer.vocabulary import load_vocabulary
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.suggestions.context import Context


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Gemma 3 that knows Russian words, too."""
    folder = tmp_path_factory.mktemp("models") / "many"
    return small_models.make_gemma(folder, "gemma3", small_models.make_sentencepiece)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small vocabularies count as large ones."""
    monkeypatch.setattr(trimmed_vocabulary, "FEWEST_TOKENS", 1)
    monkeypatch.setattr(trimmed_vocabulary, "UNTOUCHED", 259)


def load(folder: Path) -> LocalEngine:
    engine = loading.load(folder, "cpu", threads=1, precision="float32")
    assert isinstance(engine, LocalEngine)
    return engine


@pytest.mark.parametrize(
    ("token", "kept"),
    [
        ("▁the", True),
        ("▁Straße", False),
        ("é", True),
        ("▁don’t", True),
        ("今天", True),
        ("，“", True),
        ("😀", True),
        ("▁погода", False),
        ("п", True),
        ("の", True),
        ("です", False),
        ("ﷲ", False),
        ("<unused99>", False),
        ("\t\t", True),
    ],
)
def test_a_token_is_kept_for_its_characters(token: str, kept: bool) -> None:
    assert is_kept(token) == kept


def test_texts_of_both_languages_have_the_same_tokens_and_others_become_bytes(many: Path) -> None:
    made = trimmed_vocabulary.trimmed_vocabulary(many, 10_000)
    assert made is not None
    whole, small = load_vocabulary(many), load_vocabulary(many, made.tokenizer)
    assert len(small.token_bytes) == len(made.rows) < len(whole.token_bytes)
    for sentence in SENTENCES:
        assert made.rows[small.encode(sentence)].tolist() == whole.encode(sentence)
    assert small.decode(small.encode(RUSSIAN)).decode() == RUSSIAN
    assert len(small.encode(RUSSIAN)) > len(whole.encode(RUSSIAN))
    assert small.special.stops == whole.special.stops
    assert all(small.token_bytes[new] == whole.token_bytes[old] for new, old in enumerate(made.rows.tolist()))


def test_the_trimmed_model_has_the_logits_of_the_whole_one(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimmed = load(many)
    monkeypatch.setattr(trimmed_vocabulary, "FEWEST_TOKENS", 100_000)
    whole = load(many)
    made = trimmed_vocabulary.trimmed_vocabulary(many, 100_000)
    assert made is not None
    assert trimmed._decoder.vocabulary == len(made.rows) < whole._decoder.vocabulary
    for sentence in SENTENCES:
        ids = trimmed._vocabulary.encode(sentence)
        old = made.rows[ids].tolist()
        one = trimmed._decoder.forward(ids, 0, len(ids), trimmed._decoder.new_kv_cache())
        other = whole._decoder.forward(old, 0, len(old), whole._decoder.new_kv_cache())
        assert np.abs(one - other[:, made.rows]).max() < 1e-4
    assert list(trimmed.continue_text(Context(SENTENCES[0][:20]), Parameters(max_tokens=3), lambda: False))
    trimmed.close()
    whole.close()


def test_it_is_made_once_and_again_for_another_tokenizer(many: Path, tmp_path: Path) -> None:
    content = json.loads((many / "tokenizer.json").read_text("utf-8"))
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), "utf-8")
    first = trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000)
    again = trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000)
    assert first is not None
    assert again is not None
    assert first.tokenizer == again.tokenizer
    (tmp_path / "tokenizer.json").write_text(json.dumps(content, indent=1), "utf-8")
    other = trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000)
    assert other is not None
    assert other.tokenizer != first.tokenizer
    assert not first.tokenizer.parent.exists()


def test_pairs_are_written_short_where_they_can_be(many: Path, tmp_path: Path) -> None:
    content = json.loads((many / "tokenizer.json").read_text("utf-8"))
    model = content["model"]
    model["vocab"] |= {" ": len(model["vocab"]), "a ": len(model["vocab"]) + 1}
    spaced = {**content, "model": {**model, "merges": [*model["merges"], ["a", " "]]}}
    for whole, kind in ((content, str), (spaced, list)):
        found = trim(whole, 10_000)
        assert found is not None
        assert {type(pair) for pair in found[0]["model"]["merges"]} == {kind}
        (tmp_path / "tokenizer.json").write_text(json.dumps(whole), "utf-8")
        made = trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000)
        assert made is not None
        small, all_tokens = Tokenizer.from_file(str(made.tokenizer)), Tokenizer.from_str(json.dumps(whole))
        for sentence in SENTENCES:
            assert made.rows[small.encode(sentence).ids].tolist() == all_tokens.encode(sentence).ids


def test_models_of_other_languages_and_other_tokenizers_stay_whole(many: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((many / "tokenizer.json").read_bytes())
    manifests.write(tmp_path, Manifest("mine", "Mine", languages=("en", "de")))
    assert trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000) is None
    manifests.write(tmp_path, Manifest("mine", "Mine", languages=("en", "zh")))
    assert trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000) is not None
    byte_level = small_models.make_tokenizer(tmp_path)
    assert trim(json.loads(byte_level.to_str()), 10_000) is None
    assert trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000) is None
    for damaged in ("[]", '{"model": []}', '{"model": {"type": "BPE", "byte_fallback": true}}'):
        (tmp_path / "tokenizer.json").write_text(damaged, "utf-8")
        assert trimmed_vocabulary.trimmed_vocabulary(tmp_path, 10_000) is None
