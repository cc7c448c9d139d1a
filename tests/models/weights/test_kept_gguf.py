"""A model whose weights stay in a GGUF file is the one that widening its weights gives, bit for bit."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.models.conftest import write_gguf
from writer.engine.protocol import EngineError
from writer.engine.weights.weights import Weights
from writer.models import memory_estimate
from writer.models.adapters.widened import widened
from writer.models.convert import gguf_own
from writer.models.library.export_model import export
from writer.models.library.import_model import ModelImporter
from writer.models.manifest import Manifest, ModelError, describe
from writer.models.model_folder import ModelFolder, open_folder, verify
from writer.models.store import ModelStore
from writer.models.weights import gguf_blocks
from writer.models.weights.gguf_index import GGUF, GGUF_INDEX

QUERIES = "model.layers.0.self_attn.q_proj.weight"
TOKENS = "model.embed_tokens.weight"


@pytest.fixture(params=["Q4_1", "Q4_0", "Q8_0", "F16", "F32"])
def layers(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


def convert(folder: Path, keep: bool, layers: str = "Q4_1") -> Path:
    folder.mkdir()
    write_gguf(folder / "source.gguf", layers=layers)
    gguf_own.convert(folder / "source.gguf", folder, keep=keep)
    return folder


@pytest.fixture
def kept(store: ModelStore) -> ModelFolder:
    def build(part: Path) -> Manifest:
        write_gguf(part / "source.gguf")
        gguf_own.convert(part / "source.gguf", part, keep=True)
        return Manifest(id="kept", name="Kept", languages=("en",))

    return store.install("kept", build)


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q8_0"])
@pytest.mark.parametrize("rows", [1, 3, 4000])
def test_blocks_are_what_the_library_says(kind: str, rows: int) -> None:
    rng = np.random.default_rng(rows)
    data = rng.integers(0, 256, (rows, gguf_blocks.row_bytes(kind, 96)), np.uint8)
    blocks = data.reshape(rows, 3, -1)
    blocks[:, :, :2] = rng.normal(0, 3, (rows, 3, 1)).astype(np.float16).view(np.uint8)
    if kind == "Q4_1":
        blocks[:, :, 2:4] = rng.normal(0, 3, (rows, 3, 1)).astype(np.float16).view(np.uint8)
    theirs = gguf.dequantize(data, gguf.GGMLQuantizationType[kind])
    assert np.array_equal(gguf_blocks.widen(data, kind), theirs)
    assert gguf_blocks.columns_of(kind, data.shape[1]) == 96
    found = gguf_blocks.eight_bits(data, kind)
    assert (found is None) == (kind != "Q8_0")
    if found is not None:
        codes, scales = found
        ours = (codes.astype(np.float32) - 128) * scales[:, :, None]
        assert np.array_equal(ours.reshape(rows, 96), theirs)


def test_the_tensors_are_those_of_the_widened_model(tmp_path: Path, layers: str) -> None:
    ours = Weights(convert(tmp_path / "kept", True, layers))
    folder = convert(tmp_path / "widened", False, layers)
    theirs, stored = Weights(folder), load_file(folder / "model.safetensors")
    assert set(ours) == set(theirs)
    some = np.array([7, 0, 7, 101], np.int64)
    for name, tensor in ours.items():
        whole = stored[name].astype(np.float32)
        assert tensor.shape == theirs[name].shape == whole.shape
        assert np.array_equal(tensor.floats(), whole)
        assert np.array_equal(np.concatenate(list(tensor.parts())).reshape(whole.shape), whole)
        if len(whole.shape) == 2 and len(whole) > 101:
            assert np.array_equal(tensor.rows(some), whole[some])
            assert np.array_equal(tensor.rows(slice(3, 9)), whole[3:9])
            assert np.array_equal(tensor.columns(slice(3, 9)), whole[:, 3:9])
            assert np.array_equal(tensor.select(some).floats(), whole[some])
            assert np.array_equal(tensor.select(some).rows(np.array([1, 3])), whole[some[[1, 3]]])


def test_a_kept_file_is_the_one_that_came(tmp_path: Path) -> None:
    write_gguf(tmp_path / "same.gguf")
    published = (tmp_path / "same.gguf").read_bytes()
    folder = convert(tmp_path / "kept", True)
    assert (folder / GGUF).read_bytes() == published
    assert not list(folder.glob("*.safetensors"))
    assert memory_estimate.count_parameters(open_folder(folder).weights) == sum(
        tensor.floats().size for tensor in Weights(folder).values()
    )


def test_a_file_of_other_blocks_is_widened(tmp_path: Path) -> None:
    folder = convert(tmp_path / "widened", True, "Q5_1")
    assert (folder / "model.safetensors").is_file()
    assert not (folder / GGUF).exists()


def test_widened_for_torch_and_gone_afterwards(kept: ModelFolder) -> None:
    before = sorted(kept.path.rglob("*"))
    with widened(kept.path) as folder:
        whole = open_folder(folder)
        verify(whole)
        assert [file.name for file in whole.weights] == ["model.safetensors"]
        stored = load_file(whole.weights[0])
        assert all(np.array_equal(stored[name], t.floats()) for name, t in Weights(kept.path).items())
        assert whole.manifest.languages == ("en",)
    after = [path for path in sorted(kept.path.rglob("*")) if path.name != ".writer"]
    assert after == before
    with widened(kept.path) as folder, pytest.raises(ZeroDivisionError):
        _ = 1 / 0
    with pytest.raises(OSError, match="mine"), widened(kept.path):
        raise OSError("mine")
    assert not list(kept.path.rglob("*.safetensors"))


def test_safetensors_are_not_copied(tmp_path: Path) -> None:
    folder = convert(tmp_path / "plain", False)
    with widened(folder) as same:
        assert same == folder


@pytest.mark.parametrize("name", ["gift", "gift.zip"])
def test_an_export_has_safetensors_and_comes_back(kept: ModelFolder, tmp_path: Path, name: str) -> None:
    other = ModelStore(tmp_path / "other")
    other.directory.mkdir()
    model = ModelImporter(other).import_model(export(kept, tmp_path / name))
    verify(model)
    assert [file.name for file in model.weights] == ["model.safetensors"]
    theirs = Weights(model.path)
    assert all(np.array_equal(t.floats(), theirs[n].floats()) for n, t in Weights(kept.path).items())


def test_its_folder_can_be_imported_as_it_is(kept: ModelFolder, tmp_path: Path) -> None:
    other = ModelStore(tmp_path / "other")
    other.directory.mkdir()
    model = ModelImporter(other).import_model(kept.path)
    verify(model)
    assert [file.name for file in model.weights] == [GGUF]
    assert {file.name for file in model.manifest.files} == {file.name for file in kept.manifest.files}


def test_a_truncated_file_is_damaged(kept: ModelFolder) -> None:
    os.truncate(kept.path / GGUF, 5000)
    with pytest.raises(ModelError, match="damaged"):
        open_folder(kept.path)
    with pytest.raises(EngineError, match="damaged"):
        Weights(kept.path)


@pytest.mark.parametrize(
    "lie",
    [
        {"start": 1 << 40},
        {"start": -1},
        {"shape": [1 << 40, 128]},
        {"shape": [128, 100]},
        {"shape": [128]},
        {"shape": []},
        {"kind": "Q2_K"},
        {"kind": "F32", "shape": [1 << 20, 128]},
        {"heads": 3},
        {"heads": 1 << 60},
        {"shape": "wide"},
    ],
)
def test_an_index_that_lies_is_damaged(kept: ModelFolder, lie: dict[str, Any]) -> None:
    index = json.loads((kept.path / GGUF_INDEX).read_text())
    index["tensors"][QUERIES].update(lie)
    (kept.path / GGUF_INDEX).write_text(json.dumps(index))
    with pytest.raises(EngineError, match="damaged"):
        Weights(kept.path)
    (kept.path / "manifest.json").unlink()
    with pytest.raises(ModelError, match="damaged"):
        open_folder(kept.path)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"bytes": 1, "tensors": {}}'])
def test_an_index_that_is_none_is_damaged(kept: ModelFolder, content: bytes) -> None:
    (kept.path / GGUF_INDEX).write_bytes(content)
    with pytest.raises(EngineError, match="damaged"):
        Weights(kept.path)


def test_a_missing_index_is_damage(kept: ModelFolder) -> None:
    (kept.path / GGUF_INDEX).unlink()
    with pytest.raises(EngineError, match="damaged"):
        Weights(kept.path)


def test_files_of_a_kept_model_are_in_its_manifest(kept: ModelFolder) -> None:
    names = [file.name for file in kept.manifest.files]
    assert {GGUF, GGUF_INDEX, "config.json", "tokenizer.json"} <= set(names)
    assert describe(kept.path, names) == kept.manifest.files
