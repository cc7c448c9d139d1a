"""Models with a SentencePiece tokenizer, or with eyes, arrive as a model for text that is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, load_file, save
from tokenizers import Tokenizer

from tests.benchmarks.downloads import ID, NAME, QUICK
from tests.fakes.hostile_models import tokenizer_json
from tests.fakes.hub_server import HubServer, Repository, make_files
from tests.models.convert.test_sentencepiece import BPE, model
from writer.models.download.fetcher import ModelFetcher
from writer.models.library.import_model import ModelImporter
from writer.models.manifest import ModelError
from writer.models.model_folder import ModelFolder, verify
from writer.models.store import ModelStore

THREE_WORDS = tokenizer_json({"a": 0, "b": 1, "c": 2}).encode()
PIECES = model(BPE, ["▁t", "he", "▁the", "▁", "t", "h", "e"])


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        running.repositories[NAME] = Repository(make_files())
        yield running


def arrived(way: str, store: ModelStore, server: HubServer, tmp_path: Path) -> ModelFolder:
    """The model of the server, got from it or imported from a folder with its files."""
    if way == "hub":
        return ModelFetcher(store, server.address, QUICK).get(NAME)
    folder = tmp_path / "small"
    folder.mkdir()
    for name, content in server.repositories[NAME].files.items():
        if "/" not in name:
            (folder / name).write_bytes(content)
    return ModelImporter(store).import_model(folder)


@pytest.mark.parametrize("way", ["hub", "folder"])
def test_a_sentencepiece_model_is_converted(
    tmp_path: Path, store: ModelStore, server: HubServer, way: str
) -> None:
    files = server.repositories[NAME].files
    del files["tokenizer.json"]
    files |= {"tokenizer.model": PIECES, "tokenizer_config.json": b'{"add_bos_token": false}'}
    found = arrived(way, store, server, tmp_path)
    verify(found)
    tokenizer = Tokenizer.from_file(str(found.path / "tokenizer.json"))
    assert tokenizer.encode("the").tokens == ["▁the"]
    assert (found.path / "model.safetensors").read_bytes() == files["model.safetensors"]
    assert [p.name for p in store.directory.iterdir() if not p.name.endswith(".lock")] == [found.id]


def test_a_list_of_words_of_another_kind_is_refused_before_the_weights(
    store: ModelStore, server: HubServer
) -> None:
    files = server.repositories[NAME].files
    del files["tokenizer.json"]
    files["tokenizer.model"] = b"IQ== 0\nIg== 1\n"
    with pytest.raises(ModelError, match=r"list of words of this model .tokenizer\.model"):
        ModelFetcher(store, server.address, QUICK).get(NAME)
    assert not [path for path, _ in server.asked if path.endswith(".safetensors")]
    assert not [p for p in store.directory.iterdir() if not p.name.endswith(".lock")]


def test_words_beyond_the_embedding_are_refused_before_the_weights(
    store: ModelStore, server: HubServer
) -> None:
    files = server.repositories[NAME].files
    config = json.loads(files["config.json"])
    files |= {"config.json": json.dumps(config | {"vocab_size": 2}).encode(), "tokenizer.json": THREE_WORDS}
    with pytest.raises(ModelError, match="its weights end at 1"):
        ModelFetcher(store, server.address, QUICK).get(NAME)
    assert not [path for path, _ in server.asked if path.endswith(".safetensors")]


@pytest.mark.parametrize("way", ["hub", "folder"])
@pytest.mark.parametrize("sharded", [False, True])
def test_a_model_arrives_without_its_eyes(
    tmp_path: Path, store: ModelStore, server: HubServer, way: str, sharded: bool
) -> None:
    files = server.repositories[NAME].files
    config: dict[str, Any] = {
        "model_type": "llava",
        "architectures": ["LlavaForConditionalGeneration"],
        "text_config": {"model_type": "llama"},
    }
    files["config.json"] = json.dumps(config).encode()
    tensors = {
        "language_model.model.norm.weight": np.arange(4, dtype=np.float16),
        "vision_tower.x": np.ones(9, np.float32),
        "language_model.lm_head.weight": np.ones((2, 2), np.float32),
    }
    files["model.safetensors"] = save(tensors, {"format": "pt"})
    if sharded:
        whole = load(files.pop("model.safetensors"))
        files |= {f"{name}.safetensors": save({name: value}) for name, value in whole.items()}
        index = {"weight_map": {name: f"{name}.safetensors" for name in whole}}
        files["model.safetensors.index.json"] = json.dumps(index).encode()
    found = arrived(way, store, server, tmp_path)
    verify(found)
    assert {p.name for p in found.path.iterdir()} == {
        "config.json",
        "manifest.json",
        "model.safetensors",
        "tokenizer.json",
    }
    assert (found.id, found.config()["model_type"]) == (ID if way == "hub" else "small", "llama")
    weights = load_file(found.weights[0])
    assert weights.keys() == {"model.norm.weight", "lm_head.weight"}
    assert np.array_equal(weights["model.norm.weight"], np.arange(4, dtype=np.float16))
