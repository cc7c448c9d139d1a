"""Our one ghost beside presage's list, on the same texts: `python -m tests.benchmarks.presage PATH...`

Both type the beginnings of the same texts. presage (Debian's presage, `presage_simulator`) learns as it goes,
with a fresh user database for each text; its figure counts one key for choosing from its list. Ours is the
replay of `writer evaluate`, at the default setting and without a gate.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks import paired
from writer.base.word_lists import withheld_words
from writer.engine import loading
from writer.engine.protocol import Parameters
from writer.evaluation.cached_suggester import MAX_TOKENS, CachedSuggester
from writer.evaluation.documents import EvaluationDocument, Passage, read_documents
from writer.evaluation.simulated_typist import replay
from writer.models import store
from writer.suggestions.builder import BuilderRules
from writer.suggestions.gate import DEFAULT_LEVEL, LEVELS, level_named
from writer.suggestions.safety import SafetyFilter

SIMULATOR = "presage_simulator"
CONFIG = Path("/etc/presage.xml")
LISTS = (1, 6)
_COUNT = re.compile(r"^(ki|ks|kn) : (\d+)$", re.M)

Rows = dict[str, dict[str, tuple[float, float]]]
"""By way and text: keys saved, and keys by hand."""


def presage(text: str, length: int) -> tuple[float, float]:
    """Keys saved and keys by hand of presage with a list of `length` words."""
    with tempfile.TemporaryDirectory() as home:
        file, config = Path(home) / "text.txt", Path(home) / "presage.xml"
        file.write_text(text, "utf-8")
        wanted = re.sub(
            r"<SUGGESTIONS>\d+<",
            f"<SUGGESTIONS>{length}<",
            CONFIG.read_text("utf-8").replace("${HOME}", home),
        )
        config.write_text(wanted, "utf-8")
        (Path(home) / ".presage").mkdir()
        done = subprocess.run(
            [SIMULATOR, "--silent", "--config", str(config), str(file)],
            env=os.environ | {"HOME": home},
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
        )
    keys = {name: int(count) for name, count in _COUNT.findall(done.stdout)}
    return float(keys["kn"] - keys["ki"] - keys["ks"]), float(keys["kn"])


def ours(
    passage: Passage, suggester: CachedSuggester, name: str, safety: SafetyFilter
) -> tuple[float, float]:
    """Keys saved and keys by hand of one ghost at a level of the setting."""
    steps = list(replay(passage, suggester, BuilderRules(level_named(name).gate, safety)))
    by_hand = sum(step.manual_keystrokes for step in steps)
    return float(by_hand - sum(step.keystrokes for step in steps)), float(by_hand)


def measure(documents: Sequence[EvaluationDocument], characters: int, model: str, threads: int) -> Rows:
    """All ways on the beginning of each text."""
    rows: Rows = {}
    engine = loading.load(store.find(model).path, "cpu", threads=threads)
    safety = SafetyFilter(withheld_words())
    for document in documents:
        text = document.text[:characters]
        passage = Passage(document.name, document.title, text, 0, len(text))
        suggester = CachedSuggester(engine, Parameters(max_tokens=MAX_TOKENS, by_words=True))
        for length in LISTS:
            rows.setdefault(f"presage, a list of {length}", {})[document.name] = presage(text, length)
        for name in (DEFAULT_LEVEL, LEVELS[-1].name):
            found = ours(passage, suggester, name, safety)
            rows.setdefault(f"one ghost, {name}", {})[document.name] = found
        print(f"{len(rows[f'one ghost, {name}'])} of {len(documents)} texts", file=sys.stderr, flush=True)
    engine.close()
    return rows


def table(rows: Rows) -> str:
    """Keystrokes saved by each way, and beside presage's longest list."""
    peer: Mapping[str, tuple[float, float]] = rows[f"presage, a list of {LISTS[-1]}"]
    lines = [f"{'':24}{'keystrokes saved':26}beside the list of {LISTS[-1]}"]
    for name, found in rows.items():
        more = paired.cell(paired.difference(found, peer), signed=True)
        lines.append(f"{name:24}{paired.cell(paired.value(found)):26}{more}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report."""
    parser = argparse.ArgumentParser(prog="presage", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--texts", type=int, default=8, help="at the most (8)")
    parser.add_argument("--characters", type=int, default=3_000, help="of each text (3000)")
    parser.add_argument("--model", default=store.DEFAULT_MODEL)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    if shutil.which(SIMULATOR) is None:
        print("presage is not here; on Debian, apt-get install presage.", file=sys.stderr)
        return 2
    documents = [d for d in read_documents(options.paths) if len(d.text) >= options.characters]
    print(table(measure(documents[: options.texts], options.characters, options.model, options.threads)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
