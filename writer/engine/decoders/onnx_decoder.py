"""The decoder on a CPU: ONNX Runtime over the graph that `graph.py` writes.

Keys and values stay in buffers that are input and output at once, so that nothing is copied and
taking back tokens costs nothing. Idle means idle: the threads sleep soon after the last pass.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from writer.engine.decoders.attention_weights import last_attention
from writer.engine.decoders.kv_cache import KvCache
from writer.engine.onnx_graphs.graph_cache import forget_graph
from writer.engine.onnx_graphs.graph_files import PROBED, prefill_graph, probe_graph
from writer.engine.protocol import EngineError
from writer.engine.weights.decoder_config import DecoderConfig
from writer.engine.weights.embedding import Embedding
from writer.engine.weights.safetensors_reader import Floats, Weights

log = logging.getLogger(__name__)

_SPIN = "1500"
"""Microseconds that a thread waits awake: from one pass to the next, not from one key to the next."""

_BLOCKS = "4"
"""Work is shared out in small blocks, so that a thread on a busy core holds nobody up."""

_APART = -1e9
"""What keeps one branch from seeing another."""


READER_KEPT = 5.0
"""Seconds for which the weights for reading stay in memory after they were used."""


class GraphError(EngineError):
    """The graph cannot be loaded; building it again helps."""


class OnnxDecoder:
    """Runs a graph on the CPU with `threads` threads."""

    device = "cpu"

    def __init__(
        self, name: str, shape: DecoderConfig, weights: Weights, graph: Path, *, threads: int, capacity: int
    ) -> None:
        self.name = name
        self.shape = shape
        self.capacity = min(capacity, shape.positions)
        self.vocabulary = shape.vocabulary
        self._session = open_session(graph, threads)
        self._reader = _Reader(prefill_graph(graph), threads)
        self._weights = weights
        self._embedding = Embedding(weights)

    def new_kv_cache(self) -> KvCache:
        """Keys and values for `capacity` tokens; pages are touched only as they fill."""
        return KvCache(self._session, self.shape, self.capacity)

    def forward(self, ids: Sequence[int], past: int, wanted: int, buffer: KvCache) -> Floats:
        """See `Decoder.forward`. The result is valid until the next pass."""
        new = len(ids)
        positions = np.arange(past, past + new, dtype=np.int64)
        if new == 1:
            return buffer.step.run(self._embedding.of(ids, positions), past)
        bias = np.zeros((new, past + new), np.float32)
        return self._run(ids, positions, bias, np.arange(new - wanted, new, dtype=np.int64), buffer)

    def read(self, ids: Sequence[int], past: int, buffer: KvCache) -> None:
        """See `Reading.read`."""
        session = self._reader.session()
        if session is None:
            self.forward(ids, past, 1, buffer)
            return
        positions = np.arange(past, past + len(ids), dtype=np.int64)
        binding = buffer.bound(session)
        self._bind(binding, ids, positions, past + len(ids))
        session.run_with_iobinding(binding)

    def forward_branches(self, branches: Sequence[Sequence[int]], past: int, buffer: KvCache) -> list[Floats]:
        """See `Branching.forward_branches`: all of them in one pass, each blind to the others."""
        lengths = [len(branch) for branch in branches]
        new = sum(lengths)
        positions = np.concatenate([np.arange(past, past + n, dtype=np.int64) for n in lengths])
        bias = np.zeros((new, past + new), np.float32)
        bias[:, past:] = _APART
        for start, n in zip(np.cumsum([0, *lengths]), lengths, strict=False):
            bias[start : start + n, past + start : past + start + n] = 0
        ids = [i for branch in branches for i in branch]
        logits = self._run(ids, positions, bias, np.arange(new, dtype=np.int64), buffer)
        return np.split(logits, np.cumsum(lengths)[:-1])

    def attention(self, ids: Sequence[int], buffer: KvCache, cancelled: Callable[[], bool]) -> Floats:
        """See `Attentive.attention`."""
        last = np.array([len(ids) - 1])
        embedded = self._embedding.of(ids[-1:], last)[0, 0]
        kept = partial(buffer.kept, total=len(ids))
        return last_attention(self.shape, self._weights, embedded, kept, cancelled)

    def _run(
        self,
        ids: Sequence[int],
        positions: NDArray[np.int64],
        bias: Floats,
        rows: NDArray[np.int64],
        buffer: KvCache,
    ) -> Floats:
        """Logits of the new tokens at `rows`; `bias` is [new, total], `positions` [new]."""
        total = bias.shape[1]
        binding = buffer.binding
        self._bind(binding, ids, positions, total)
        binding.bind_cpu_input("rows", rows)
        binding.bind_cpu_input("bias", bias[None, None])
        binding.bind_output("logits", "cpu")
        self._session.run_with_iobinding(binding)
        logits: Floats = binding.get_outputs()[-1].numpy()[0]
        return logits

    def close(self) -> None:
        """Drop the session and its weights."""
        self._session = None
        self._reader.close()

    def _bind(self, binding: Any, ids: Sequence[int], positions: NDArray[np.int64], total: int) -> None:
        """What both graphs want to know of the new tokens."""
        binding.bind_cpu_input("embeddings", self._embedding.of(ids, positions))
        binding.bind_cpu_input("last", np.array([total - 1], np.int32))
        binding.bind_cpu_input("total", np.array(total, np.int32))
        binding.bind_cpu_input("positions", positions[None])


class _Reader:
    """The session of the graph that reads many tokens at once, held while there is much to read."""

    def __init__(self, graph: Path, threads: int) -> None:
        self._graph = graph
        self._threads = threads
        self._session: Any = None
        self._release: threading.Timer | None = None

    def session(self) -> Any:
        """The session, opened where it is not; None where the model has no such graph.

        Its memory is given back some time after the last call, once what runs then is done.
        """
        session = self._session
        if session is None and self._graph.is_file():
            session = self._open()
        self.close()
        self._session = session
        if session is not None:
            self._release = threading.Timer(READER_KEPT, self._drop)
            self._release.daemon = True
            self._release.start()
        return session

    def _open(self) -> Any:
        """The session; None where a file is damaged. Then the next start builds all graphs again."""
        try:
            unsigned = overflows(probe_graph(self._graph))
            return open_session(self._graph, self._threads, packed=False, unsigned=unsigned)
        except GraphError as error:
            log.warning("the graph for reading is damaged, the next start builds it again: %s", error)
            forget_graph(self._graph)
            return None

    def close(self) -> None:
        """Drop the session."""
        if self._release is not None:
            self._release.cancel()
            self._release = None
        self._drop()

    def _drop(self) -> None:
        self._session = None


def overflows(probe: Path) -> bool:
    """Whether products of unsigned and signed bytes overflow here: on x86 without VNNI they may."""
    session = open_session(probe, 1, packed=False)
    for largest, expected in ((255, 127), (0, -128)):
        rows = np.full((PROBED, PROBED), largest, np.uint8)
        if (session.run(None, {"bytes": rows})[0] != PROBED * 127 * expected).any():
            return True
    return False


def open_session(graph: Path, threads: int, packed: bool = True, unsigned: bool = False) -> Any:
    """The graph, ready to run with so many threads. Raises `GraphError` where it is damaged.

    `packed` weights are copied into the order that the kernels like best; others stay mapped. `unsigned`
    turns signed bytes into unsigned ones, which are slower to multiply and never overflow.
    """
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.spin_duration_us", _SPIN)
    options.add_session_config_entry("session.dynamic_block_base", _BLOCKS)
    options.enable_mem_pattern = False
    if unsigned:
        options.add_session_config_entry("session.x64quantprecision", "1")
    if not packed:
        options.add_session_config_entry("session.disable_prepacking", "1")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's exceptions have no common class
        raise GraphError("{error}", error=error) from error
