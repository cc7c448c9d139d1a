"""Does an n-gram memory of a folder help? `python -m tests.benchmarks.memory FOLDER PATH... --models NAME...`

The memory counts which token followed the last one to six in FOLDER, and is blended into the model's
probabilities order by order, as a hierarchical Pitman-Yor process (Teh 2006) with the model at its bottom.
How much each order weighs is fitted on the folder's newest documents, with a memory of the others. Then
stretches of PATH are typed again with each model, without and with the memory.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks import paired
from writer.base.word_lists import withheld_words
from writer.engine import loading
from writer.engine.generation.prefix_cache import PrefixCache
from writer.engine.generation.word_search import log_softmax
from writer.engine.local_engine import LocalEngine
from writer.engine.protocol import Parameters
from writer.engine.tokenizer.vocabulary import Vocabulary, load_vocabulary
from writer.engine.weights.weights import Floats
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.documents import EvaluationDocument, Passage, draw_passages, read_documents
from writer.evaluation.figure_names import NAMES
from writer.evaluation.ratios import RATIOS
from writer.evaluation.simulated_typist import context_at, replay
from writer.models import store
from writer.suggestions.builder import BuilderRules
from writer.suggestions.gate import DEFAULT_LEVEL, level_named
from writer.suggestions.safety import SafetyFilter

ORDERS = (1, 2, 3, 4, 5, 6)
HELD_OUT = 10
"""One document in so many, the newest ones, is what the weights are fitted on."""

FITTED = 15_000
"""Characters of them that are looked at."""

_FACTORS = (0.1, 0.3, 3.0, 10.0)
_DISCOUNTS = (0.0, 0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True)
class Weights:
    """For each order its concentration (how many sightings the shorter contexts are worth) and discount."""

    concentrations: tuple[float, ...] = (1e5, 1e3, 300.0, 100.0, 30.0, 30.0)
    discounts: tuple[float, ...] = (0.0,) * len(ORDERS)

    def others(self, place: int) -> list[Weights]:
        """These weights with another value in one place."""

        def put(values: tuple[float, ...], value: float) -> tuple[float, ...]:
            return (*values[:place], value, *values[place + 1 :])

        now = self.concentrations[place]
        found = [replace(self, concentrations=put(self.concentrations, now * f)) for f in _FACTORS]
        return found + [replace(self, discounts=put(self.discounts, d)) for d in _DISCOUNTS]


class Memory:
    """Which tokens followed which in `documents`, each token ids."""

    def __init__(self, documents: Sequence[Sequence[int]]) -> None:
        self._following: dict[tuple[int, ...], dict[int, int]] = {}
        for ids in documents:
            for place in range(1, len(ids)):
                for order in ORDERS[:place]:
                    counts = self._following.setdefault(tuple(ids[place - order : place]), {})
                    counts[ids[place]] = counts.get(ids[place], 0) + 1

    def found(self, history: Sequence[int]) -> list[dict[int, int]]:
        """What followed the last one, two, … tokens, and how often; empty where nothing did."""
        return [self._following.get(tuple(history[-order:]), {}) for order in ORDERS]

    def blend(self, logits: Floats, history: Sequence[int], weights: Weights) -> Floats:
        """Log-probabilities, float32 [vocabulary]: those of the model, with what is known here."""
        scores = log_softmax(logits).astype(np.float64)
        layers = self.found(history)
        tokens = sorted(set().union(*layers))
        known, left = np.exp(scores[tokens]), 1.0
        for counts, concentration, discount in zip(
            layers, weights.concentrations, weights.discounts, strict=True
        ):
            if counts:
                total = sum(counts.values()) + concentration
                share = (concentration + discount * len(counts)) / total
                seen = np.array([max(0.0, counts.get(token, 0) - discount) for token in tokens])
                known, left = known * share + seen / total, left * share
        scores += np.log(left)
        scores[tokens] = np.log(known)
        return scores.astype(np.float32)


class Remembering(PrefixCache):
    """Gives rows that are blended with a memory, where there is one."""

    memory: Memory | None = None
    weights = Weights()

    def row(self, ids: Sequence[int], cancelled: Callable[[], bool]) -> Floats:
        """See `PrefixCache.row`."""
        row = super().row(ids, cancelled)
        return row if self.memory is None else self.memory.blend(row, ids, self.weights)


Sightings = tuple[NDArray[np.float64], NDArray[np.float64]]
"""For each token [orders, 3] how often it, anything, and how many kinds followed; the model's probability."""


def sightings(
    vocabulary: Vocabulary, engine: LocalEngine, passages: Sequence[Passage], memory: Memory
) -> Sightings:
    """What the memory and the model say of each token of the stretches."""
    rows, model = [], []
    for passage in passages:
        ids = vocabulary.encode(passage.text[: passage.start])[-len(ORDERS) :]
        text = passage.text[passage.start : passage.end]
        each = engine.logprobs(context_at(passage, passage.start), text)
        for token, logprob in zip(vocabulary.encode(text), each, strict=True):
            rows.append([(c.get(token, 0), sum(c.values()), len(c)) for c in memory.found(ids)])
            model.append(np.exp(logprob))
            ids.append(token)
    return np.array(rows, np.float64), np.array(model)


def perplexity(seen: Sightings, weights: Weights | None) -> float:
    """Per token, with the memory or, without weights, of the model alone."""
    table, found = seen
    for place in range(len(ORDERS) if weights else 0):
        assert weights is not None
        concentration, discount = weights.concentrations[place], weights.discounts[place]
        times, total, kinds = table[:, place].T
        blended = np.maximum(times - discount, 0) + (concentration + discount * kinds) * found
        found = np.where(total > 0, blended / (total + concentration), found)
    return float(np.exp(-np.log(found).mean()))


def fit(seen: Sightings) -> Weights:
    """The weights that foretell best, found one after the other."""
    best = Weights()
    for _round in range(3):
        for place in range(len(ORDERS)):
            best = min([best, *best.others(place)], key=lambda weights: perplexity(seen, weights))
    return best


def compare(
    folder: Path, learned: Sequence[EvaluationDocument], passages: Sequence[Passage], threads: int
) -> str:
    """What a memory of `learned` does for the model in `folder`, in lines of text."""
    vocabulary, engine = load_vocabulary(folder), loading.load(folder, "cpu", threads=threads)
    cache = engine._cache = Remembering(engine._decoder)
    encoded = [vocabulary.encode(document.text) for document in learned]
    cut = len(learned) - max(1, len(learned) // HELD_OUT)
    newest = draw_passages(learned[cut:], FITTED, 0)
    cache.weights = fit(sightings(vocabulary, engine, newest, Memory(encoded[:cut])))
    started = time.perf_counter()
    memory = Memory(encoded)
    lines = [f"{folder.name}: {cache.weights}, built in {time.perf_counter() - started:.1f} s"]
    seen = sightings(vocabulary, engine, passages, memory)
    rules = BuilderRules(level_named(DEFAULT_LEVEL).gate, SafetyFilter(withheld_words()))
    runs = []
    for name, one in (("without", None), ("with", memory)):
        cache.memory = one
        suggester = [
            CachedSuggester(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True)) for _ in passages
        ]
        runs.append({s: list(replay(s, a, rules)) for s, a in zip(passages, suggester, strict=True)})
        cells = [
            paired.cell(paired.value(paired.sums(runs[-1], r), bounds=RATIOS[r].bounds))
            for r in list(RATIOS)[:3]
        ]
        foretold = perplexity(seen, cache.weights if one else None)
        lines.append(f"{name:9}" + "".join(f"{cell:26}" for cell in cells) + f"{foretold:.2f}")
    without, with_it = (paired.sums(run, "keystrokes_saved") for run in runs)
    more = paired.difference(with_it, without)
    engine.close()
    return "\n".join([*lines, f"saved with it, beside without: {paired.cell(more, signed=True)}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report."""
    options = _parser().parse_args(arguments)
    learned = sorted(read_documents([options.folder]), key=lambda document: Path(document.name).name)
    passages = draw_passages(read_documents(options.paths), options.limit, options.seed)
    heads = "".join(f"{NAMES[name]:26}" for name in ("keystrokes_saved", "precision", "coverage"))
    print(f"{'memory':9}{heads}perplexity")
    for model in options.models:
        folder = Path(model) if Path(model).is_dir() else store.find(model).path
        print(compare(folder, learned, passages, options.threads), flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="memory", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what the memory is of")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="what is typed")
    parser.add_argument("--models", nargs="+", default=[store.DEFAULT_MODEL], help="names or folders")
    parser.add_argument("--limit", type=int, default=10_000, help="characters, at the most (10000)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
