"""Does a personal model help? `python -m tests.benchmarks.personal PATH... --models BASE PERSONAL...`

Types the same stretches again with each model, at the default setting, and compares every model with the
first one on the same texts. Processes share the stretches; what is done after `--seconds` is reported.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from tests.benchmarks import paired
from tests.benchmarks.models import ROOT
from writer.base.word_lists import withheld_words
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.documents import Passage, draw_passages, read_documents
from writer.evaluation.simulated_typist import ReplayStep, context_at, replay
from writer.models import store
from writer.models.adapters.whole_model import make_whole
from writer.suggestions.builder import BuilderRules
from writer.suggestions.gate import DEFAULT_LEVEL, level_named
from writer.suggestions.safety import SafetyFilter

SHOWN = ("keystrokes_saved", "precision", "coverage")


@dataclass(frozen=True, slots=True)
class Typed:
    """One model on one stretch: its steps, and the sum and number of its tokens' log-probabilities."""

    steps: tuple[ReplayStep, ...]
    nats: float
    tokens: int


_engines: list[LocalEngine] = []


def _load(models: Sequence[str], threads: int) -> None:
    for model in models:
        _engines.append(loading.load(_folder(model), "cpu", threads=threads))


def _folder(model: str) -> Path:
    models = store.installed_store()
    return Path(model) if Path(model).is_dir() else make_whole(models, models.find(model)).path


def _type(passage: Passage) -> tuple[Passage, list[Typed]]:
    rules = BuilderRules(level_named(DEFAULT_LEVEL).gate, SafetyFilter(withheld_words()))
    found = []
    for engine in _engines:
        suggester = CachedSuggester(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True))
        steps = tuple(replay(passage, suggester, rules))
        each = engine.logprobs(context_at(passage, passage.start), passage.text[passage.start : passage.end])
        found.append(Typed(steps, -sum(each), len(each)))
    return passage, found


def type_all(
    passages: Sequence[Passage], options: argparse.Namespace
) -> Iterator[tuple[Passage, list[Typed]]]:
    """What each model did on each stretch, until the time is up."""
    until = time.monotonic() + options.seconds
    pool = ProcessPoolExecutor(
        options.processes, get_context("spawn"), _load, (options.models, options.threads)
    )
    try:
        for future in as_completed([pool.submit(_type, s) for s in passages], options.seconds):
            yield future.result()
            if time.monotonic() > until:
                break
    except TimeoutError:
        print("the time is up", file=sys.stderr)
    finally:
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def rows(models: Sequence[str], done: dict[Passage, list[Typed]], seed: int) -> list[dict[str, str]]:
    """For each model its figures, and how they differ from the first one's on the same texts."""
    found = []
    for number, model in enumerate(models):
        row = {"model": Path(model).name}
        for name in SHOWN:
            row[name] = paired.cell(paired.value(_sums(done, number, name), seed))
        gain = paired.difference(
            _sums(done, number, "keystrokes_saved"), _sums(done, 0, "keystrokes_saved"), seed
        )
        row["saved, beside the first"] = paired.cell(gain, signed=True)
        costs, first = _costs(done, number), _costs(done, 0)
        cost, less = paired.value(costs, seed), paired.difference(costs, first, seed)
        row["perplexity"] = " ".join(f"{np.exp(x or 0):.2f}" for x in (cost.value, cost.low, cost.high))
        row["perplexity, beside the first"] = paired.cell(
            type(less)(*(float(np.expm1(x or 0)) for x in (less.value, less.low, less.high))), signed=True
        )
        found.append(row)
    return found


def _sums(done: dict[Passage, list[Typed]], number: int, ratio: str) -> paired.Sums:
    return paired.sums({passage: typed[number].steps for passage, typed in done.items()}, ratio)


def _costs(done: dict[Passage, list[Typed]], number: int) -> paired.Sums:
    sums: dict[str, tuple[float, float]] = {}
    for passage, typed in done.items():
        nats, tokens = sums.get(passage.name, (0.0, 0.0))
        sums[passage.name] = nats + typed[number].nats, tokens + typed[number].tokens
    return sums


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report."""
    options = _parser().parse_args(arguments)
    passages = draw_passages(read_documents(options.paths), options.limit, options.seed)
    for model in options.models:  # the graphs are built once, not by every process
        loading.load(_folder(model), "cpu").close()
    done: dict[Passage, list[Typed]] = {}
    for passage, typed in type_all(passages, options):
        done[passage] = typed
        print(f"{len(done)} of {len(passages)} stretches", file=sys.stderr, flush=True)
    found = rows(options.models, done, options.seed)
    out = ROOT / "build" / "personal.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
    texts = paired.of_whole_texts(list(done))
    print(f"{sum(s.end - s.start for s in done):,} characters of {texts} texts\n")
    for row in found:
        print("\n".join(f"{name:30}{cell}" for name, cell in row.items()), end="\n\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="personal", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="names or folders")
    parser.add_argument("--limit", type=int, default=20_000, help="characters, at the most (20000)")
    parser.add_argument("--seconds", type=float, default=3_600, help="of typing, at the most (3600)")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
