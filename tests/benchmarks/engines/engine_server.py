"""A process that holds one engine and answers questions: JSON lines on standard input and output.

    python engine_server.py MODULE:CLASS FILE_OR_FOLDER THREADS

Questions: {"do": "reset"}, {"do": "run", "ids", "new"}, {"do": "verify", "ids", "count"},
{"do": "truth", "ids", "from", "reference"}, {"do": "replay", "schedule", "new"}, {"do": "memory"}.
Times are taken here, in milliseconds, so that pipes and JSON cost nothing.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fidelity
import numpy as np
import replay
from adapter import Adapter


def main() -> None:
    """Serve until standard input ends. The library's own prints go to standard error."""
    _end_with_parent()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    place, model, threads = sys.argv[1:4]
    module, name = place.split(":")
    start = time.perf_counter()
    adapter: Adapter = getattr(importlib.import_module(module), name)(model, int(threads))
    ready = {"ready": True, "version": adapter.version, "load_ms": (time.perf_counter() - start) * 1e3}
    print(json.dumps(ready), file=answers)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = ANSWERS[question["do"]](adapter, question)
        except (RuntimeError, ValueError, TypeError, MemoryError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)
    adapter.close()


def _end_with_parent() -> None:
    """A frozen process would outlive a parent that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _never() -> bool:
    return False


def _reset(adapter: Adapter, question: dict[str, Any]) -> dict[str, Any]:
    adapter.reset()
    return {}


def _run(adapter: Adapter, question: dict[str, Any]) -> dict[str, Any]:
    times: list[float] = []
    passes = adapter.passes
    start = time.perf_counter()
    tokens = adapter.run(
        question["ids"], question["new"], _never, lambda _: times.append(time.perf_counter())
    )
    end = time.perf_counter()
    first = (times[0] if times else end) - start
    return {
        "tokens": tokens,
        "ms": (end - start) * 1e3,
        "first_ms": first * 1e3,
        "passes": adapter.passes - passes,
    }


def _verify(adapter: Adapter, question: dict[str, Any]) -> dict[str, Any]:
    start = time.perf_counter()
    choices = adapter.verify(question["ids"], question["count"])
    return {"choices": choices, "ms": (time.perf_counter() - start) * 1e3}


def _truth(adapter: Adapter, question: dict[str, Any]) -> dict[str, Any]:
    """Compare with the reference's file; an adapter that has none yet writes it."""
    logits = adapter.logits(question["ids"])
    if logits is None:
        return {"scored": 0}
    return fidelity.compare(
        np.asarray(logits), question["ids"], question["from"], Path(question["reference"])
    )


def _replay(adapter: Adapter, question: dict[str, Any]) -> dict[str, Any]:
    schedule, new = question["schedule"], question["new"]
    adapter.prepare(schedule, new)
    before = time.process_time(), adapter.passes
    records = adapter.replay(schedule, new) or replay.through_mailbox(adapter, schedule, new)
    return {
        "records": records,
        "cpu_seconds": time.process_time() - before[0],
        "passes": adapter.passes - before[1],
    }


def _memory(adapter: Adapter, question: dict[str, Any]) -> dict[str, Any]:
    """Resident memory now and at its peak, in megabytes; file pages that are mapped count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return {
        name: int(fields[key].split()[0]) / 1024
        for name, key in (("now_mb", "VmRSS"), ("peak_mb", "VmHWM"), ("file_mb", "RssFile"))
    }


ANSWERS: dict[str, Callable[[Adapter, dict[str, Any]], dict[str, Any]]] = {
    "reset": _reset,
    "run": _run,
    "verify": _verify,
    "truth": _truth,
    "replay": _replay,
    "memory": _memory,
}

if __name__ == "__main__":
    main()
