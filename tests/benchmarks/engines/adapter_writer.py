"""Our own engine: pass by pass for the fixed workloads, and as the window uses it for the typing trace."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from adapter import Adapter, Floats

import writer
from writer.base.progress import Cancelled
from writer.engine import loading
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.engine_state import EngineReady
from writer.engine.generation.prefix_cache import PrefixCache
from writer.engine.onnx_graphs.graph_cache import ensure_decoder_graph
from writer.engine.protocol import EngineEvent, Parameters, Request, RequestFinished, TokenProduced
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.weights import Weights
from writer.engine.worker import Worker
from writer.suggestions.context import Context, window_start


class _Writer(Adapter):
    """The decoder and its prefix cache, without the choice of words above them."""

    version = writer.__version__
    precision: Any = "int8"
    parameters = Parameters()

    def __init__(self, folder: str, threads: int) -> None:
        self._folder = Path(folder)
        self._threads = threads
        config = read_decoder_config(self._folder)
        weights = Weights(self._folder)
        graph = ensure_decoder_graph(self._folder, config, weights, self.precision)
        self._decoder = OnnxDecoder(
            self.version,
            config,
            weights,
            graph,
            threads=threads,
            capacity=loading.CONTEXT_TOKENS + loading.GENERATION_TOKENS,
        )
        self.reset()

    def reset(self) -> None:
        self._cache = PrefixCache(self._decoder)

    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        before = self._cache.stats.passes
        sequence, count = list(ids), 0
        try:
            while count < new and not stop():
                sequence.append(int(self._cache.next_logits(sequence, stop).argmax()))
                told(sequence[-1])
                count += 1
        except Cancelled:
            pass
        self.passes += self._cache.stats.passes - before
        return sequence[len(ids) :]

    def verify(self, ids: Sequence[int], count: int) -> list[int] | None:
        return [int(i) for i in self._cache.logits(list(ids), count, lambda: False).argmax(-1)]

    def logits(self, ids: Sequence[int]) -> Floats | None:
        return self._decoder.forward(list(ids), 0, len(ids), self._decoder.new_kv_cache())

    def replay(self, schedule: Sequence[dict[str, Any]], new: int) -> list[dict[str, Any]]:
        self.reset()
        trace = _Trace(self._folder, self._threads, schedule, replace(self.parameters, max_tokens=new))
        try:
            return trace.play()
        finally:
            self.passes += trace.passes
            trace.close()

    def close(self) -> None:
        self._decoder.close()


class Int8(_Writer):
    """The engine as users have it, but token after token as the peers do."""


class Words(_Writer):
    """As in the window: the likeliest words, and whatever their probability."""

    parameters = Parameters(by_words=True, allow_partial_context=True)


class Float32(_Writer):
    """The same graph in float32, the proof that it computes what transformers computes."""

    precision = "float32"


class _Trace:
    """The engine's own thread, mailbox and cache behind a typist; a ghost that is typed stays."""

    def __init__(
        self, folder: Path, threads: int, schedule: Sequence[dict[str, Any]], parameters: Parameters
    ) -> None:
        self._schedule = schedule
        self._parameters = parameters
        self._records: dict[int, dict[str, Any]] = {}
        self._ready = threading.Event()
        self._start = 0.0
        self._shown: tuple[int, bytes] = (0, b"")
        self._lock = threading.Lock()
        self.passes = 0
        self._worker = Worker(self._listen)
        self._worker.load(lambda: loading.load(folder, "cpu", threads=threads), folder.name)
        self._ready.wait()
        self._worker.prefetch(self._context(0))

    def play(self) -> list[dict[str, Any]]:
        """Type. See `replay.through_mailbox`; "walked" marks keys that the ghost had foreseen."""
        time.sleep(2.0)
        self._start = time.perf_counter()
        for index, key in enumerate(self._schedule):
            time.sleep(max(0.0, self._start + key["at_ms"] / 1e3 - time.perf_counter()))
            self._press(index, key)
        time.sleep(1.0)
        return list(self._records.values())

    def close(self) -> None:
        """End the engine's thread."""
        self._worker.close()

    def _press(self, index: int, key: dict[str, Any]) -> None:
        typed = key["typed"].encode()
        with self._lock:
            owner, shown = self._shown
            walks = key["ask"] and len(shown) > len(typed) and shown.startswith(typed)
            self._shown = (owner, shown[len(typed) :]) if walks else (index, b"")
            if walks:
                self._records[index] = {"key": index, "walked": True, "tokens": []}
                return
            self._records[index] = {"key": index, "tokens": []}
        if key["ask"]:
            self._worker.submit(Request(index + 1, self._context(index), self._parameters))
        else:
            self._worker.cancel()

    def _context(self, index: int) -> Context:
        before = self._schedule[index]["before"]
        return Context(before[window_start(len(before)) :], document="trace")

    def _listen(self, event: EngineEvent) -> None:
        now = time.perf_counter()
        if isinstance(event, EngineReady):
            self._ready.set()
        elif isinstance(event, TokenProduced):
            index = event.request - 1
            due = self._start + self._schedule[index]["at_ms"] / 1e3
            with self._lock:
                piece = event.token.text.decode("utf-8", "replace")
                self._records[index]["tokens"].append(((now - due) * 1e3, piece))
                if self._shown[0] == index:
                    self._shown = (index, self._shown[1] + event.token.text)
        elif isinstance(event, RequestFinished):
            self.passes += event.stats.passes
            if not event.cancelled:
                self._records[event.request - 1]["whole"] = True
