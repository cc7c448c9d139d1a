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
from writer.settings.schema import SUGGESTIONS_LENGTH
from writer.suggestions.builder import BuilderRules, SuggestionBuilder
from writer.suggestions.context import Context, window_start
from writer.suggestions.gate import DEFAULT_LEVEL, level_named


class _Writer(Adapter):
    """The decoder and its prefix cache, without the choice of words above them."""

    version = writer.__version__
    precision: Any = "int8"

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

    def close(self) -> None:
        self._decoder.close()


class Int8(_Writer):
    """The engine as users have it, but token after token as the peers do."""


class Words(_Writer):
    """As in the window at its default settings: words that pass the gate, and no search for others."""

    def prepare(self, schedule: Sequence[dict[str, Any]], new: int) -> None:
        self.reset()
        self._trace = _Trace(self._folder, self._threads, schedule)

    def replay(self, schedule: Sequence[dict[str, Any]], new: int) -> list[dict[str, Any]]:
        try:
            return self._trace.play()
        finally:
            self.passes += self._trace.passes
            self._trace.close()


class Float32(_Writer):
    """The same graph in float32, the proof that it computes what transformers computes."""

    precision = "float32"


class _Trace:
    """The engine's own thread, mailbox and cache behind a typist; a ghost that is typed stays."""

    def __init__(self, folder: Path, threads: int, schedule: Sequence[dict[str, Any]]) -> None:
        self._schedule = schedule
        self._rules = BuilderRules(gate=level_named(DEFAULT_LEVEL).gate)
        self._records: dict[int, dict[str, Any]] = {}
        self._ready = threading.Event()
        self._start = 0.0
        self._asked = 0
        self._builder = SuggestionBuilder(Context(""), 0)
        self._shown, self._typed = "", ""
        self._lock = threading.Lock()
        self.passes = 0
        self._worker = Worker(self._listen)
        self._worker.load(lambda: loading.load(folder, "cpu", threads=threads), folder.name)
        self._ready.wait()
        self._worker.prefetch(self._context(0))
        time.sleep(2.0)

    def play(self) -> list[dict[str, Any]]:
        """Type. See `replay.through_mailbox`; "walked" marks keys that the ghost had foreseen, "whole_ms" is
        when an answer was whole, which may be that there is none."""
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
        with self._lock:
            typed = self._typed + key["typed"]
            if key["ask"] and len(self._shown) > len(typed) and self._shown.startswith(typed):
                self._typed = typed
                self._records[index] = {"key": index, "walked": True, "tokens": []}
                return
            self._asked, self._shown, self._typed = index, "", ""
            self._records[index] = {"key": index, "tokens": []}
            self._builder = SuggestionBuilder(self._context(index), index, self._rules)
        if key["ask"]:
            self._worker.submit(Request(index + 1, self._context(index), self._parameters(index)))
        else:
            self._worker.cancel()

    def _parameters(self, index: int) -> Parameters:
        return Parameters(
            max_tokens=SUGGESTIONS_LENGTH.default,
            by_words=True,
            floor=self._rules.floor(self._context(index)),
            next_floors=self._rules.gate.next_floors,
            allow_partial_context=True,
        )

    def _context(self, index: int) -> Context:
        before = self._schedule[index]["before"]
        return Context(before[window_start(len(before)) :], document="trace")

    def _listen(self, event: EngineEvent) -> None:
        if isinstance(event, EngineReady):
            self._ready.set()
        elif isinstance(event, TokenProduced | RequestFinished):
            with self._lock:
                self._answered(event)

    def _answered(self, event: TokenProduced | RequestFinished) -> None:
        """Show what the gate lets through, and stop the engine behind that."""
        index = event.request - 1
        record, ms = self._records[index], self._since(index)
        if isinstance(event, RequestFinished):
            self.passes += event.stats.passes
        if index != self._asked or "whole_ms" in record:
            return
        if isinstance(event, RequestFinished):
            if event.cancelled:
                return
            shown = self._builder.end(event.stats.reason).text
        else:
            token = event.token
            shown = self._builder.add(token.text, token.logprob, token.ends_word).text
        if len(shown) > len(self._shown):
            record["tokens"].append((ms, shown[len(self._shown) :]))
            self._shown = shown
        if self._builder.finished:
            record["whole_ms"] = ms
            self._worker.cancel()
            if shown:
                context = self._context(index)
                self._worker.prefetch(replace(context, before=context.before + shown))

    def _since(self, index: int) -> float:
        """Milliseconds since a key was pressed."""
        return (time.perf_counter() - self._start) * 1e3 - float(self._schedule[index]["at_ms"])
