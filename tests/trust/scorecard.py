"""The scorecard of the program's promises under damage, hostility and bad luck: `make trust`.

    python -m tests.trust.scorecard [ROW...] [--scale 1.0] [--seed 1]

Each row does its work at full size, prints a figure beside its limit, and passes or fails; the table is
written to build/trust.md. `--scale` makes all rows smaller, which is what the tests do. The exit status is 1
where a row failed.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "build" / "trust.md"
MODULES = (
    *("packets", "processes", "damage", "file_damage", "graph_damage", "files_gone", "behaviour"),
    *("type_fuzzing", "hostile", "saving", "rights", "full_disk", "power_cuts", "leftovers", "long_typing"),
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
    """A promise: its name, what is done, the limit, and the function that does it (seed, scale)."""

    name: str
    about: str
    limit: str
    run: Callable[[int, float], Figure]


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


def table(results: Sequence[Result], seed: int, scale: float) -> str:
    """The results as Markdown."""
    lines = [
        f"Seed {seed}, scale {scale:g}, {sum(result.seconds for result in results) / 60:.0f} minutes.",
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
    options = parser.parse_args(arguments)
    os.environ[MARK] = str(os.getpid())
    logging.getLogger().addHandler(logging.NullHandler())  # thousands of errors are logged on purpose
    known = {row.name: row for row in rows()}
    if unknown := set(options.rows) - set(known):
        print(
            f"There is no row {', '.join(sorted(unknown))}; choose from {', '.join(known)}.", file=sys.stderr
        )
        return 2
    results = []
    for name in options.rows or known:
        print(f"{name} …", file=sys.stderr, flush=True)
        results.append(play(known[name], options.seed, options.scale))
        print(f"  {results[-1].figure.text}", file=sys.stderr, flush=True)
    report = table(results, options.seed, options.scale)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report, "utf-8")
    print(report)
    return int(not all(result.figure.passed for result in results))


if __name__ == "__main__":
    sys.exit(main())
