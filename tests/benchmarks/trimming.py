"""What a trimmed vocabulary costs: perplexity with it beside that of the whole vocabulary, by language.

    python -m tests.benchmarks.trimming MODEL PATH [PATH ...] [--texts 20] [--characters 1000]

MODEL is the id of a model here, or a folder. Which tokens are kept follows from Unicode alone, so that any
text is held back. A passage of --characters characters each of --texts texts of every PATH is read behind
the text before it; --seed draws them. All is computed in float32, since the rounding of the prefill graph
depends on the vocabulary; perplexity is per token of the whole vocabulary in both cases. The exit status is
1 where it differs by more than LIMIT.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import paired
from writer.engine import loading
from writer.engine.local_engine import LocalEngine
from writer.evaluation.documents import PASSAGE_LENGTH, Passage, draw_passages, read_documents
from writer.evaluation.simulated_typist import context_at
from writer.models import manifest, store
from writer.models.manifest import Manifest

LIMIT = 0.002
"""The largest difference of perplexity, as a share."""


Nats = list[tuple[float, int]]
"""The surprisal of each text in nats, and the number of its tokens."""


def untrimmed(folder: Path, place: Path) -> Path:
    """The model in `folder` once more in `place`, as one that writes other languages, too."""
    place.mkdir()
    for file in folder.iterdir():
        if file.is_file() and file.name != manifest.FILE:
            (place / file.name).symlink_to(file)
    manifest.write(place, Manifest(place.name, place.name, languages=("en", "zh", "ru")))
    return place


def nats(engine: LocalEngine, passages: Sequence[Passage]) -> Nats:
    """The surprisal of each passage behind its text before, in nats, and its number of tokens."""
    found = []
    for passage in passages:
        text = passage.text[passage.start : passage.end]
        each = engine.logprobs(context_at(passage, passage.start), text)
        found.append((-math.fsum(each), len(each)))
    return found


def main() -> int:
    """Compare, and print the figures."""
    options = _parser().parse_args()
    folder = store.installed_store().find(options.model).path
    length = options.texts * PASSAGE_LENGTH
    drawn = {
        path: [
            replace(each, end=min(each.end, each.start + options.characters))
            for each in draw_passages(read_documents([path]), length, options.seed)
        ]
        for path in options.paths
    }
    read = []
    with tempfile.TemporaryDirectory() as place:
        for model in (folder, untrimmed(folder, Path(place) / "whole")):
            engine = loading.load(model, "cpu", threads=options.threads, precision="float32")
            read.append({path: nats(engine, passages) for path, passages in drawn.items()})
            engine.close()
    shares = [report(path, read[0][path], read[1][path]) for path in options.paths]
    return int(max(map(abs, shares)) > LIMIT)


def report(path: Path, trimmed: Nats, whole: Nats) -> float:
    """Print the figures of one path; the share by which perplexity is higher with the trimmed vocabulary."""
    tokens = sum(count for _, count in whole)
    pairs = enumerate(zip(trimmed, whole, strict=True))
    more = paired.value({f"{i}": (ours - nats, count) for i, ((ours, _), (nats, count)) in pairs})
    share, low, high = (math.expm1(part or 0.0) for part in (more.value, more.low, more.high))
    print(
        f"{path}: {len(whole)} texts, {tokens} tokens ({sum(count for _, count in trimmed)} trimmed); "
        f"perplexity {math.exp(sum(nats for nats, _ in whole) / tokens):.3f} with the whole vocabulary, "
        f"{share:+.3%} with the trimmed one ({low:+.3%} to {high:+.3%})",
        flush=True,
    )
    return share


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--texts", type=int, default=20)
    parser.add_argument("--characters", type=int, default=PASSAGE_LENGTH, help="of a text, at the most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
