"""How often the word that stood in a sentence is among the ten that are offered for its place.

    python -m tests.benchmarks.word_choice [--count 300] [--seconds 0.2] [--model FOLDER] [--seed 1]

Sentences of `../shared/data/en_mtlynch/text`, each with one word of four letters or more blanked; words in
the order of a seeded shuffle, so that a run of any length is repeatable. Each is asked twice: with the text
on both sides, and with what stands before the gap alone. `--seconds` is the time that the window gives.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.models import SHARED, find
from writer.engine import loading
from writer.engine.protocol import InfillModel
from writer.suggestions.alternatives import ranked
from writer.suggestions.gap import Gap

TEXTS = SHARED / "en_mtlynch" / "text"
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"(?<=[ “\"(])[A-Za-z]{4,}(?=[ .,;:!?”\")])")
_PROSE = re.compile(r"[A-Z][^\n\t{}<>|`_*#=]{30,240}[.!?]")


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=None)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    infill_model = load(options.model or find("starter").folder)
    gaps = list(blanked(options.count, options.seed))
    for name, asked in (("both sides", gaps), ("left alone", [replace(gap, after="") for gap in gaps])):
        print(report(name, infill_model, asked, [gap.word for gap in gaps], options.seconds), flush=True)


def load(folder: Path) -> InfillModel:
    """The model in a folder, whatever it is."""
    engine = loading.load(folder, "cpu")
    assert isinstance(engine, InfillModel)
    return engine


def blanked(count: int, seed: int) -> Iterator[Gap]:
    """Gaps in sentences, at most one in each; `word` is what stood there."""
    chance = random.Random(seed)
    sentences = sorted({s for file in sorted(TEXTS.glob("*.txt")) for s in sentences_of(file)})
    chance.shuffle(sentences)
    for sentence in sentences:
        places = list(_WORD.finditer(sentence))
        if places and count:
            count -= 1
            place = chance.choice(places)
            yield Gap(sentence[: place.start()], sentence[place.end() :], place.group())


def sentences_of(file: Path) -> Iterator[str]:
    """The whole sentences of prose in a file."""
    for sentence in _SENTENCE.split(file.read_text("utf-8", "replace")):
        if _PROSE.fullmatch(sentence):
            yield sentence


def report(
    name: str, infill_model: InfillModel, gaps: list[Gap], words: list[str], seconds: float | None
) -> str:
    """One line: how often the word was among the ten, with its 95 % interval, and how long it took."""
    hits, first, times = 0, 0, []
    for gap, word in zip(gaps, words, strict=True):
        began = time.perf_counter()
        # What stood there is not told: neither its form nor its capitals help.
        asked = replace(gap, word="")
        found = ranked(infill_model.alternatives(asked, seconds, lambda: False), asked)
        times.append((time.perf_counter() - began) * 1e3)
        offered = [one.text.casefold() for one in found]
        hits += word.casefold() in offered
        first += offered[:1] == [word.casefold()]
    share = hits / len(gaps)
    p90 = sorted(times)[len(times) * 9 // 10]
    margin = 1.96 * math.sqrt(share * (1 - share) / len(gaps))
    return (
        f"{name:<11} among ten {share:6.1%} ± {margin:.1%}   first {first / len(gaps):6.1%}   "
        f"n {len(gaps)}   median {statistics.median(times):.0f} ms   p90 {p90:.0f} ms"
    )


if __name__ == "__main__":
    main()
