"""About tells how the running model reads, where that was measured."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from writer.app.desktop import measured_kernels
from writer.app.desktop.measured_kernels import kernels_sentence
from writer.engine.engine_state import EngineLoading, EngineReady
from writer.engine.onnx_graphs import kernels
from writer.models.derived_files import derived_folder
from writer.models.store import ModelError

READY = EngineReady("small", "cpu", "")


@pytest.fixture
def graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the graphs of the model "small"."""

    def find(name: str) -> SimpleNamespace:
        if name != "small":
            raise ModelError("There is no such model.")
        return SimpleNamespace(path=tmp_path)

    monkeypatch.setattr(measured_kernels, "installed_store", lambda: SimpleNamespace(find=find))
    folder = derived_folder(tmp_path) / "int8-1"
    folder.mkdir(parents=True)
    return folder


def test_the_sentence_names_the_way_and_both_times(graphs: Path) -> None:
    kernels.write(graphs, kernels.Kernels("bytes", 256, 101.5, 312.0, "AVX-512 VNNI"))
    said = str(kernels_sentence(READY))
    assert said.startswith("The model reads by products of bytes (AVX-512 VNNI)")
    assert "256 tokens took 101.5 ms so, and 312.0 ms by blocks" in said
    kernels.write(graphs, kernels.Kernels("blocks", 256, 900.0, 312.0, "AVX2"))
    assert str(kernels_sentence(READY)).startswith("The model reads by blocks (AVX2)")


def test_nothing_is_said_where_nothing_is_known(graphs: Path) -> None:
    assert kernels_sentence(READY) == ""
    kernels.write(graphs, kernels.Kernels("bytes", 256, 101.5, 312.0, "AVX2"))
    others = (EngineLoading("small"), EngineReady("gone", "cpu", ""), EngineReady("small", "server", ""))
    assert [kernels_sentence(state) for state in others] == ["", "", ""]
