"""Imports are named by the model, whatever caches, trainers and the import itself call its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.models.conftest import fill, write_gguf
from writer.models.convert.gguf_facts import GgufFacts, gguf_facts
from writer.models.library.import_model import ModelImporter
from writer.models.library.import_name import told_name
from writer.models.store import ModelStore

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"models--Qwen--Qwen3-0.6B/snapshots/{COMMIT}", "Qwen3-0.6B"),
        ("models--gpt2", "gpt2"),
        ("my-novels/checkpoint-500", "my-novels"),
        ("My Model", "My Model"),
        ("a/.hidden", "a"),
        ("downloads/model", "model"),
    ],
)
def test_a_folder_tells_its_name(tmp_path: Path, path: str, name: str) -> None:
    folder = tmp_path / path
    folder.mkdir(parents=True)
    assert told_name(folder) == name


def test_a_cached_model_is_called_by_its_repository(tmp_path: Path, store: ModelStore) -> None:
    folder = tmp_path / "models--someone--small" / "snapshots" / COMMIT
    folder.mkdir(parents=True)
    fill(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Small\n")
    model = ModelImporter(store).import_model(folder)
    assert model.manifest.licence == "mit"
    assert (model.id, model.name, model.manifest.source) == ("small", "small", str(folder))


def test_a_file_is_called_by_its_name_or_its_metadata(tmp_path: Path) -> None:
    import gguf

    blob = tmp_path / "blobs" / f"sha256-{COMMIT}"
    blob.parent.mkdir()
    writer = gguf.GGUFWriter(blob, "llama")
    writer.add_string("general.name", "Small 1B")
    writer.add_string("general.license", "other")
    writer.add_string("general.license.name", "Small\nTerms")
    writer.add_array("general.languages", ["de", "zh", "en", "Klingon"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    assert told_name(blob) == "Small 1B"
    assert gguf_facts(blob) == GgufFacts("Small 1B", "Small\\nTerms", ("en", "zh"))
    whole = blob.read_bytes()
    assert told_name(blob.rename(tmp_path / "gemma-q4.gguf")) == "gemma-q4"
    for end in range(len(whole)):
        blob.write_bytes(whole[:end])
        assert gguf_facts(blob).name in ("", "Small 1B")


@pytest.mark.slow
def test_a_converted_file_gives_its_name_and_place(tmp_path: Path, store: ModelStore) -> None:
    def stated(writer: Any) -> None:
        writer.add_string("general.license", "gemma")
        writer.add_array("general.languages", ["en"])

    write_gguf(tmp_path / "Small One.gguf", more=stated)
    model = ModelImporter(store).import_model(tmp_path / "Small One.gguf")
    source = str(tmp_path / "Small One.gguf")
    assert (model.id, model.name, model.manifest.source) == ("small-one", "Small One", source)
    assert (model.manifest.licence, model.manifest.languages) == ("gemma", ("en",))
