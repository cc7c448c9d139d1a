"""The scorecard of the program's promises under damage, hostility and bad luck: `make trust`.

    python -m tests.trust.scorecard [ROW...] [--scale 1.0] [--seed 1] [--lanes 2]

Each row does its work at full size in a process of its own, prints a figure beside its limit, and passes or
fails; the table is written to build/trust.md. As many rows as `--lanes` says are played at a time, but for
those that measure how long something takes. `--scale` makes all rows smaller, which is what the tests do. The
exit status is 1 where a row failed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "build" / "trust.md"
MODULES = (
    *("packets", "processes", "damage", "file_damage", "graph_damage", "files_gone", "behaviour"),
    *("type_fuzzing", "hostile", "saving", "rights", "full_disk", "long_typing", "power_cuts", "leftovers"),
)
"""The modules of this folder with rows, in the order of the report."""
MARK = "WRITER_TRUST_RUN"
"""An environment variable of all processes that a run of the scorecard starts."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a row found: a sentence with its number, and whether that is within the limit."""

    text: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A promise: its name, what is done, the limit, and the function that does it (seed, scale).

    `minutes` is how long it takes at full size on two cores beside another; a row that is played `alone`
    comes after all others.
    """

    name: str
    about: str
    limit: str
    run: Callable[[int, float], Figure]
    minutes: float = 1.0
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A row with what came of it; `seconds` is how long it took."""

    row: Row
    figure: Figure
    seconds: float


def rows() -> tuple[Row, ...]:
    """All rows, in the order of the report. Imported late: some need a model or a network namespace."""
    modules = (importlib.import_module(f"tests.trust.{name}") for name in MODULES)
    return tuple(row for module in modules for row in module.ROWS)


def play(row: Row, seed: int, scale: float) -> Result:
    """Run one row. What it raises is a failure with a name, and the other rows go on."""
    began = time.monotonic()
    try:
        figure = row.run(seed, scale)
    except Exception as error:  # noqa: BLE001 - told in the table
        figure = Figure(f"{type(error).__name__}: {error}"[:200], passed=False)
    return Result(row, figure, time.monotonic() - began)


def play_in_child(row: Row, seed: int, scale: float) -> Result:
    """Run one row in a process of its own. One that dies is a failed row."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wt-") as folder:
        out = Path(folder) / "figure.json"
        command = [sys.executable, "-m", "tests.trust.scorecard", row.name, "--figure", str(out)]
        options = ["--seed", str(seed), "--scale", str(scale)]
        done = subprocess.run(
            [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        if out.exists():
            figure = Figure(**json.loads(out.read_text("utf-8")))
        else:
            said = done.stdout.decode("utf-8", "replace").strip()[-200:]
            figure = Figure(f"it ended with status {done.returncode}: {said}", passed=False)
    return Result(row, figure, time.monotonic() - began)


def play_all(
    chosen: Sequence[Row], seed: int, scale: float, lanes: int, on_results: Callable[[list[Result]], None]
) -> list[Result]:
    """Play rows, the longest first, and behind them those that are played alone; tell each on stderr.

    `on_results` gets all results so far after each row, in the order of `chosen`.
    """
    results: list[Result] = []
    lock, began = threading.Lock(), time.monotonic()

    def one(row: Row) -> None:
        result = play_in_child(row, seed, scale)
        with lock:
            results.append(result)
            results.sort(key=lambda one: chosen.index(one.row))
            say(f"{len(results)} of {len(chosen)}, {(time.monotonic() - began) / 60:.0f} min: {row.name}")
            say(f"  {result.figure.text}")
            on_results(results)

    beside = sorted((row for row in chosen if not row.alone), key=lambda row: -row.minutes)
    say(f"{len(chosen)} rows, about {minutes_of(chosen, scale, lanes):.0f} minutes")
    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(one, beside))
    for row in chosen:
        if row.alone:
            one(row)
    return results


def minutes_of(chosen: Sequence[Row], scale: float, lanes: int) -> float:
    """How long rows take, by what they took before."""
    shared = [row.minutes for row in chosen if not row.alone]
    alone = sum(row.minutes for row in chosen if row.alone)
    return min(1.0, scale) * (max(sum(shared) / lanes, *shared, 0.0) + alone)


def say(text: str) -> None:
    """A line for who waits."""
    print(text, file=sys.stderr, flush=True)


def table(results: Sequence[Result], seed: int, scale: float, seconds: float) -> str:
    """The results, which took so long, as Markdown."""
    lines = [
        f"Seed {seed}, scale {scale:g}, {seconds / 60:.0f} minutes.",
        "",
        "| row | what | limit | figure | time | |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        row, figure = result.row, result.figure
        verdict = "pass" if figure.passed else "**fail**"
        cells = (row.name, row.about, row.limit, figure.text, f"{result.seconds:.0f} s", verdict)
        lines.append("| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the rows that are named, or all; 1 where one failed, 2 where a name is unknown."""
    parser = argparse.ArgumentParser(prog="scorecard", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows; all of them where none is named")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--figure", type=Path, help="play one row here, and write its figure into a file")
    options = parser.parse_args(arguments)
    os.environ.setdefault(MARK, str(os.getpid()))
    known = {row.name: row for row in rows()}
    if unknown := set(options.rows) - set(known):
        say(f"There is no row {', '.join(sorted(unknown))}; choose from {', '.join(known)}.")
        return 2
    if options.figure:
        logging.getLogger().addHandler(logging.NullHandler())  # thousands of errors are logged on purpose
        (name,) = options.rows
        figure = play(known[name], options.seed, options.scale).figure
        options.figure.write_text(json.dumps(asdict(figure)), "utf-8")
        return 0
    began = time.monotonic()
    chosen = [known[name] for name in options.rows or known]
    REPORT.parent.mkdir(exist_ok=True)

    def write(results: Sequence[Result]) -> None:
        """A run that is ended early leaves the rows that it has played."""
        REPORT.write_text(table(results, options.seed, options.scale, time.monotonic() - began), "utf-8")

    results = play_all(chosen, options.seed, options.scale, options.lanes, write)
    print(REPORT.read_text("utf-8"))
    return int(not all(result.figure.passed for result in results))


if __name__ == "__main__":
    sys.exit(main())
