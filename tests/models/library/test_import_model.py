"""Models that lie here are taken in when they are whole and safe, and given away so that they come back."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import shutil
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.benchmarks import pickles
from tests.corpus import mutations
from tests.fakes.hostile_models import gguf_files, tokenizer_json
from tests.fakes.odd_files import odd_file
from writer.base.progress import Cancelled, Progress
from writer.models import memory_estimate
from writer.models.convert import child
from writer.models.library.export_model import export
from writer.models.library.import_model import ModelImporter
from writer.models.manifest import FILE, Manifest, ModelError
from writer.models.memory_estimate import SystemMemory
from writer.models.model_folder import ModelFolder, verify
from writer.models.store import ModelStore
from writer.models.weights.weight_files import map_tensors

Fill = Callable[[Path, float], Manifest]


@pytest.fixture
def folder(tmp_path: Path, filled: Fill) -> Path:
    """A Hugging Face folder as anybody may have it, with more in it than a model needs."""
    path = tmp_path / "My Model"
    path.mkdir()
    filled(path, 3.0)
    (path / "README.md").write_text("# Mine")
    (path / "modeling_mine.py").write_text("raise SystemExit")
    (path / "training.bin").write_bytes(pickle.dumps({}))
    return path


@pytest.fixture
def personal(store: ModelStore, filled: Fill) -> ModelFolder:
    def build(part: Path) -> Manifest:
        filled(part, 2.0)
        return Manifest(
            id="mine", name="Mine", base="tiny", languages=("zh",), prefix="<|x|>", measured={"token_ms": 5.0}
        )

    return store.install("mine", build)


def test_ids_beyond_the_weights_are_refused_and_the_card_names_the_licence(
    store: ModelStore, folder: Path
) -> None:
    config = {"model_type": "gpt2", "vocab_size": 2}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(tokenizer_json({"a": 0, "b": 1, "c": 2}))
    with pytest.raises(ModelError, match="has a token 2, and its weights end at 1; get the model"):
        ModelImporter(store).import_model(folder)
    (folder / "tokenizer.json").write_text(tokenizer_json({"a": 0, "b": 1}))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    assert ModelImporter(store).import_model(folder).manifest.licence == "mit"


def test_a_folder_is_taken(store: ModelStore, folder: Path) -> None:
    told: list[Progress] = []
    model = ModelImporter(store, told.append).import_model(folder, languages=("en",))
    verify(model)
    assert (model.id, model.name) == ("my-model", "My Model")
    assert (model.manifest.languages, model.manifest.source) == (("en",), str(folder))
    assert {p.name for p in model.path.iterdir()} == {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        FILE,
    }
    assert told[-1].done == told[-1].total > 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipes_in_a_folder_are_not_waited_for(store: ModelStore, folder: Path) -> None:
    (folder / "README.md").unlink()
    with odd_file(folder / "README.md", "pipe"):
        assert ModelImporter(store).import_model(folder, "first").manifest.licence == ""
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"x": "part.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with (
        odd_file(folder / "part.safetensors", "pipe"),
        pytest.raises(ModelError, match="missing or unreadable"),
    ):
        ModelImporter(store).import_model(folder, "second")


def test_a_name_that_is_taken_is_refused(store: ModelStore, folder: Path) -> None:
    ModelImporter(store).import_model(folder)
    with pytest.raises(ModelError, match="another name"):
        ModelImporter(store).import_model(folder)
    assert ModelImporter(store).import_model(folder, "Nochmal, bitte!").id == "nochmal-bitte"
    with pytest.raises(ModelError, match="no name for a model"):
        ModelImporter(store).import_model(folder, "../..")


@pytest.mark.parametrize("name", ["gift", "gift.zip"])
def test_an_export_comes_back(tmp_path: Path, personal: ModelFolder, name: str) -> None:
    target = export(personal, tmp_path / name)
    other = ModelStore(tmp_path / "other")
    other.directory.mkdir()
    model = ModelImporter(other).import_model(target)
    verify(model)
    assert model.id == "mine"
    assert (model.manifest.base, model.manifest.languages, model.manifest.prefix) == (
        "tiny",
        ("zh",),
        "<|x|>",
    )
    assert set(model.manifest.files) == set(personal.manifest.files)
    assert model.manifest.measured == {}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["models", "other", name])
    assert [p.name for p in other.directory.iterdir() if not p.name.endswith(".lock")] == ["mine"]


@pytest.mark.parametrize("name", ["gift", "gift.zip"])
def test_the_terms_of_a_model_go_and_come_with_it(
    tmp_path: Path, store: ModelStore, filled: Fill, name: str
) -> None:
    def build(part: Path) -> Manifest:
        (part / "TERMS.html").write_text("Whoever gets a copy must get these terms.")
        return filled(part, 2.0)

    given = export(store.install("bound", build), tmp_path / name)
    other = ModelStore(tmp_path / "other")
    other.directory.mkdir()
    model = ModelImporter(other).import_model(given)
    assert (model.path / "TERMS.html").read_text() == "Whoever gets a copy must get these terms."
    verify(model)


@pytest.mark.parametrize("name", ["gift", "gift.zip"])
def test_a_copy_of_a_model_of_gemma_gets_the_terms(
    tmp_path: Path, store: ModelStore, filled: Fill, name: str
) -> None:
    def build(part: Path) -> Manifest:
        return replace(filled(part, 2.0), licence="Gemma Terms of Use", base="gemma-3-270m")

    given = export(store.install("mine", build), tmp_path / name)
    other = ModelStore(tmp_path / "other")
    other.directory.mkdir()
    model = ModelImporter(other).import_model(given)
    text = (model.path / "LICENSE.txt").read_text("utf-8")
    assert text.startswith("Gemma is provided under and subject to the Gemma Terms of Use found at")
    assert "Prohibited Use Policy" in text
    verify(model)


@pytest.mark.parametrize("name", ["gift", "gift.zip"])
def test_a_stopped_export_leaves_nothing(tmp_path: Path, personal: ModelFolder, name: str) -> None:
    with pytest.raises(Cancelled):
        export(personal, tmp_path / name, cancelled=lambda: True)
    assert [p.name for p in tmp_path.iterdir()] == ["models"]
    (tmp_path / name).touch()
    with pytest.raises(ModelError, match="there already"):
        export(personal, tmp_path / name)


def test_a_changed_export_is_refused(tmp_path: Path, personal: ModelFolder) -> None:
    target = export(personal, tmp_path / "gift")
    content = bytearray((target / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (target / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match="has changed"):
        ModelImporter(ModelStore(personal.path.parent)).import_model(target, "again")


def test_a_stopped_import_leaves_nothing(store: ModelStore, folder: Path) -> None:
    with pytest.raises(Cancelled):
        ModelImporter(store, cancelled=lambda: True).import_model(folder)
    assert [p.name for p in store.directory.iterdir() if not p.name.endswith(".lock")] == []


@pytest.mark.parametrize("name", pickles.NAMES)
def test_pickles_are_refused_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    result = pickles.refused(tmp_path, [name])
    assert (result.tried, result.told) == (result.refused, result.refused)


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    names = ("config.json", "tokenizer.json", "model.safetensors")
    return {f"m/{name}": (folder / name).read_bytes() for name in names}


def test_names_in_an_archive_lead_nowhere(tmp_path: Path, store: ModelStore, folder: Path) -> None:
    evil = dict.fromkeys(
        (
            "../evil",
            "/evil",
            "m/../../evil",
            "m/sub/model.safetensors",
            "..\\evil",
            "m/evil.py",
            "vocab.json",
        ),
        b"x",
    )
    source = make_zip(tmp_path / "evil.zip", contents(folder) | evil)
    before = {p for p in tmp_path.rglob("*") if "models" not in p.parts}
    model = ModelImporter(store).import_model(source, "taken")
    assert {p.name for p in model.path.iterdir()} == {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        FILE,
    }
    assert {p for p in tmp_path.rglob("*") if "models" not in p.parts} == before
    assert not Path("/evil").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"n/config.json": b"{}"}, "does not hold one model"),
        ({"m/vocab.txt": b"\0" * 50_000_000}, "packed as no model"),
        ({"m/config.json": b"{}"}, "missing or damaged"),
        ({"m/manifest.json": b"{"}, r"The description of the model in \S+/odd\.zip is damaged"),
    ],
)
def test_archives_that_lie_are_one_sentence(
    tmp_path: Path, store: ModelStore, folder: Path, change: dict[str, bytes], sentence: str
) -> None:
    source = make_zip(tmp_path / "odd.zip", contents(folder) | change)
    with pytest.raises(ModelError, match=sentence):
        ModelImporter(store).import_model(source)
    assert [p.name for p in store.directory.iterdir() if not p.name.endswith(".lock")] == []


def test_a_truncated_archive_is_one_sentence(tmp_path: Path, store: ModelStore, folder: Path) -> None:
    source = make_zip(tmp_path / "odd.zip", contents(folder))
    content = source.read_bytes()
    for end in range(0, len(content), 40):
        source.write_bytes(content[:end])
        with pytest.raises(ModelError):
            ModelImporter(store).import_model(source)


def test_what_is_no_model_is_one_sentence(tmp_path: Path, store: ModelStore, folder: Path) -> None:
    (tmp_path / "text.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    for source, sentence in [
        (tmp_path / "text.txt", "no model that Writer knows"),
        (tmp_path / "empty", "missing or damaged"),
        (tmp_path / "nowhere", "No such file"),
        (folder / "model.safetensors", "only a part of a model"),
    ]:
        with pytest.raises(ModelError, match=sentence):
            ModelImporter(store).import_model(source)


def test_a_gguf_file_becomes_a_folder(store: ModelStore, gguf_file: Path) -> None:
    model = ModelImporter(store).import_model(gguf_file, languages=("en",))
    verify(model)
    assert (model.id, model.config()["model_type"]) == ("small", "llama")
    assert model.weights[0].read_bytes() == gguf_file.read_bytes()  # in its own bits
    assert {p.name for p in store.directory.iterdir() if not p.name.endswith(".lock")} == {"small"}


def test_a_folder_with_a_gguf_file_is_that_file(store: ModelStore, tmp_path: Path, gguf_file: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Modelfile").write_text("FROM ./small.gguf")
    shutil.copy(gguf_file, folder)
    assert ModelImporter(store).import_model(folder).id == "small"
    shutil.copy(gguf_file, folder / "other.GGUF")
    with pytest.raises(ModelError, match="several GGUF files; choose one of them"):
        ModelImporter(store).import_model(folder)


def test_a_damaged_gguf_file_is_one_sentence(store: ModelStore, gguf_file: Path) -> None:
    content = gguf_file.read_bytes()
    for end in (4, 100, len(content) // 2):
        gguf_file.write_bytes(content[:end])
        with pytest.raises(ModelError):
            ModelImporter(store).import_model(gguf_file)
    assert store.models() == ()


def test_a_conversion_can_be_stopped(tmp_path: Path, gguf_file: Path) -> None:
    with pytest.raises(Cancelled):
        child.convert_in_child(gguf_file, tmp_path, lambda: True)


@pytest.mark.slow
def test_transformers_converts_what_writer_cannot_and_to_the_same(store: ModelStore, gguf_file: Path) -> None:
    """The same file under a splitting rule that Writer has no words for."""
    ours = ModelImporter(store).import_model(gguf_file, "ours")
    gguf_file.write_bytes(gguf_file.read_bytes().replace(b"smollm", b"falcon"))
    theirs = ModelImporter(store).import_model(gguf_file, "theirs")
    verify(theirs)
    assert "quantization_config" not in theirs.config()
    assert theirs.config()["architectures"] == ["LlamaForCausalLM"]
    expected, got = map_tensors(ours.weights), load_file(theirs.weights[0])
    assert got.keys() == expected.keys()
    assert all(np.array_equal(got[name], expected[name].floats()) for name in expected)


def test_memory_is_looked_at_before_anything_is_loaded(tmp_path: Path) -> None:
    save_file({"x": np.zeros((30, 7), np.float32), "y": np.zeros(5, np.int8)}, tmp_path / "a.safetensors")
    assert memory_estimate.count_parameters([tmp_path / "a.safetensors"]) == 215
    here = memory_estimate.system_memory()
    assert 0 < here.free <= here.total
    assert (
        memory_estimate.why_too_large(
            memory_estimate.required_bytes(1_000_000), SystemMemory(8 * 10**9, 10**9)
        )
        == ""
    )
    sentence = memory_estimate.why_too_large(
        memory_estimate.required_bytes(7 * 10**9), SystemMemory(8 * 10**9, 5 * 10**9)
    )
    assert "about 10.7 GB" in str(sentence)
    assert "8.0 GB (5.0 GB free)" in str(sentence)


def test_a_model_larger_than_the_memory_is_refused(
    starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header may promise any size: the file is sparse, so it costs nothing."""
    from writer.engine import loading
    from writer.engine.protocol import EngineError

    folder = tmp_path / "huge"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        shutil.copy(starter / name, folder)
    rows = 10**11
    header = json.dumps({"x": {"dtype": "F16", "shape": [rows], "data_offsets": [0, 2 * rows]}}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 2 * rows)
    with pytest.raises(EngineError, match=r"needs about 150\.2 GB of memory.*choose a smaller one"):
        loading.load(folder, "cpu")


@pytest.mark.parametrize("name", ["many bytes", "a large tensor"])
def test_a_gguf_file_that_announces_much_is_one_sentence(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(child, "CONVERT_MEMORY", 300_000_000)
    (tmp_path / "x.gguf").write_bytes(gguf_files()[name])
    with pytest.raises(ModelError, match=r"x\.gguf is damaged"):
        ModelImporter(store).import_model(tmp_path / "x.gguf")
    assert not list(store.directory.iterdir())


@pytest.mark.parametrize("limit", ["CONVERT_MEMORY", "CONVERT_SECONDS"])
def test_a_conversion_has_limits(
    store: ModelStore, gguf_file: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(child, limit, 0.01)
    monkeypatch.setattr(child, "MEMORY_PER_BYTE", 1)
    monkeypatch.setattr(child, "SECONDS_PER_BYTE", 0.0)
    monkeypatch.setattr(memory_estimate, "system_memory", lambda: SystemMemory(1, 1))
    with pytest.raises(ModelError, match="cannot be converted"):
        ModelImporter(store).import_model(gguf_file)
    assert not list(store.directory.iterdir())


@pytest.mark.parametrize("how", ["zero_chunk", "declare_huge", "flip_bits"])
def test_damage_within_an_archive_is_one_sentence(
    tmp_path: Path, store: ModelStore, folder: Path, how: str
) -> None:
    """What zlib and the archive's own lengths raise is nothing that `zipfile` foresees."""
    source = make_zip(tmp_path / "odd.zip", contents(folder) | {"m/vocab.json": bytes(range(256)) * 9})
    content = source.read_bytes()
    for seed in range(40):
        source.write_bytes(getattr(mutations, how)(content, random.Random(seed)))
        with contextlib.suppress(ModelError):
            store.remove(ModelImporter(store).import_model(source, "whole").id)


def test_an_archive_of_large_numbers_is_read(
    tmp_path: Path, store: ModelStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of more than 4 GB tells in a record of its own where its list of files is."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    source = make_zip(tmp_path / "large.zip", contents(folder))
    monkeypatch.undo()
    content = source.read_bytes()
    assert b"PK\6\6" in content
    assert ModelImporter(store).import_model(source, "large").id == "large"
    at = content.rindex(b"PK\6\6") + 40
    source.write_bytes(content[:at] + struct.pack("<Q", 1 << 40) + content[at + 8 :])
    with pytest.raises(ModelError, match="does not hold one model"):
        ModelImporter(store).import_model(source, "larger")


def test_an_archive_of_many_files_is_refused_in_little_memory(tmp_path: Path, store: ModelStore) -> None:
    """The standard library would take ten times the size of the list, and some seconds."""
    entry = struct.pack("<4s4B4HL2L5H2Ls", b"PK\1\2", 20, 3, 20, *[0] * 8, 1, *[0] * 6, b"x")
    count = 400_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, len(entry) * count, 0, 0)
    (tmp_path / "many.zip").write_bytes(entry * count + end)
    tracemalloc.start()
    with pytest.raises(ModelError, match="does not hold one model"):
        ModelImporter(store).import_model(tmp_path / "many.zip")
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()
