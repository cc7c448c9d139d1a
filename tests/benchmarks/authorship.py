"""The origins of the characters in recorded sessions of writers with suggestions, against a list:

    python -m tests.benchmarks.authorship FOLDER [SESSIONS]

`FOLDER` holds sessions of CoAuthor (`*.jsonl.gz`): each edit is the writer's, or comes from a suggestion.
Each session is followed with some undoing and redoing between its edits, and read back from log and record
as after a crash. Prints the share of the characters that are right at all looks, and the time of an edit.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from writer.documents.authorship.edit_log import EditLog, Mark, read_log
from writer.documents.authorship.origin import Origin, Run, origin_of
from writer.documents.authorship.record_file import decode, encode
from writer.documents.authorship.tracked_text import TrackedChange, TrackedText, imported
from writer.documents.authorship.unit_text import UnitText, units
from writer.documents.journal.records import Edit
from writer.text.utf16 import utf16_bytes

SESSIONS = 200
LOOK_EVERY = 40
"""The edits between two looks at all characters."""

BACK_EVERY = 60
"""The edits between two times at which some steps are undone and redone."""

Step = tuple[int, int, str, Origin]
"""Where an edit is, how many characters it removes, which it adds, and where they come from."""


@dataclass
class Result:
    """What was counted: characters looked at and those that were right, edits, and their seconds."""

    looked_at: int = 0
    right: int = 0
    edits: int = 0
    seconds: float = 0.0

    def add(self, runs: Iterable[Run], expected: list[int]) -> None:
        """Compare the origins of a text with what they are."""
        found = [int(origin_of(tag)) for length, tag in runs for _ in range(length)]
        self.looked_at += max(len(expected), len(found))
        self.right += sum(one == other for one, other in zip(found, expected, strict=False))


def read_session(lines: Iterable[str]) -> tuple[str, list[Step]]:
    """The text that a session begins with, and its edits; texts are in units."""
    events = [json.loads(line) for line in lines]
    steps = []
    for event in events:
        place = 0
        origin = Origin.TAKEN if event.get("s") == "api" else Origin.TYPED
        for part in event.get("ops") or ():
            if "retain" in part:
                place += part["retain"]
            elif "delete" in part:
                steps.append((place, part["delete"], "", origin))
            elif isinstance(part.get("insert"), str):
                added = units(part["insert"])
                steps.append((place, 0, added, origin))
                place += len(added)
    return units(events[0].get("doc", "")), steps


class Replay:
    """A text that is followed, beside a list with the origin of each character."""

    def __init__(self, begin: str, log: Path, result: Result) -> None:
        self.result = result
        self._path = log
        self._text = begin
        self._origins = [int(Origin.IMPORTED)] * len(begin)
        self._tracked = TrackedText(imported(len(begin)), UnitText(begin))
        self._states: list[tuple[str, list[int]]] = [(self._text, self._origins)]
        self._log = EditLog(log, "name", self._tracked.authorship(), Mark(1, 0))
        self._mark = 0

    def edit(self, step: Step) -> None:
        """Do an edit of the session, as far as it lies in the text."""
        start, removed, added, origin = step
        start = min(start, len(self._text))
        end = min(start + removed, len(self._text))
        self._text = self._text[:start] + added + self._text[end:]
        self._origins = [*self._origins[:start], *([int(origin)] * len(added)), *self._origins[end:]]
        self._states.append((self._text, self._origins))
        self._apply(Edit(start, end - start, utf16_bytes(added)), origin, is_new=True)

    def go_back(self, steps: int) -> None:
        """Undo some steps at once, look, and redo them one by one."""
        last = len(self._states) - 1
        for place in (max(0, last - steps), *range(max(0, last - steps) + 1, last + 1)):
            text, self._origins = self._states[place]
            edit = Edit(0, len(self._text), utf16_bytes(text))
            self._text = text
            self._apply(edit, None, is_new=False, steps=place)
            if place == max(0, last - steps):
                self.look()

    def look(self) -> None:
        """Compare all characters, those of the log and of the record, too."""
        self.result.add(self._tracked.runs, self._origins)
        logged = read_log(self._path, Mark(1, self._mark))
        self.result.add(logged.authorship.runs, self._origins)
        self.result.add(decode(encode(self._tracked.authorship())).runs, self._origins)

    def close(self) -> None:
        """Look for the last time."""
        self.look()
        self._log.close()

    def _apply(self, edit: Edit, origin: Origin | None, is_new: bool, steps: int | None = None) -> None:
        count = len(self._states) - 1 if steps is None else steps
        begin = time.process_time()
        splices = self._tracked.apply(TrackedChange(edit, origin, count, is_new), 0.0)
        self._mark += 1
        taken = self._tracked.batches.newest if origin is Origin.TAKEN else None
        self._log.add(Mark(1, self._mark), splices, taken)
        if is_new:
            self.result.edits += 1
            self.result.seconds += time.process_time() - begin


def replay(begin: str, steps: Iterable[Step], folder: Path, result: Result) -> None:
    """Follow a session."""
    chance = random.Random(len(begin))
    session = Replay(begin, folder / "log", result)
    for number, step in enumerate(steps, start=1):
        session.edit(step)
        if number % BACK_EVERY == 0:
            session.go_back(chance.randint(1, 12))
        if number % LOOK_EVERY == 0:
            session.look()
    session.close()


def sessions(folder: Path, count: int) -> Iterator[Path]:
    """Some sessions of a folder, spread over all of them."""
    files = sorted(folder.glob("**/*.jsonl.gz"))
    step = max(1, len(files) // count)
    return iter(files[::step][:count])


def main() -> int:
    """Replay the sessions; the exit status tells whether all characters were right."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else SESSIONS
    result, done = Result(), 0
    with tempfile.TemporaryDirectory(prefix="writer-bench-") as place:
        for file in sessions(Path(sys.argv[1]), count):
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                begin, steps = read_session(lines)
            replay(begin, steps, Path(place), result)
            done += 1
            print(
                f"{done} sessions, {result.edits} edits: "
                f"{result.right} of {result.looked_at} characters right "
                f"({100 * result.right / max(1, result.looked_at):.4f} %), "
                f"{1e6 * result.seconds / max(1, result.edits):.0f} µs an edit",
                flush=True,
            )
    return 0 if result.right == result.looked_at else 1


if __name__ == "__main__":
    sys.exit(main())
