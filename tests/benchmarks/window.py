"""The whole window: how fast it starts, what it weighs, and whether it stays responsive while it computes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import machine_load
from tests.benchmarks.engine_process import ENGINES_FOLDER, EngineFailedError
from tests.benchmarks.models import ROOT, english_text, find

SIZES = {"1 kB": 1_000, "10 kB": 10_000, "100 kB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
TEXT = "It had rained all night, and in the morning the streets of the old town were still wet, "
Row = dict[str, Any]
Say = Callable[[str], None]


def measure(workloads: Sequence[str], quick: bool, say: Say, remark: Say) -> Iterator[Row]:
    """Rows for those of `MEASURES` that are wanted; `remark` hears what failed."""
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder:
        for name in MEASURES:
            if name in workloads:
                try:
                    yield from MEASURES[name](Path(folder), quick, say)
                except EngineFailedError as error:
                    remark(f"{name}: {error}")


def _start(folder: Path, quick: bool, say: Say) -> list[Row]:
    file = text_file(folder, "start.txt", 3_000)
    say("start of the window ...")
    runs = [_probe("start", file) for _ in range(3 if quick else 6)][1:]
    names = {"visible_ms": "window visible", "usable_ms": "first key painted", "ghost_ms": "first ghost"}
    return [
        _row(f"start to {label}", [run[name] for run in runs if run[name] is not None])
        for name, label in names.items()
    ]


def _window(folder: Path, quick: bool, say: Say) -> list[Row]:
    file = text_file(folder, "window.txt", 3_000)
    rows: list[Row] = []
    for state in ("idle", "loading", "generating"):
        say(f"the window, {state} ...")
        runs = [_probe(state, file) for _ in range(5 if state == "loading" and not quick else 1)]
        rows.append(_row(f"timer lateness, {state}", [ms for run in runs for ms in run["lateness_ms"]]))
        rows.append(_row(f"key to paint, {state}", [ms for run in runs for ms in run["paint_ms"]]))
    for name, label in (("now_mb", "memory, steady"), ("peak_mb", "memory, peak")):
        rows.append({"model": "starter", "workload": label, "engine": "writer", "mb": runs[-1][name]})
    return rows


def _growth(folder: Path, quick: bool, say: Say) -> list[Row]:
    rows: list[Row] = []
    for label, size in SIZES.items():
        say(f"a document of {label} ...")
        run = _probe("growth", text_file(folder, f"{size}.txt", size))
        rows.append(_row(f"key to whole answer, {label}", run["whole_ms"]))
        rows.append(_row(f"key to first ghost or silence, {label}", run["ghost_ms"]))
        rows.append(_row(f"key to paint, {label}", run["paint_ms"]))
        rows[-1]["mb"] = run["now_mb"]
    return rows


def _complete(folder: Path, quick: bool, say: Say) -> list[Row]:
    say("writer complete ...")
    times = []
    for _ in range(3 if quick else 6):
        machine_load.wait()
        begin = time.perf_counter()
        output([sys.executable, "-m", "writer", "complete"], TEXT, wait=False)
        times.append((time.perf_counter() - begin) * 1e3)
    return [_row("writer complete, process start to end", times[1:])]


def _ready(folder: Path, quick: bool, say: Say) -> list[Row]:
    rows = []
    for name in ("gpt2", "starter"):
        say(f"making {name} ready ...")
        command = [
            sys.executable,
            str(ENGINES_FOLDER / "convert_writer.py"),
            str(find(name).folder),
            str(folder),
        ]
        runs = [float(output(command)) for _ in range(1 if quick else 3)]
        rows.append({**_row(f"made ready: {name}", runs), "model": name})
    return rows


def output(
    command: list[str], text: str = "", environment: dict[str, str] | None = None, wait: bool = True
) -> str:
    """What a process prints. Raises `EngineFailedError` with its last line where it fails."""
    if wait:
        machine_load.wait()
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        cwd=ROOT,
        env=environment,
        timeout=300,
        check=False,
        text=True,
    )
    if done.returncode:
        raise EngineFailedError((done.stderr.strip().splitlines() or ["no output"])[-1])
    return done.stdout


MEASURES = {"start": _start, "window": _window, "growth": _growth, "complete": _complete, "ready": _ready}


def _probe(what: str, file: Path) -> dict[str, Any]:
    """One run of the window in a process of its own, on a virtual screen where there is one."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    machine_load.wait()
    command = [sys.executable, "-m", "tests.benchmarks.window_probe", what, str(file), str(time.monotonic())]
    return json.loads(output(command, environment=environment, wait=False).splitlines()[-1])


def text_file(folder: Path, name: str, size: int) -> Path:
    """English prose of `size` bytes that ends in the middle of a sentence, the same one at every size."""
    prose = "\n\n".join(english_text()).encode("ascii", "ignore")
    wanted = size - len(TEXT)
    repeated = prose * (wanted // len(prose) + 1)
    file = folder / name
    file.write_bytes(repeated[len(repeated) - wanted :] + TEXT.encode())
    return file


def _row(workload: str, values: Sequence[float]) -> Row:
    row: Row = {"model": "starter", "workload": workload, "engine": "writer", "count": len(values)}
    if values:
        ordered = sorted(values)
        row["median_ms"] = statistics.median(ordered)
        row["p99_ms"] = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
        row["min_ms"], row["max_ms"] = ordered[0], ordered[-1]
    return row
