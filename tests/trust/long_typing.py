"""Millions of edits in a text of a million words: memory, time, descriptors, and the text itself."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.trust.scorecard import ROOT, Figure, Row
from tests.trust.typing_probe import prose
from writer.documents.journal.journal_folder import acquire
from writer.documents.journal.recovery import read_newest

EDITS, WORDS = 2_000_000, 1_200_000
STAGES = 10
GROWTH, SLOWER = 0.05, 0.10
"""By how much memory, and the time within which 95 of 100 edits are done, may grow after the first stage."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a session told: a row of figures for each stage, and whether the journal gave back its text."""

    stages: tuple[dict[str, Any], ...]
    recovered: bool

    @property
    def growth(self) -> float:
        """The memory at the end by that after the first stage, less one."""
        return max(stage["memory"] for stage in self.stages[1:]) / self.stages[0]["memory"] - 1

    @property
    def slower(self) -> float:
        """The time of the slower edits at the end by that of the first stage, less one.

        The end is the best of three stages, as other programs take the processor's caches now and then.
        """
        return min(stage["p95"] for stage in self.stages[1:][-3:]) / self.stages[0]["p95"] - 1

    @property
    def leaked(self) -> int:
        """Descriptors at the end that were not open after the first stage."""
        return max(0, self.stages[-1]["descriptors"] - self.stages[0]["descriptors"])


def write_long(seed: int, edits: int, words: int, stages: int = STAGES) -> Session:
    """Write in a process of its own, kill it, and read what its journal holds."""
    with tempfile.TemporaryDirectory(prefix="wt-") as name:
        folder, file = Path(name) / "home", Path(name) / "long.md"
        folder.mkdir()
        file.write_text(prose(random.Random(seed), words), "utf-8")
        command = [sys.executable, "-m", "tests.trust.typing_probe", str(folder), str(file)]
        with subprocess.Popen(
            [*command, str(edits), str(stages), str(seed)],
            cwd=ROOT,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        ) as child:
            assert child.stdout is not None
            try:
                lines = [json.loads(child.stdout.readline()) for _ in range(stages + 1)]
            finally:
                child.kill()
        return Session(tuple(lines[:-1]), _recovered(folder, lines[-1]["sha256"]))


def _recovered(folder: Path, sha256: str) -> bool:
    """Whether one of the journals holds the text with this hash."""
    texts: Sequence[str] = [_text(path) for path in (folder / "journals").iterdir()]
    return sha256 in [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]


def _text(path: Path) -> str:
    folder = acquire(path)
    assert folder is not None
    try:
        return read_newest(folder).text
    finally:
        folder.release()


def long_typing(seed: int, scale: float) -> Figure:
    """Write, and compare the last stage with the first."""
    edits = max(10_000, int(EDITS * scale))
    words = max(20_000, int(WORDS * min(1.0, 4 * scale)))
    session = write_long(seed, edits, words)
    first, last = session.stages[0], session.stages[-1]
    text = f"{edits} edits in {words} words: memory {first['memory'] / 1e6:.0f} MB {session.growth:+.1%}, "
    text += f"p95 {first['p95']:.2f} ms {session.slower:+.1%}, {session.leaked} descriptors more"
    text += "" if session.recovered else ", text not recovered"
    passed = session.growth <= GROWTH and session.slower <= SLOWER and not session.leaked
    return Figure(f"{text}, {last['edits']} made", passed and session.recovered)


ROWS = (
    Row(
        "long-typing",
        "2 million edits in a text of 1.2 million words",
        "after the first tenth: memory +5 %, p95 of an edit +10 %, no descriptor; the text comes back",
        long_typing,
        minutes=60,
    ),
)
