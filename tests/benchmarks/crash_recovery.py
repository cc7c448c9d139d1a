"""Kills the program behind random steps while real writing sessions are replayed, and counts what is lost.

    python -m tests.benchmarks.crash_recovery [--kills 200] [--seed 1]

Three sessions are typed at once, in a tab each: one has a file, saved now and then, two are never saved.
Each start shows what the killed one left; that must be the texts after the last step that was told, or after
the one that was in flight. Then the sessions go on from there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.models import ROOT, SHARED
from tests.fakes.typist import Step

SESSIONS = SHARED / "keystrokes_coauthor" / "sessions"
LONG = 12_000
"""Bytes of a log from which it is shortened here, so that kills hit that, too."""

KILLS_A_SESSION = 10
TABS = 3
CHANGE_EVERY = 30
"""Steps after which the writer goes to another tab."""

SAVE_EVERY = 150
"""Steps between two times of saving."""

STEPS = 100
"""A kill comes before so many steps."""

SECONDS = 60.0
"""How long a start may take on a machine that does much else."""


@dataclass
class Result:
    """What became of the kills so far. `in_flight`: how often the step that was not told was there, too."""

    kills: int = 0
    steps: int = 0
    lost: int = 0
    in_flight: int = 0
    starts_ms: list[float] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Take the kills of another session."""
        self.kills += other.kills
        self.steps += other.steps
        self.lost += other.lost
        self.in_flight += other.in_flight
        self.starts_ms += other.starts_ms

    def row(self, name: str) -> str:
        """A line of the table."""
        start = statistics.median(self.starts_ms)
        return f"{name:28}{self.kills:7}{self.steps:8}{self.lost:6}{self.in_flight:11}{start:10.0f}"


def run(steps: Sequence[Step], kills: int, folder: Path, generator: random.Random, file: Path) -> Result:
    """Type `steps` into `file`, with `kills` kills after random steps. Ends where a character is lost."""
    texts = texts_after(steps)
    script = folder / "steps.json"
    script.write_text(json.dumps(steps), "utf-8")
    result, made = Result(), 0
    while True:
        with Child(folder, script, [file] if not result.kills else []) as child:
            shown = _written(json.loads(child.line(SECONDS)))
            result.starts_ms.append(child.age_ms())
            here = [n for n in (made, made + 1) if n < len(texts) and _written(texts[n]) == shown]
            if not here:
                result.lost += abs(sum(map(len, texts[made])) - sum(map(len, shown))) or 1
                return result
            result.in_flight += here[0] > made
            if result.kills == kills or here[0] == len(steps):
                return result
            child.go_on_from(here[0], texts[here[0]])
            told = child.told(here[0] + generator.randrange(STEPS), generator.uniform(0.0, 0.02))
        result.kills += 1
        result.steps += max(0, told - here[0])
        made = max(told, here[0])


def _written(texts: Sequence[str]) -> list[str]:
    """The texts that are not empty, in an order that does not depend on the tabs'."""
    return sorted(text for text in texts if text)


class Child:
    """A typist's process; at the end of the `with` it is killed."""

    def __init__(self, folder: Path, script: Path, files: Sequence[Path]) -> None:
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.fakes.typist",
                str(folder),
                str(script),
                str(LONG),
                *map(str, files),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._said = b""

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_error: object) -> None:
        with self._process:
            self._process.kill()

    def age_ms(self) -> float:
        """Milliseconds since it was started."""
        return (time.perf_counter() - self._began) * 1e3

    def line(self, seconds: float) -> str:
        """The next line that it says."""
        end = time.monotonic() + seconds
        while b"\n" not in self._said:
            if not self._listen(end):
                raise RuntimeError("the program did not start")
        line, self._said = self._said.split(b"\n", 1)
        return line.decode()

    def go_on_from(self, number: int, texts: Sequence[str]) -> None:
        """Let it make the steps from this one on, with these texts in the tabs."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([number, texts]).encode() + b"\n")
        self._process.stdin.flush()

    def told(self, step: int, seconds: float) -> int:
        """Let it type up to a step and a moment longer, kill it, and return the last step it told, or 0."""
        end = time.monotonic() + SECONDS
        while self._last() < step and self._listen(end):
            pass
        time.sleep(seconds)
        self._process.kill()
        self._process.wait()
        while self._listen(time.monotonic() + 1):
            pass
        return self._last()

    def _last(self) -> int:
        lines = self._said.split(b"\n")[:-1]
        return int(lines[-1]) if lines else 0

    def _listen(self, end: float) -> bool:
        """Take what it says until a moment; whether something came."""
        assert self._process.stdout is not None
        left = max(0.0, end - time.monotonic())
        ready, _, _ = select.select([self._process.stdout], [], [], left)
        piece = os.read(self._process.stdout.fileno(), 1 << 16) if ready else b""
        self._said += piece
        return bool(piece)


def texts_after(steps: Sequence[Step]) -> list[tuple[str, ...]]:
    """The texts of all tabs before the first step and after each, by a plain model."""
    tabs = 1 + max((step[3] for step in steps), default=0)
    texts = [("",) * tabs]
    for kind, place, value, tab in steps:
        at, plain = 2 * place, texts[-1][tab].encode("utf-16-le")
        if kind in ("key", "accept", "paste"):
            plain = plain[:at] + str(value).encode("utf-16-le") + plain[at:]
        elif kind == "delete":
            plain = plain[:at] + plain[at + 2 * int(value) :]
        elif kind == "back":
            plain = plain[: at - 2] + plain[at:]
        before = texts[-1]
        texts.append((*before[:tab], plain.decode("utf-16-le"), *before[tab + 1 :]))
    return texts


def in_turn(sessions: Sequence[Sequence[Step]]) -> list[Step]:
    """The steps of several sessions, some of each in turn, each session in a tab of its own."""
    left = [list(steps) for steps in sessions]
    mixed: list[Step] = []
    while any(left):
        for tab, steps in enumerate(left):
            mixed += [(kind, place, value, tab) for kind, place, value, _ in steps[:CHANGE_EVERY]]
            del steps[:CHANGE_EVERY]
    return mixed


def steps_of(session: Path, saved: bool) -> list[Step]:
    """A session of CoAuthor as steps: its keys, its suggestions, and saving now and then."""
    steps: list[Step] = []
    with gzip.open(session, "rt", encoding="utf-8") as stream:
        for line in stream:
            event = json.loads(line)
            if event.get("doc"):
                steps.append(("paste", 0, event["doc"].replace("\r", ""), 0))
            for step in _edits(event.get("ops", ()), by_hand=event.get("s") == "user"):
                steps.append(step)
                if saved and len(steps) % SAVE_EVERY == 0:
                    steps.append(("save", 0, "", 0))
    return steps


def _edits(ops: Sequence[dict[str, object]], by_hand: bool) -> Iterator[Step]:
    """One edit in Quill's form, which counts in UTF-16 units, as steps."""
    place = 0
    for op in ops:
        if "retain" in op:
            place += int(str(op["retain"]))
        elif isinstance(op.get("insert"), str):
            added = str(op["insert"]).replace("\r", "")
            kind = ("key" if len(added) == 1 else "paste") if by_hand else "accept"
            yield kind, place, added, 0
            place += len(added.encode("utf-16-le")) // 2
        elif "delete" in op:
            yield "delete", place, int(str(op["delete"])), 0


def main() -> int:
    """Replay sessions with kills; the exit status is 1 where a character was lost."""
    parser = argparse.ArgumentParser(description="Kill the program while it is written in, and count losses.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    generator = random.Random(arguments.seed)
    total = Result()
    print(f"{'session':28}{'kills':>7}{'steps':>8}{'lost':>6}{'in flight':>11}{'start ms':>10}", flush=True)
    sessions = sorted(SESSIONS.glob("*.jsonl.gz"))
    while total.kills < arguments.kills:
        chosen = generator.sample(sessions, TABS)
        steps = in_turn([steps_of(session, saved=not tab) for tab, session in enumerate(chosen)])
        with tempfile.TemporaryDirectory(prefix="writer-kills-") as name:
            folder = Path(name)
            file = folder / "text.txt"
            file.touch()
            wanted = min(KILLS_A_SESSION, arguments.kills - total.kills)
            result = run(steps, wanted, folder, generator, file)
        total.add(result)
        print(result.row(chosen[0].name.split(".")[0]), flush=True)
    print(total.row("all"))
    return 1 if total.lost else 0


if __name__ == "__main__":
    sys.exit(main())
