"""The figures for people, and for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
IDENTITY = ("model", "workload", "engine", "threads")

TRACE_SUMMARY = {"whole %": "wholes_in_time", "word %": "words_in_time", "CPU s": "cpu_s_per_1000"}
COLUMNS = (
    "warm",
    "warm, first token",
    "warm, 3 typed",
    "cold",
    "decode",
    "prefill",
    "verify 1",
    "verify 2",
    "verify 4",
    "verify 8",
    "verify 13",
)


def table(result: dict[str, Any]) -> str:
    """All rows as text: one table for each model and number of threads, then the others."""
    rows = result["rows"]
    parts = [result["machine"]]
    settings = dict.fromkeys((row["model"], row["threads"]) for row in rows if row.get("threads"))
    parts += summary(rows)
    for model, threads in settings:
        chosen = [row for row in rows if (row["model"], row.get("threads")) == (model, threads)]
        parts += _timings(model, threads, [row for row in chosen if row["workload"] in COLUMNS])
        parts += _truths([row for row in chosen if row["workload"] == "truth"])
        parts += _traces([row for row in chosen if row["workload"] == "trace"])
    parts += _window([row for row in rows if not row.get("threads")])
    parts += [f"! {remark}" for remark in result["remarks"]]
    return "\n".join(parts)


def summary(rows: list[Row]) -> list[str]:
    """A line for each engine, model and number of threads: what a person feels, and what it costs."""
    lines: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in rows:
        if row.get("threads") and row["workload"] in ("warm", "cold", "trace", "truth"):
            place = (row["model"], row["threads"], row["engine"])
            lines.setdefault(place, {})[row["workload"]] = row
    body = []
    for (model, threads, engine), found in lines.items():
        timed = found.get("warm") or found.get("cold") or {}
        body.append(
            [
                f"{model}, {threads} threads: {engine}",
                *(_median(found.get(name)) for name in ("warm", "cold")),
                str(timed.get("peak_mb", "")),
                *(_figure(found.get("trace"), name) for name in TRACE_SUMMARY.values()),
                _figure(found.get("truth"), "top1"),
                f"{100 * found['truth']['perplexity_ratio'] - 100:+.2f}" if "truth" in found else "",
            ]
        )
    head = ["", "warm ms", "cold ms", "peak MB", *TRACE_SUMMARY, "top-1 %", "perplexity %"]
    title = (
        "all in one: medians [their 95 % intervals]; trace: before the next key; CPU s in 1,000 characters"
    )
    return ["", title, *_aligned(head, body)] if body else []


def _median(row: Row | None) -> str:
    if row is None:
        return ""
    return f"{row['median_ms']:.0f} [{row['low_ms']:.0f}-{row['high_ms']:.0f}]"


def _figure(row: Row | None, name: str) -> str:
    return "" if row is None else f"{row[name]:.1f}"


def merged(result: dict[str, Any], file: Path) -> dict[str, Any]:
    """`result`, and the rows of an earlier one in `file` that it lacks."""
    if not file.exists():
        return result
    new = {_identity(row) for row in result["rows"]}
    old = json.loads(file.read_text("utf-8"))
    kept = [row for row in old["rows"] if _identity(row) not in new]
    return {**result, "rows": kept + result["rows"]}


def write(result: dict[str, Any], file: Path) -> None:
    """Write the result as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _identity(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in IDENTITY)


def _timings(model: str, threads: int, rows: list[Row]) -> list[str]:
    if not rows:
        return []
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        text = f"{row['median_ms']:.0f}" if row["median_ms"] >= 30 else f"{row['median_ms']:.1f}"
        if row["workload"] in ("warm", "cold"):
            text += f" [{row['min_ms']:.0f}-{row['max_ms']:.0f}]"
        cells.setdefault(row["engine"], {})[row["workload"]] = text
        cells[row["engine"]]["peak MB"] = f"{row['peak_mb']}"
        cells[row["engine"]]["others"] = f"{row.get('others', 0):.2f}"
    columns = [name for name in COLUMNS if any(name in cell for cell in cells.values())]
    body = [
        [name, *(cell.get(column, "") for column in [*columns, "peak MB", "others"])]
        for name, cell in cells.items()
    ]
    title = f"{model}, {threads} threads: median milliseconds [least-most]; others: processors used by others"
    return ["", title, *_aligned(["engine", *columns, "peak MB", "others"], body)]


def _truths(rows: list[Row]) -> list[str]:
    columns: dict[str, Callable[[Row], str]] = {
        "top-1 %": lambda row: f"{row['top1']:.1f}",
        "perplexity": lambda row: f"{row['perplexity']:.3f}",
        "against float32 %": lambda row: f"{100 * row['perplexity_ratio'] - 100:+.2f}",
        "tokens": lambda row: f"{row['scored']:.0f}",
    }
    return plain("truth on held-out English", rows, columns)


def _traces(rows: list[Row]) -> list[str]:
    def figure(name: str, digits: int = 0) -> Callable[[Row], str]:
        return lambda row: "never" if row[name] is None else f"{row[name]:.{digits}f}"

    columns = {
        "whole in time %": figure("wholes_in_time", 1),
        "word in time %": figure("words_in_time", 1),
        "typed along %": figure("walked", 1),
        "silent %": figure("silent", 1),
        "word p50": figure("word_p50_ms"),
        "p90": figure("word_p90_ms"),
        "p95": figure("word_p95_ms"),
        "whole p50": figure("whole_p50_ms"),
        "p90 ": figure("whole_p90_ms"),
        "p95 ": figure("whole_p95_ms"),
        "passes/1000": lambda row: f"{row['passes_per_1000']:.0f}" if row["passes_per_1000"] else "?",
        "CPU s/1000": figure("cpu_s_per_1000", 1),
        "keys": figure("keys"),
    }
    return plain("typing trace: ghosts before the next key, milliseconds from the key", rows, columns)


def _window(rows: list[Row]) -> list[str]:
    columns: dict[str, Callable[[Row], str]] = {
        "median": lambda row: f"{row['median_ms']:.1f}" if "median_ms" in row else "",
        "p99": lambda row: f"{row['p99_ms']:.1f}" if "p99_ms" in row else "",
        "most": lambda row: f"{row['max_ms']:.1f}" if "max_ms" in row else "",
        "MB": lambda row: f"{row['mb']:.0f}" if "mb" in row else "",
        "count": lambda row: str(row.get("count", "")),
    }
    return plain("the window", [{**row, "engine": row["workload"]} for row in rows], columns)


def plain(title: str, rows: list[Row], columns: dict[str, Callable[[Row], str]]) -> list[str]:
    """The lines of a table with a row for each "engine"; none without rows."""
    if not rows:
        return []
    body = [[row["engine"], *(show(row) for show in columns.values())] for row in rows]
    return ["", title, *_aligned(["", *columns], body)]


def _aligned(head: list[str], body: Iterable[list[str]]) -> list[str]:
    lines = [head, *body]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  ".join(_cell(cell, width, i) for i, (cell, width) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if column else text.ljust(width)
