"""The threads of a decoder: fewer while other programs compute, and the same logits."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from writer.engine.decoders import load_watch
from writer.engine.decoders.load_watch import OtherWork, ThreadChoice
from writer.engine.decoders.onnx_decoder import OnnxDecoder
from writer.engine.loading import load
from writer.engine.protocol import Parameters
from writer.suggestions.context import Context


def chosen(choice: ThreadChoice, *others: float) -> list[int]:
    return [choice.choose(one) for one in others]


def test_a_busy_core_takes_a_thread_once_that_lasts() -> None:
    choice = ThreadChoice(2, cores=2)
    assert chosen(choice, 1.0, 0.9, 0.1, 1.0, 1.0, 1.0) == [2, 2, 2, 2, 2, 1]
    assert chosen(choice, 0.2, 0.2, 0.2, 0.2, 1.0) == [1] * 5
    assert chosen(choice, *[0.2] * 6) == [1, 1, 1, 1, 1, 2]


def test_there_is_always_one_thread_and_never_more_than_asked_for() -> None:
    assert chosen(ThreadChoice(2, cores=2), *[5.0] * 3)[-1] == 1
    assert chosen(ThreadChoice(4, cores=16), *[3.0] * 3)[-1] == 4
    assert chosen(ThreadChoice(4, cores=4), *[2.0] * 3)[-1] == 2


def test_other_processes_count_and_this_one_does_not() -> None:
    work, cores = OtherWork(), os.cpu_count() or 1
    own, end = time.process_time(), time.monotonic() + 1.1
    while time.monotonic() < end:
        pass
    alone, own = work.look(), (time.process_time() - own) / 1.1
    assert work.look() is None
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        time.sleep(1.1)
        beside = work.look()
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert alone is not None
    assert beside is not None
    assert beside > 0.8 * cores
    assert alone < cores - own + 0.3


def test_the_graph_is_opened_again_and_gives_the_same(gpt2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("writer.engine.loading.default_threads", lambda: 2)
    opened: list[int] = []
    open_session = onnxruntime.InferenceSession

    def noted(graph: str, options: Any, **more: Any) -> Any:
        if Path(graph).name == "decoder.onnx":
            opened.append(options.intra_op_num_threads)
        return open_session(graph, options, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", noted)
    monkeypatch.setattr(load_watch.OtherWork, "look", lambda _self: 1.0)
    monkeypatch.setattr(load_watch.os, "cpu_count", lambda: 2)
    engine = load(gpt2, "cpu")
    decoder = engine._decoder
    assert isinstance(decoder, OnnxDecoder)
    cache = decoder.new_kv_cache()
    decoder.forward([3, 4, 5], 0, 1, cache)
    before = decoder.forward([6], 3, 1, cache).copy()
    for _ in range(4):
        engine.prepare_idle(lambda: False)
    assert opened == [2, 1]
    assert np.array_equal(decoder.forward([6], 3, 1, cache), before)
    assert list(engine.continue_text(Context("It "), Parameters(max_tokens=2), lambda: False))
    engine.close()


def test_a_number_that_was_asked_for_stays(gpt2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_watch.OtherWork, "look", lambda _self: 9.0)
    engine = load(gpt2, "cpu", threads=2)
    for _ in range(4):
        engine.prepare_idle(lambda: False)
    decoder = engine._decoder
    assert isinstance(decoder, OnnxDecoder)
    assert decoder._threads == 2
    engine.close()
