"""A decoder for the CPU: ONNX Runtime with the graphs of `onnx_graphs`.

The KV cache is input and output at once, so nothing is copied, and dropping tokens is setting a length. The
threads stop spinning soon after a pass, so that an idle engine takes no CPU time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from writer.base.mapped_pages import release_mapped_pages
from writer.engine.decoders.attention_weights import last_token_attention
from writer.engine.decoders.kv_cache import KvCache
from writer.engine.decoders.onnx_session import open_session
from writer.engine.decoders.prefill_session import PrefillSession
from writer.engine.onnx_graphs.attention_bias import MASKED, windowed
from writer.engine.onnx_graphs.graph_files import prefill_graph, weights_file
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.embedding import Embedding
from writer.engine.weights.weights import Floats, Weights

if TYPE_CHECKING:
    from writer.engine.decoders.load_watch import LoadWatch

log = logging.getLogger(__name__)

LARGE_BYTES = 320 << 20
"""Bytes of both graphs' weights from which those of prefill are held in part: it takes 6 % of its time."""


class OnnxDecoder:
    """Runs a decoder graph on the CPU with `threads` threads; prefill uses the prefill graph beside it.

    `on_opening` is that of `open_session`. One that `adapts` takes fewer threads while others compute.
    One that `reads_soon` opens the prefill graph at the same time as the other one, unless it is large.
    """

    device = "cpu"

    def __init__(
        self,
        name: str,
        config: DecoderConfig,
        weights: Weights,
        graph: Path,
        *,
        threads: int,
        capacity: int,
        adapts: bool = False,
        reads_soon: bool = False,
        on_opening: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.config = config
        self.capacity = min(capacity, config.positions)
        self.vocabulary = config.vocabulary
        self._graph = graph
        self._threads = threads
        self._adapts = adapts and threads > 1
        self._load: LoadWatch | None = None
        self._caches = WeakSet[KvCache]()
        is_large = sum(map(_weight_bytes, (graph, prefill_graph(graph)))) > LARGE_BYTES
        self._prefill_session = PrefillSession(prefill_graph(graph), threads, is_large)
        if reads_soon and not is_large:
            self._prefill_session.open_ahead()
        try:
            self._session = open_session(graph, threads, on_opening=on_opening)
        except BaseException:  # what is built anew must not be taken for the damaged graph
            self._prefill_session.close()
            raise
        release_mapped_pages(weights_file(graph))  # the session has copied them into its own layout
        self._no_logits = ort.OrtValue.ortvalue_from_numpy(np.empty((1, 0, self.vocabulary), np.float32))
        self._weights = weights
        self._embedding = Embedding(config, weights)

    def new_kv_cache(self) -> KvCache:
        """An empty KV cache for `capacity` tokens; its memory is used only as it fills."""
        cache = KvCache(self._session, self.config, self.capacity)
        self._caches.add(cache)
        return cache

    def adapt(self) -> None:
        """See `AdaptsToLoad.adapt`."""
        if not self._adapts:
            return
        if self._load is None:
            from writer.engine.decoders.load_watch import LoadWatch  # what ends at once needs none

            self._load = LoadWatch(self._threads)
        if (threads := self._load.threads()) != self._threads and self._graph.is_file():
            self._open_again(threads)

    def _open_again(self, threads: int) -> None:
        """Open the graph with another number of threads, and never two of them at once."""
        log.info("the model computes with %d threads", threads)
        self._threads = threads
        self._session = None
        for cache in self._caches:
            cache.detach()
        self._session = open_session(self._graph, threads, check=False)
        release_mapped_pages(weights_file(self._graph))
        for cache in self._caches:
            cache.attach(self._session)
        self._prefill_session.use_threads(threads)

    def forward(self, ids: Sequence[int], past: int, logits_to_keep: int, kv_cache: KvCache) -> Floats:
        """See `Decoder.forward`. The result is valid until the next pass."""
        new = len(ids)
        positions = np.arange(past, past + new, dtype=np.int64)
        if new == 1:
            return kv_cache.decode_step.run(self._embedding.look_up(ids, positions), past)
        bias = np.zeros((new, past + new), np.float32)
        return self._run(ids, positions, bias, np.arange(new - logits_to_keep, new, dtype=np.int64), kv_cache)

    def prefill(self, ids: Sequence[int], past: int, kv_cache: KvCache) -> None:
        """See `SupportsPrefill.prefill`."""
        session = self._prefill_session.session()
        if session is None:
            self.forward(ids, past, 1, kv_cache)
            return
        try:
            positions = np.arange(past, past + len(ids), dtype=np.int64)
            binding = kv_cache.io_binding(session)
            self._bind(binding, ids, positions, past + len(ids))
            self._prefill_session.run(session, binding)
        finally:
            self._prefill_session.rest()

    def forward_branches(
        self, branches: Sequence[Sequence[int]], past: int, kv_cache: KvCache
    ) -> list[Floats]:
        """See `SupportsBranches.forward_branches`: one pass, with an attention bias between the branches."""
        lengths = [len(branch) for branch in branches]
        new = sum(lengths)
        positions = np.concatenate([np.arange(past, past + n, dtype=np.int64) for n in lengths])
        bias = np.zeros((new, past + new), np.float32)
        bias[:, past:] = MASKED
        for start, n in zip(np.cumsum([0, *lengths]), lengths, strict=False):
            bias[start : start + n, past + start : past + start + n] = 0
        ids = [i for branch in branches for i in branch]
        logits = self._run(ids, positions, bias, np.arange(new, dtype=np.int64), kv_cache)
        return np.split(logits, np.cumsum(lengths)[:-1])

    def attention(self, ids: Sequence[int], kv_cache: KvCache, cancelled: Callable[[], bool]) -> Floats:
        """See `SupportsAttention.attention`."""
        last = np.array([len(ids) - 1])
        embedding = self._embedding.look_up(ids[-1:], last)[0, 0]
        keys_and_values = partial(kv_cache.keys_and_values, total=len(ids))
        return last_token_attention(self.config, self._weights, embedding, keys_and_values, cancelled)

    def _run(
        self,
        ids: Sequence[int],
        positions: NDArray[np.int64],
        bias: Floats,
        rows: NDArray[np.int64],
        kv_cache: KvCache,
    ) -> Floats:
        """The logits of the new tokens at `rows`, float32 [rows, vocabulary].

        `positions` is int64 [new], `bias` float32 [new, total], added to the attention scores.
        """
        total = bias.shape[1]
        binding = kv_cache.binding
        self._bind(binding, ids, positions, total)
        binding.bind_cpu_input("rows", rows)
        binding.bind_cpu_input("bias", bias[None, None])
        if self.config.local_layers:
            local = windowed(bias, positions, total - len(ids), self.config.window)
            binding.bind_cpu_input("local_bias", local[None, None])
        # The session never gives back what it takes itself for logits.
        logits = np.empty((1, len(rows), self.vocabulary), np.float32)
        binding.bind_ortvalue_output("logits", ort.OrtValue.ortvalue_from_numpy(logits))
        try:
            self._session.run_with_iobinding(binding)
        finally:  # the binding holds them
            binding.bind_ortvalue_output("logits", self._no_logits)
        wanted: Floats = logits[0]
        return wanted

    def close(self) -> None:
        """Release the sessions and their weights."""
        self._session = None
        self._prefill_session.close()

    def _bind(self, binding: Any, ids: Sequence[int], positions: NDArray[np.int64], total: int) -> None:
        """Bind the inputs that both graphs have: the new tokens' embeddings, positions and lengths."""
        binding.bind_cpu_input("embeddings", self._embedding.look_up(ids, positions))
        binding.bind_cpu_input("last", np.array([total - 1], np.int32))
        binding.bind_cpu_input("total", np.array(total, np.int32))
        binding.bind_cpu_input("positions", positions[None])


def _weight_bytes(graph: Path) -> int:
    """The size of a graph's weights, 0 where there are none."""
    file = weights_file(graph)
    return file.stat().st_size if file.is_file() else 0
