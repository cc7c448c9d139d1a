"""What a decoder holds beside its weights: KV caches as they fill, and no logits that were given back."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.engine.decoders.test_equality import decoder, some_ids
from tests.fakes.mapped_pages import held
from writer.base.freed_memory import release_freed_memory
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.weights.weights import weight_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others map and count pages in their own way")


@pytest.fixture
def runner(llama: Path, tmp_path: Path) -> OnnxDecoder:
    return decoder(llama, "float32", tmp_path)


def test_a_kv_cache_takes_memory_as_it_fills(runner: OnnxDecoder, llama: Path) -> None:
    size = 2 * runner.config.layers * runner.new_kv_cache().keys_and_values(0, runner.capacity)[0].nbytes
    count = 1 + (50 << 20) // size
    freed = [np.ones(runner.capacity * 16, np.float32) for _ in range(count)]
    pin = bytes(1 << 10)
    del freed
    release_freed_memory()
    before = psutil.Process().memory_info().rss
    caches = [runner.new_kv_cache() for _ in range(count)]
    grown = psutil.Process().memory_info().rss - before
    assert grown < 0.3 * count * size, (grown, count * size, len(pin))
    ids = some_ids(llama, 40)
    assert np.array_equal(runner.forward(ids, 0, 1, caches[0]), runner.forward(ids, 0, 1, caches[-1]))


def test_logits_of_many_tokens_end_with_who_holds_them(runner: OnnxDecoder, llama: Path) -> None:
    kv_cache, ids = runner.new_kv_cache(), some_ids(llama, 40)
    logits = runner.forward(ids, 0, 40, kv_cache)
    kept, watched = logits.copy(), weakref.ref(logits.base)
    assert np.array_equal(runner.forward(ids, 0, 40, kv_cache), kept)
    assert np.array_equal(logits, kept)
    del logits
    gc.collect()
    assert watched() is None


def test_looking_leaves_no_page_of_the_weights(runner: OnnxDecoder, llama: Path) -> None:
    kv_cache, ids = runner.new_kv_cache(), some_ids(llama, 40)
    runner.forward(ids, 0, 1, kv_cache)
    found = [runner.attention(ids, kv_cache, lambda: False) for _ in range(2)]
    assert np.array_equal(found[0], found[1])
    assert [held(file) for file in weight_files(llama)] == [0]
