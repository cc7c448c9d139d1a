"""Compares engines for inline suggestions: `python -m tests.benchmarks.bench`, or `make bench`.

Every engine lives in its own process with the same model and gets the same token ids. They are visited
in turn, in the reverse order every round, and frozen in between. Prints a table and writes build/bench.json.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import models, report, runs, window
from tests.benchmarks.peers import ENGINES
from tests.benchmarks.workloads import ALL

WINDOW = tuple(window.MEASURES)
WORKLOADS = (*ALL, "truth", "trace", *WINDOW)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; the exit status."""
    options = _parser().parse_args(arguments)
    plan = runs.Plan(
        models=_chosen(options.models, models.NAMES, "model"),
        engines=_chosen(options.engines, [engine.key for engine in ENGINES], "engine"),
        workloads=_chosen(options.workloads, WORKLOADS, "workload"),
        threads=[int(count) for count in options.threads.split(",")],
        rounds=2 if options.quick else options.rounds,
        excerpts=options.excerpts,
        quick=options.quick,
        waits=not options.noisy,
    )
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    bench = runs.Run(plan, say=lambda text: print(text, file=sys.stderr, flush=True))
    try:
        bench.measure()
    except KeyboardInterrupt:
        print("bench: stopped; what was measured so far follows", file=sys.stderr)
    finally:
        bench.close()
    result = bench.result()
    if options.merge:
        result = report.merged(result, options.out)
    report.write(result, options.out)
    print(report.table(result))
    print(f"\nwritten: {options.out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    keys = ",".join(engine.key for engine in ENGINES)
    parser.add_argument("--models", default=",".join(models.NAMES), help=f"({','.join(models.NAMES)})")
    parser.add_argument("--engines", default=keys, help=f"({keys})")
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help=f"({','.join(WORKLOADS)})")
    parser.add_argument("--threads", default="2,1", help="processor threads, one pass each (2,1)")
    parser.add_argument("--rounds", type=int, default=6, help="visits to each engine (6)")
    parser.add_argument("--excerpts", type=int, default=10, help="stretches of the typing trace (10)")
    parser.add_argument("--quick", action="store_true", help="two rounds, short texts: shows that it runs")
    parser.add_argument("--noisy", action="store_true", help="do not wait for other programs to be idle")
    parser.add_argument("--merge", action="store_true", help="keep rows of the last run that this one lacks")
    parser.add_argument("--out", type=Path, default=models.ROOT / "build" / "bench.json", metavar="FILE")
    return parser


def _chosen(given: str, known: Sequence[str], what: str) -> list[str]:
    wanted = [name for name in given.split(",") if name]
    for name in wanted:
        if name not in known:
            print(f"bench: no {what} {name!r}; there are {', '.join(known)}", file=sys.stderr)
            raise SystemExit(2)
    return [name for name in known if name in wanted]


if __name__ == "__main__":
    sys.exit(main())
