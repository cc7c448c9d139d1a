"""The faster way to read is measured, kept beside the graphs, and the slower graph is done without."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.engine.decoders.test_equality import some_ids
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.onnx_graphs import kernels
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.onnx_graphs.graph_files import prefill_graph, probe_graph, weights_file
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.models.derived_files import derived_folder


@pytest.fixture
def model(gpt2: Path, tmp_path: Path) -> Path:
    """A small GPT-2 without graphs."""
    return Path(shutil.copytree(gpt2, tmp_path / "model", ignore=shutil.ignore_patterns(".writer")))


def taking(*milliseconds: float) -> Callable[[], float]:
    """A reading that takes these times, one after the other."""
    rest = list(milliseconds)
    return lambda: rest.pop(0)


def test_bytes_are_measured_once_where_they_are_faster() -> None:
    found = kernels.choose(256, 300.0, taking(), taking(100.0))
    assert (found.reading, found.bytes_ms, found.blocks_ms) == ("bytes", 100, 300)


def test_a_busy_processor_does_not_decide() -> None:
    found = kernels.choose(256, 300.0, taking(310.0), taking(900.0, 110.0))
    assert (found.reading, found.bytes_ms, found.blocks_ms) == ("bytes", 110, 300)


def test_blocks_must_be_clearly_ahead_each_time() -> None:
    assert kernels.choose(256, 300.0, taking(300, 300), taking(500.0, 500.0, 500.0)).reading == "blocks"
    assert kernels.choose(256, 300.0, taking(), taking(350.0)).reading == "bytes"
    assert kernels.choose(256, 3.0, taking(), taking(9.0)).reading == "bytes", "too short to tell"


def test_what_was_measured_lies_beside_the_graphs(model: Path) -> None:
    assert kernels.read(derived_folder(model)) is None
    graph = ensure_decoder_graph(model, read_decoder_config(model), Weights(model), "int8")
    found = kernels.read(derived_folder(model))
    assert found is not None
    assert found.reading == "bytes"
    assert found.tokens > 0
    assert min(found.bytes_ms, found.blocks_ms) > 0
    assert found.instructions == kernels.instructions()
    (graph.parent / kernels.FILE_NAME).write_text("{")
    assert kernels.read(derived_folder(model)) is None


def test_where_blocks_are_faster_the_model_reads_with_them(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = kernels.Kernels("blocks", 256, 900.0, 300.0, "AVX2")
    monkeypatch.setattr(kernels, "choose", lambda *_: blocks)
    config, weights = read_decoder_config(model), Weights(model)
    graph = ensure_decoder_graph(model, config, weights, "int8")
    left = prefill_graph(graph)
    assert not any(file.exists() for file in (left, weights_file(left), probe_graph(left)))
    runner = OnnxDecoder("small", config, weights, graph, threads=1, capacity=64)
    ids, one, other = some_ids(model, 40), runner.new_kv_cache(), runner.new_kv_cache()
    runner.prefill(ids[:39], 0, one)
    expected = runner.forward(ids, 0, 1, other).copy()
    assert np.allclose(runner.forward(ids[39:], 39, 1, one), expected, rtol=1e-3, atol=1e-3)
    assert ensure_decoder_graph(model, config, weights, "int8") == graph, "it is not built again"
    runner.close()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("flags : sse avx2 avx512f avx512_vnni", "AVX-512 VNNI"),
        ("flags : avx2 avx512_vnni amx_int8", "AMX"),
        ("Features : fp asimd asimddp", "ARM dot products"),
        ("flags : sse avx2", "AVX2"),
    ],
)
def test_the_instructions_are_those_that_linux_tells(
    told: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "_PROCESSOR", tmp_path / "cpuinfo")
    (tmp_path / "cpuinfo").write_text(told)
    assert kernels.instructions() == name
    assert kernels.overflows(name) == (name == "AVX2")
    (tmp_path / "cpuinfo").unlink()
    assert kernels.instructions()
