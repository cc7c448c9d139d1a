"""Do the title and the paragraphs before help? `python -m tests.benchmarks.context PATH... [--beginnings N]`

Types the same stretches again with less and less for the model to read, at the default setting, and compares
each way with the whole window on the same texts. With `--beginnings` it types the first N characters of each
text, where there is little but the title. Writes build/context.json after every stretch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import paired
from tests.benchmarks.models import ROOT
from writer.base.word_lists import withheld_words
from writer.engine import loading
from writer.engine.protocol import Engine, Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester, TimedSuggestion
from writer.evaluation.documents import EvaluationDocument, Passage, draw_passages, read_documents
from writer.evaluation.figure_names import NAMES
from writer.evaluation.ratios import RATIOS
from writer.evaluation.simulated_typist import ReplayStep, replay
from writer.models import store
from writer.suggestions.builder import BuilderRules
from writer.suggestions.context import Context
from writer.suggestions.gate import DEFAULT_LEVEL, level_named
from writer.suggestions.safety import SafetyFilter

View = Callable[[Context], Context]
WHOLE, UNTITLED = "title and whole window", "whole window, no title"
FIGURES = ("keystrokes_saved", "precision", "coverage")


def last(characters: int) -> View:
    """Only so much of the text before the cursor, and no title."""
    return lambda context: replace(context, before=context.before[-characters:], title="")


VIEWS: Mapping[str, View] = {
    WHOLE: lambda context: context,
    UNTITLED: lambda context: replace(context, title=""),
    "last 500 characters": last(500),
    "last 100 characters": last(100),
}

Runs = dict[str, dict[Passage, list[ReplayStep]]]


class Shortened(CachedSuggester):
    """Asks with a part of each context."""

    def __init__(self, engine: Engine, view: View) -> None:
        super().__init__(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True))
        self._view = view

    def suggest(self, context: Context, rules: BuilderRules) -> TimedSuggestion:
        """See `CachedSuggester.suggest`."""
        return super().suggest(self._view(context), rules)


def beginnings(documents: Sequence[EvaluationDocument], characters: int, limit: int) -> list[Passage]:
    """The first characters of as many texts as `limit` characters are enough for."""
    some = documents[: max(1, limit // characters)]
    return [Passage(d.name, d.title, d.text, 0, min(characters, len(d.text))) for d in some]


def measure(
    engine: Engine,
    passages: Sequence[Passage],
    told: Callable[[Runs], None],
    views: Sequence[str] = tuple(VIEWS),
) -> Runs:
    """The steps of every view on every stretch; `told` hears after each stretch of all so far."""
    rules = BuilderRules(level_named(DEFAULT_LEVEL).gate, SafetyFilter(withheld_words()))
    runs: Runs = {name: {} for name in views}
    for passage in passages:
        for name in views:
            runs[name][passage] = list(replay(passage, Shortened(engine, VIEWS[name]), rules))
        told(runs)
    return runs


def rows(runs: Runs, seed: int = 0) -> list[dict[str, object]]:
    """For each view its figures, and what it saves less than the whole window does."""
    found: list[dict[str, object]] = []
    whole = paired.sums(runs[WHOLE], "keystrokes_saved")
    for name, run in runs.items():
        values = {name: paired.value(paired.sums(run, name), seed, RATIOS[name].bounds) for name in FIGURES}
        cells = {figure: paired.cell(value) for figure, value in values.items()}
        less = paired.difference(paired.sums(run, "keystrokes_saved"), whole, seed)
        found.append({"context": name, **cells, "beside the whole": paired.cell(less, signed=True)})
    return found


def table(found: Sequence[Mapping[str, object]]) -> str:
    """The rows as plain text."""
    heads = "".join(f"{NAMES[name]:24}" for name in FIGURES)
    lines = [f"{'context':26}{heads}saved, beside the whole"]
    return "\n".join(
        [
            *lines,
            *(
                "".join(f"{cell!s:{26 if not n else 24}}" for n, cell in enumerate(row.values()))
                for row in found
            ),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report."""
    options = _parser().parse_args(arguments)
    documents, views = read_documents(options.paths), tuple(VIEWS)
    if options.beginnings:
        passages = beginnings(documents, options.beginnings, options.limit)
        views = (WHOLE, UNTITLED)
    else:
        passages = draw_passages(documents, options.limit, options.seed)
    out = ROOT / "build" / "context.json"
    out.parent.mkdir(exist_ok=True)
    engine = loading.load(store.find(options.model).path, "cpu", threads=options.threads)
    started = time.monotonic()

    def told(runs: Runs) -> None:
        done = len(runs[WHOLE])
        out.write_text(json.dumps(rows(runs, options.seed), indent=1, ensure_ascii=False), "utf-8")
        left = (time.monotonic() - started) * (len(passages) - done) / done
        print(f"{done} of {len(passages)} stretches, {left / 60:.0f} min left", file=sys.stderr, flush=True)

    try:
        runs = measure(engine, passages, told, views)
    finally:
        engine.close()
    texts = paired.of_whole_texts(passages)
    print(f"{sum(s.end - s.start for s in passages):,} characters of {texts} texts, {options.model}\n")
    print(table(rows(runs, options.seed)))
    print(f"\nwritten: {out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="context", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--model", default=store.DEFAULT_MODEL)
    parser.add_argument("--limit", type=int, default=5_000, help="characters, at the most (5000)")
    parser.add_argument("--beginnings", type=int, default=0, metavar="N", help="characters of each text")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
