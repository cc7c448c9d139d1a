"""What goes with a model, and which one writes then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from writer.corpus.private_cache import corpus_cache
from writer.models import manifest as manifests
from writer.models.manifest import Manifest
from writer.models.store import ModelStore
from writer.training.publish import erase, successor


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def model(model_id: str, base: str = "") -> Callable[[Path], Manifest]:
    def build(part: Path) -> Manifest:
        (part / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
        (part / "tokenizer.json").write_text("{}")
        save_file({"x": np.ones((8, 8), np.float32)}, part / "model.safetensors")
        return Manifest(id=model_id, name=model_id, base=base, languages=("en",) if base else ())

    return build


def what_was_read() -> Path:
    file = corpus_cache() / "a" / "texts.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("private")
    return file


def test_a_removed_model_is_followed_by_the_version_before_or_its_base(store: ModelStore) -> None:
    store.install("tiny", model("tiny"))
    for name in ("personal-1", "personal-2"):
        store.install(name, model(name, base="tiny"))
    assert [successor(store, name) for name in ("personal-2", "personal-1", "tiny", "none")] == [
        "personal-1",
        "tiny",
        "",
        "",
    ]


@pytest.mark.parametrize("damaged", [False, True])
def test_what_a_personal_model_read_goes_with_it(store: ModelStore, damaged: bool) -> None:
    store.install("tiny", model("tiny"))
    store.install("personal-1", model("personal-1", base="tiny"))
    read = what_was_read()
    if damaged:
        (store.folder("personal-1") / manifests.FILE).write_text("{")
        assert successor(store, "personal-1") == ""
    erase(store, "personal-1")
    assert not read.exists()
    assert not store.folder("personal-1").exists()


def test_what_was_read_stays_when_another_model_goes(store: ModelStore) -> None:
    store.install("tiny", model("tiny"))
    read = what_was_read()
    erase(store, "tiny")
    assert read.exists()
