"""How time and memory grow: `python -m tests.benchmarks.growth`.

They are measured over the size of the text, the window, the model and the threads.

Models have random weights in the shapes of real ones. Beside each figure stands what the arithmetic predicts:
the next token reads all weights and the window's keys and values once, at the bandwidth that was measured;
a cold window takes its products at the measured rate. A key takes the same in every text (the median of all),
since the model reads a window of it and the editor paints a page; a text takes the memory of its characters.
Prints tables; writes build/growth.json, with `--picture FILE` one picture (SVG) of them. `--only` measures
some parts, and the file keeps what is known of the others. `--from FILE` only draws it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks import growth_picture, machine_load, report, runs, window
from tests.benchmarks.growth_case import LONGEST_WINDOW, SHAPES, Shape, make
from tests.benchmarks.models import BUILD, ROOT

PARTS = ("texts", "windows", "models", "threads")
WINDOWS = (128, 256, 512, 1024, 2048, LONGEST_WINDOW)
USUAL_WINDOW = 512
USUAL = SHAPES[1]

CHARACTER_BYTES = 2
"""Of a character of English in Qt's document."""

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, draw; the exit status."""
    parser = argparse.ArgumentParser(prog="growth", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"({','.join(PARTS)})")
    most = max(1, min(4, os.cpu_count() or 1))
    parser.add_argument("--threads", type=int, default=most, help=f"threads, at the most ({most})")
    parser.add_argument("--picture", type=Path, metavar="FILE")
    parser.add_argument("--from", type=Path, dest="known", metavar="FILE")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "growth.json", metavar="FILE")
    options = parser.parse_args(arguments)
    if options.known:
        result = json.loads(options.known.read_text("utf-8"))
    else:
        parts = options.only.split(",")
        known = json.loads(options.out.read_text("utf-8"))["rows"] if options.out.exists() else []
        rows = [row for row in known if row["part"] not in parts] + measured(parts, options.threads)
        result = {"machine": runs.machine(), "rows": rows}
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1), "utf-8")
    print(table(result))
    if options.picture:
        options.picture.write_text(growth_picture.draw(result), "utf-8")
    return 0


def measured(parts: Sequence[str], many: int) -> list[Row]:
    """The rows of these parts, with so many threads at the most."""
    rows = list(_texts()) if "texts" in parts else []
    machines = {n: _case("machine", str(n)) for n in range(1, many + 1)}
    if "windows" in parts:
        rows += [_model("windows", USUAL, n, many, machines) for n in WINDOWS]
    if "models" in parts:
        rows += [_model("models", shape, USUAL_WINDOW, many, machines) for shape in SHAPES]
    if "threads" in parts:
        rows += [_model("threads", USUAL, USUAL_WINDOW, n, machines) for n in machines]
    return rows


def _texts() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as folder:
        yield from text_rows(window.MEASURES["growth"](Path(folder), False, _say))


def text_rows(measured: Sequence[Row]) -> Iterator[Row]:
    """What was measured in texts, with what is predicted for each size."""
    kinds: dict[str, list[Row]] = {}
    for row in measured:
        kinds.setdefault(row["workload"].rpartition(", ")[0], []).append(row)
    for rows in kinds.values():
        usual = statistics.median(row["median_ms"] for row in rows)
        rest = [row["mb"] - _text_mb(row) for row in rows if "mb" in row]
        for row in rows:
            memory = {"predicted_mb": statistics.median(rest) + _text_mb(row)} if rest else {}
            yield {"part": "texts", **row, "predicted_ms": usual, **memory}


def _text_mb(row: Row) -> float:
    """The memory of the characters of the text in a row."""
    return window.SIZES[row["workload"].rpartition(", ")[2]] * CHARACTER_BYTES / (1 << 20)


def _model(part: str, shape: Shape, tokens: int, threads: int, machines: dict[int, Row]) -> Row:
    """One point, and what is predicted for it."""
    folder = BUILD / "growth" / shape.name.replace(" ", "-").lower()
    if not (folder / "config.json").exists():
        _say(f"making {shape.name} ...")
        make(shape, folder)
    _say(f"{shape.name}, {tokens} tokens, {threads} threads ...")
    figures = _case("model", str(folder), str(tokens), str(threads))
    able = machines[threads]
    read = figures["weight_bytes"] + shape.cached_bytes(tokens)
    return {
        "part": part,
        "model": shape.name,
        "parameters": shape.parameters,
        "window": tokens,
        "threads": threads,
        **figures,
        "warm_predicted_ms": read / able["bytes_per_s"] * 1e3,
        "cold_predicted_ms": shape.products(tokens) / able["products_per_s"] * 1e3,
    }


def _case(*arguments: str) -> Row:
    machine_load.wait()
    return json.loads(window.output([sys.executable, "-m", "tests.benchmarks.growth_case", *arguments]))


def table(result: Row) -> str:
    """The rows as text, a table for each kind."""
    lines = [result["machine"]]
    models = [
        {**row, "engine": f"{row['part']}: {row['model']}, window {row['window']}, threads {row['threads']}"}
        for row in result["rows"]
        if row["part"] != "texts"
    ]
    names = ("warm_ms", "warm_predicted_ms", "cold_ms", "cold_predicted_ms", "peak_mb")
    columns = {name: _figure(name) for name in names}
    lines += report.plain("growth: milliseconds of the next token and of a cold window", models, columns)
    texts = [{**row, "engine": row["workload"]} for row in result["rows"] if row["part"] == "texts"]
    names = ("median_ms", "predicted_ms", "p99_ms", "mb", "predicted_mb")
    columns = {name: _figure(name) for name in names}
    return "\n".join([*lines, *report.plain("growth: texts", texts, columns)])


def _figure(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]:.1f}" if name in row else ""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
