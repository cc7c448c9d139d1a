"""Millions of edits in a text of a million words: memory, time, descriptors, and the text itself."""

from __future__ import annotations

import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.trust.scorecard import ROOT, Figure, Row
from tests.trust.typing_probe import prose
from writer.documents.journal.journal_folder import acquire
from writer.documents.journal.recovery import read_newest

EDITS, WORDS = 2_000_000, 1_200_000
STAGES = 10
GROWTH, SLOWER = 0.05, 0.10
"""How much memory may grow after the first stage, and how much longer an edit may take at the end."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a session told: a row of figures for each stage, and whether the journal gave back its text.

    `fresh` is a stage of the same edits in a window that was begun late, beside the last stage.
    """

    stages: tuple[dict[str, Any], ...]
    fresh: dict[str, Any]
    recovered: bool

    @property
    def growth(self) -> float:
        """The memory at the end by that after the first stage, less one."""
        return max(stage["memory"] for stage in self.stages[1:]) / self.stages[0]["memory"] - 1

    @property
    def slower(self) -> float:
        """The time of an edit at the end by that in the fresh window at the same time, less one.

        What else the machine does slows both: by 45 % once, between the first stage and the last.
        """
        ends = [moment for moment, _time in self.fresh["parts"]]
        last = [part for part in self.stages[-1]["parts"] if ends[0] <= part[0] <= ends[-1]]
        return milliseconds(last or self.stages[-1]["parts"]) / milliseconds(self.fresh["parts"]) - 1

    @property
    def leaked(self) -> int:
        """Descriptors at the end that were not open after the first stage."""
        return max(0, self.stages[-1]["descriptors"] - self.stages[0]["descriptors"])


def milliseconds(parts: Sequence[tuple[float, float]]) -> float:
    """The time within which 95 of 100 edits were done in the quieter parts (lower quartile)."""
    times = [time for _moment, time in parts]
    return statistics.quantiles(times, n=4, method="inclusive")[0] if len(times) > 1 else times[0]


def write_long(seed: int, edits: int, words: int, stages: int = STAGES) -> Session:
    """Write in a window, and beside its end in another; kill both, and read the first's journal."""
    with tempfile.TemporaryDirectory(prefix="wt-") as name:
        file, other = Path(name) / "long.md", Path(name) / "fresh.md"
        for path in (file, other):
            path.write_text(prose(random.Random(seed), words), "utf-8")
        with ExitStack() as children:
            written = children.enter_context(_window(Path(name) / "home", file, edits, stages, seed))
            told = [_line(written) for _ in range(stages - 1)]
            half = edits // stages // 2
            fresh = _line(children.enter_context(_window(Path(name) / "fresh", other, half, 1, seed)))
            told.append(_line(written))
            sha256 = _line(written)["sha256"]
        return Session(tuple(told), fresh, _recovered(Path(name) / "home", sha256))


@contextmanager
def _window(folder: Path, file: Path, edits: int, stages: int, seed: int) -> Iterator[IO[bytes]]:
    """The window in which somebody writes, in a process that is killed at the end: what it tells."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.trust.typing_probe", str(folder), str(file)]
    with subprocess.Popen(
        [*command, str(edits), str(stages), str(seed)],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        try:
            yield child.stdout
        finally:
            child.kill()


def _line(told: IO[bytes]) -> Any:
    return json.loads(told.readline())


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
    """Write, and compare the end with the first stage, and with a fresh window."""
    edits = max(10_000, int(EDITS * scale))
    words = max(20_000, int(WORDS * min(1.0, 4 * scale)))
    session = write_long(seed, edits, words)
    first, last = session.stages[0], session.stages[-1]
    text = f"{edits} edits in {words} words: memory {first['memory'] / 1e6:.0f} MB {session.growth:+.1%}, "
    fresh = milliseconds(session.fresh["parts"])
    text += f"p95 {fresh:.2f} ms in a fresh window and {session.slower:+.1%} in this one, "
    text += f"{session.leaked} descriptors more"
    text += "" if session.recovered else ", text not recovered"
    passed = session.growth <= GROWTH and session.slower <= SLOWER and not session.leaked
    return Figure(f"{text}, {last['edits']} made", passed and session.recovered)


ROWS = (
    Row(
        "long-typing",
        "2 million edits in a text of 1.2 million words",
        "after the first tenth: memory +5 %, no descriptor; at the end: an edit +10 % (p95) of a fresh "
        "window's; the text comes back",
        long_typing,
        minutes=60,
    ),
)
