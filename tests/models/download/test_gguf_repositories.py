"""Of a repository with GGUF files alone the right one is taken, and converted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.downloads import ID, NAME, QUICK
from tests.fakes.hub_server import HubServer, Repository, make_files
from writer.models.download import hub_source
from writer.models.download.fetcher import ModelFetcher
from writer.models.manifest import ModelError
from writer.models.model_folder import verify
from writer.models.store import ModelStore


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer().running() as running:
        yield running


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("m-Q4_K_M.gguf", "m-Q8_0.gguf", "m-f16.gguf"), "m-Q8_0.gguf"),
        (("m-q4_0.gguf", "m-q4_k_m.gguf", "m-iq2_xs.gguf"), "m-q4_k_m.gguf"),
        (("M.Q4_K_M.GGUF", "M.Q8_0.GGUF"), "M.Q8_0.GGUF"),
        (("mmproj-m-f16.gguf", "m.imatrix.gguf", "other.gguf"), "other.gguf"),
    ],
)
def test_the_most_useful_file_is_taken(
    store: ModelStore,
    server: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    chosen: str,
) -> None:
    def convert(source: Path, folder: Path, _cancelled: object) -> None:
        assert source.name == chosen
        for name, content in make_files().items():
            if name in ("config.json", "tokenizer.json", "model.safetensors"):
                (folder / name).write_bytes(content)

    monkeypatch.setattr(hub_source, "convert_in_child", convert)
    server.repositories[NAME] = Repository(dict.fromkeys(names, b"GGUF") | {"README.md": b"#"})
    model = ModelFetcher(store, server.address, QUICK).get(NAME)
    verify(model)
    assert (model.id, model.manifest.licence) == (ID, "cc0-1.0")
    assert [path.rsplit("/", 1)[1] for path, _ in server.asked if "/resolve/" in path] == [chosen]


def test_safetensors_are_preferred(store: ModelStore, server: HubServer) -> None:
    server.repositories[NAME] = Repository(make_files() | {"m-Q8_0.gguf": b"GGUF"})
    assert ModelFetcher(store, server.address, QUICK).get(NAME).weights[0].name == "model.safetensors"


def test_parts_alone_are_no_model(store: ModelStore, server: HubServer) -> None:
    server.repositories[NAME] = Repository({"m-Q8_0-00001-of-00002.gguf": b"GGUF"})
    with pytest.raises(ModelError, match="not there in the format"):
        ModelFetcher(store, server.address, QUICK).get(NAME)


@pytest.mark.slow
def test_a_file_becomes_a_model(store: ModelStore, server: HubServer, gguf_file: Path) -> None:
    server.repositories[NAME] = Repository({"small-Q4_1.gguf": gguf_file.read_bytes()})
    model = ModelFetcher(store, server.address, QUICK).get(NAME)
    verify(model)
    assert (model.id, model.config()["model_type"]) == (ID, "llama")
