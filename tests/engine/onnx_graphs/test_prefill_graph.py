"""Reading many tokens at once leaves the keys and values that token after token would have left."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.decoders.test_equality import FAMILIES, decoder, some_ids
from tests.fakes.mapped_pages import held
from writer.base import mapped_pages
from writer.base.progress import Cancelled
from writer.engine.decoders import onnx_decoder, prefill_session
from writer.engine.decoders.decoder import SupportsPrefill
from writer.engine.decoders.kv_cache import KvCache
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.decoders.onnx_session import products_overflow
from writer.engine.generation.prefix_cache import MIN_PREFILL_TOKENS, PREFILL_CHUNK_TOKENS, PrefixCache
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.onnx_graphs.graph_files import prefill_graph, probe_graph, weights_file
from writer.engine.onnx_graphs.prefill_graph import activation_ranges
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights

COUNT = 100


Make = Callable[..., OnnxDecoder]


@pytest.fixture
def reader() -> Iterator[Make]:
    """Makes decoders with both graphs, and closes them in the end."""
    made: list[OnnxDecoder] = []

    def make(folder: Path, *, reads_soon: bool = False) -> OnnxDecoder:
        config, weights = read_decoder_config(folder), Weights(folder)
        graph = ensure_decoder_graph(folder, config, weights, "int8")
        assert prefill_graph(graph).is_file()
        made.append(
            OnnxDecoder("small", config, weights, graph, threads=1, capacity=128, reads_soon=reads_soon)
        )
        return made[-1]

    yield make
    for runner in made:
        runner.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the prefill graphs that were opened."""
    names: list[str] = []
    open_really = prefill_session.open_session

    def noted(graph: Path, *values: Any, **named: Any) -> Any:
        names.append(graph.name)
        return open_really(graph, *values, **named)

    monkeypatch.setattr(prefill_session, "open_session", noted)
    return names


def distance(runner: OnnxDecoder, one: KvCache, other: KvCache, count: int) -> float:
    """The largest relative difference of any layer's keys or values."""
    found = [
        float(np.linalg.norm(a - b) / np.linalg.norm(a))
        for layer in range(runner.config.layers)
        for a, b in zip(one.keys_and_values(layer, count), other.keys_and_values(layer, count), strict=True)
    ]
    return max(found)


@pytest.mark.parametrize("name", FAMILIES)
def test_keys_and_values_are_near_those_in_float32(
    reader: Make, name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = request.getfixturevalue(name)
    ids = some_ids(folder, COUNT)
    true, small = decoder(folder, "float32", tmp_path), reader(folder)
    expected, read, passed = true.new_kv_cache(), small.new_kv_cache(), small.new_kv_cache()
    true.forward(ids, 0, 1, expected)
    small.prefill(ids[:70], 0, read)
    small.prefill(ids[70:], 70, read)
    small.forward(ids, 0, 1, passed)
    assert distance(true, expected, read, COUNT) < 0.05
    assert distance(true, expected, read, COUNT) < 4 * distance(true, expected, passed, COUNT)


def test_what_follows_is_chosen_as_in_float32(reader: Make, model: Path, tmp_path: Path) -> None:
    ids = some_ids(model, COUNT)
    true, small = decoder(model, "float32", tmp_path), reader(model)
    expected = true.forward(ids, 0, COUNT, true.new_kv_cache())
    kv_cache, equal = small.new_kv_cache(), 0
    for past in range(20, COUNT - 1):
        small.prefill(ids[:past], 0, kv_cache)
        equal += small.forward(ids[past : past + 1], past, 1, kv_cache).argmax() == expected[past].argmax()
    assert equal / (COUNT - 21) >= 0.95


def test_ranges_are_the_largest_magnitudes_of_each_column(reader: Make, gpt2: Path) -> None:
    runner = reader(gpt2)
    config, weights = read_decoder_config(gpt2), Weights(gpt2)
    ranges, _ = activation_ranges(config, weights, ensure_decoder_graph(gpt2, config, weights, "int8"))
    assert set(ranges) == {"n_0", "m_0", "n_1", "m_1"}
    assert all(found.shape == (runner.config.hidden,) and (found > 0).all() for found in ranges.values())


def test_the_cache_reads_what_is_new_and_can_be_stopped(reader: Make, gpt2: Path) -> None:
    runner = reader(gpt2)
    assert isinstance(runner, SupportsPrefill)
    cache, ids = PrefixCache(runner), some_ids(gpt2, COUNT)
    with pytest.raises(Cancelled):
        cache.logits(ids, 1, lambda: True)
    assert cache.cached_length(ids) == min(COUNT - 1, PREFILL_CHUNK_TOKENS)
    cache.logits(ids, 1, lambda: False)
    assert cache.stats.passes == 2
    cache.logits([*ids, *ids[:MIN_PREFILL_TOKENS]], 1, lambda: False)
    assert cache.stats.passes == 3, "few tokens are not worth a graph of their own"


def test_a_model_in_float32_has_no_second_graph(gpt2: Path) -> None:
    config, weights = read_decoder_config(gpt2), Weights(gpt2)
    graph = ensure_decoder_graph(gpt2, config, weights, "float32")
    assert not prefill_graph(graph).exists()
    runner = OnnxDecoder("true", config, weights, graph, threads=1, capacity=64)
    ids, one, other = some_ids(gpt2, 40), runner.new_kv_cache(), runner.new_kv_cache()
    runner.prefill(ids, 0, one)
    runner.forward(ids, 0, 1, other)
    assert distance(runner, one, other, 40) < 1e-5


def test_a_decoder_that_reads_soon_opens_both_graphs_at_once(
    reader: Make, gpt2: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, ids = reader(gpt2), some_ids(gpt2, 60)
    assert opened == []
    quick = reader(gpt2, reads_soon=True)
    one, other = slow.new_kv_cache(), quick.new_kv_cache()
    quick.prefill(ids, 0, other)
    assert opened == ["reading.onnx"]
    slow.prefill(ids, 0, one)
    assert distance(slow, one, other, 60) == 0
    monkeypatch.setattr(onnx_decoder, "LARGE_BYTES", 0)
    reader(gpt2, reads_soon=True).close()
    assert opened == ["reading.onnx"] * 2


def test_what_is_opened_ahead_and_not_used_is_closed(
    reader: Make, gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefill_session, "PREFILL_SESSION_SECONDS", 0.01)
    ahead = reader(gpt2, reads_soon=True)._prefill_session
    deadline = time.monotonic() + 10
    while ahead._timers == () or ahead._session is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_is_opened_ahead_ends_where_the_decoder_cannot_be_opened(
    reader: Make, gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it could take the graphs for damaged that are built anew meanwhile."""
    made: list[prefill_session.PrefillSession] = []

    class Noted(prefill_session.PrefillSession):
        def open_ahead(self) -> None:
            made.append(self)
            super().open_ahead()

    monkeypatch.setattr(onnx_decoder, "PrefillSession", Noted)
    monkeypatch.setattr(onnx_decoder, "open_session", _no_memory)
    with pytest.raises(MemoryError):
        reader(gpt2, reads_soon=True)
    (ahead,) = made
    assert (ahead._opening, ahead._session, ahead._timers) == (None, None, ())


@pytest.mark.parametrize("damage", ["library", "file"])
def test_what_cannot_be_opened_ahead_is_no_reason_not_to_write(
    reader: Make, gpt2: Path, damage: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow, ids = reader(gpt2), some_ids(gpt2, 60)
    if damage == "file":
        weights_file(slow._prefill_session._graph).write_bytes(b"cut")
    else:
        monkeypatch.setattr(prefill_session, "open_session", _no_memory)
    caplog.set_level("INFO")
    quick = reader(gpt2, reads_soon=True)
    one, other = slow.new_kv_cache(), quick.new_kv_cache()
    quick._prefill_session._wait_until_opened()
    monkeypatch.undo()
    quick.prefill(ids, 0, other)
    if damage == "file":
        slow.forward(ids, 0, 1, one)
    else:
        slow.prefill(ids, 0, one)
    assert distance(slow, one, other, 60) == 0
    assert ("MemoryError" if damage == "library" else "the next start builds it again") in caplog.text


def _no_memory(*_values: object, **_names: object) -> None:
    raise MemoryError


def test_its_memory_is_given_back_some_time_after_the_last_reading(
    reader: Make, gpt2: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, ids = reader(gpt2), some_ids(gpt2, 60)
    one, other = runner.new_kv_cache(), runner.new_kv_cache()
    runner.prefill(ids[:40], 0, one)
    runner.prefill(ids[:40], 0, other)
    assert opened == ["reading.onnx"]
    monkeypatch.setattr(prefill_session, "PREFILL_SESSION_SECONDS", 0.01)
    runner.prefill(ids[40:], 40, one)
    while any(isinstance(thread, threading.Timer) for thread in threading.enumerate()):
        time.sleep(0.01)
    runner.prefill(ids[40:], 40, other)
    assert opened == ["reading.onnx"] * 2
    assert distance(runner, one, other, 60) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which pages are held")
def test_of_a_large_model_only_a_part_of_the_weights_is_held_while_they_are_read(
    reader: Make, gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, ids = reader(gpt2), some_ids(gpt2, 60)
    monkeypatch.setattr(onnx_decoder, "LARGE_BYTES", 0)
    large = reader(gpt2)
    weights, released = weights_file(large._prefill_session._graph), threading.Event()
    release_really = mapped_pages.release_pages

    def release(places: tuple[mapped_pages.Place, ...]) -> None:
        release_really(places)
        if sum(end - start for start, end in places) >= weights.stat().st_size // 2:  # else of another graph
            released.set()

    monkeypatch.setattr(mapped_pages, "release_pages", release)
    monkeypatch.setattr(prefill_session, "RELEASE_SECONDS", 0.0)
    one, other, deadline = small.new_kv_cache(), large.new_kv_cache(), time.monotonic() + 60
    small.prefill(ids, 0, one)
    while not released.is_set():
        large.prefill(ids, 0, other)
        assert time.monotonic() < deadline
    assert distance(small, one, other, 60) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which pages are held")
def test_the_weights_of_both_graphs_are_held_once_and_while_they_are_read(
    reader: Make, gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, ids = reader(gpt2), some_ids(gpt2, 60)
    graph = runner._prefill_session._graph
    assert held(weights_file(graph.with_name("decoder.onnx"))) == 0
    one, other = runner.new_kv_cache(), runner.new_kv_cache()
    monkeypatch.setattr(prefill_session, "PREFILL_PAGES_SECONDS", 0.01)
    runner.prefill(ids, 0, one)
    deadline = time.monotonic() + 10
    while held(weights_file(graph)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert held(weights_file(graph)) == 0
    assert runner._prefill_session._session is not None
    monkeypatch.undo()
    runner.prefill(ids, 0, other)
    assert held(weights_file(graph)) > 0
    assert distance(runner, one, other, 60) == 0


def test_a_processor_that_would_overflow_reads_the_same_with_unsigned_bytes(
    reader: Make, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed, unsigned = reader(model), reader(model)
    ids = some_ids(model, COUNT)
    one, other = signed.new_kv_cache(), unsigned.new_kv_cache()
    monkeypatch.setattr(prefill_session, "products_overflow", lambda _probe: False)
    signed.prefill(ids, 0, one)
    monkeypatch.setattr(prefill_session, "products_overflow", lambda _probe: True)
    unsigned.prefill(ids, 0, other)
    assert distance(signed, one, other, COUNT) < 1e-5


def test_the_probe_tells_what_the_processor_says_of_itself(reader: Make, gpt2: Path) -> None:
    processor = Path("/proc/cpuinfo")
    told = processor.read_text().split() if processor.exists() else []
    if "avx2" not in told:
        pytest.skip("only Linux on x86 tells")
    reader(gpt2)
    config, weights = read_decoder_config(gpt2), Weights(gpt2)
    probe = probe_graph(prefill_graph(ensure_decoder_graph(gpt2, config, weights, "int8")))
    assert products_overflow(probe) == {"avx512_vnni", "avx_vnni"}.isdisjoint(told)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
@pytest.mark.parametrize("name", ["reading.onnx", "reading.onnx.bin", "probe.onnx"])
def test_a_damaged_graph_is_done_without_and_built_again_at_the_next_start(
    reader: Make, gpt2: Path, name: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole, damaged, ids = reader(gpt2), reader(gpt2), some_ids(gpt2, COUNT)
    graph = ensure_decoder_graph(gpt2, read_decoder_config(gpt2), Weights(gpt2), "int8")
    file = graph.with_name(name)
    contents = file.read_bytes()
    file.unlink()
    flipped = contents[:40] + bytes([contents[40] ^ 1]) + contents[41:]
    file.write_bytes(contents[:40] if damage == "cut" else flipped)
    one, other = whole.new_kv_cache(), damaged.new_kv_cache()
    whole.forward(ids, 0, 1, one)
    damaged.prefill(ids, 0, other)
    assert distance(whole, one, other, COUNT) == 0
    assert "the next start builds it again" in caplog.text
    assert not graph.parent.exists()
    reader(gpt2)
    assert file.read_bytes() == contents
