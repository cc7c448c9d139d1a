"""Typing traces: how people really typed, key by key, and which ghosts would have come in time."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.models import SHARED, BenchModel, MissingError, encode

SESSIONS = SHARED / "keystrokes_coauthor" / "sessions"
LONGEST_PAUSE = 1500.0
"""Milliseconds: a longer pause is cut to this, since every engine is done by then."""

WINDOW = 640
STEP = 213

_WORD = re.compile(r"\s*\S+?(?=[\s.,;:!?])")


@dataclass(frozen=True)
class Key:
    """One key: when it came, what it wrote ("" for a deletion), and the text before the cursor after it."""

    at_ms: float
    typed: str
    before: str


def excerpts(count: int, keys: int, seed: int = 3) -> list[list[Key]]:
    """`count` runs of `keys` keys from different sessions, drawn with `seed`."""
    files = sorted(SESSIONS.glob("*.jsonl.gz"))
    if not files:
        raise MissingError(f"There are no typing sessions in {SESSIONS}; the trace needs them.")
    generator = random.Random(seed)
    found: list[list[Key]] = []
    for file in generator.sample(files, len(files)):
        runs = [run for run in runs_of_keys(file) if len(run) > keys]
        if runs:
            run = generator.choice(runs)
            start = generator.randrange(len(run) - keys)
            found.append(_from_zero(run[start : start + keys]))
        if len(found) == count:
            break
    return found


def schedule(model: BenchModel, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """What the engines replay; token ids keep within a window whose start moves in large steps."""
    rows = []
    for key in keys:
        ids = encode(model, key.before)
        if len(ids) > WINDOW:
            ids = ids[-(-(len(ids) - WINDOW) // STEP) * STEP :]
        row = {"at_ms": key.at_ms, "typed": key.typed, "before": key.before[-9000:], "ids": ids}
        rows.append({**row, "ask": bool(key.typed)})
    return rows


def runs_of_keys(file: Path) -> Iterator[list[Key]]:
    """Stretches in which only the writer's keys changed the text."""
    text, run = "", []
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        for line in stream:
            event = json.loads(line)
            text = event.get("doc", text)
            if "ops" not in event:
                continue
            change = _apply(text, event["ops"])
            text = change.text
            if event.get("s") == "user" and len(change.typed) <= 1:
                run.append(Key(event["t"], change.typed, text[: change.cursor]))
            else:
                yield run
                run = []
    yield run


@dataclass(frozen=True)
class _Change:
    text: str
    typed: str
    cursor: int


def _apply(text: str, ops: list[dict[str, Any]]) -> _Change:
    """Apply an edit in Quill's form: retain, insert, delete."""
    result, position, typed = "", 0, ""
    for op in ops:
        if "retain" in op:
            result += text[position : position + op["retain"]]
            position += op["retain"]
        elif isinstance(op.get("insert"), str):
            result += op["insert"]
            typed += op["insert"]
        elif "delete" in op:
            position += op["delete"]
    return _Change(result + text[position:], typed, len(result))


def _from_zero(run: list[Key]) -> list[Key]:
    keys, at = [], 0.0
    for i, key in enumerate(run):
        at += min(LONGEST_PAUSE, key.at_ms - run[i - 1].at_ms) if i else 0.0
        keys.append(Key(at, key.typed, key.before))
    return keys


@dataclass
class Score:
    """What one engine did in all excerpts so far."""

    gaps: int = 0
    words_in_time: int = 0
    wholes_in_time: int = 0
    walked: int = 0
    silent: int = 0
    characters: int = 0
    passes: int = 0
    cpu_seconds: float = 0.0

    def __post_init__(self) -> None:
        self.first_word: list[float] = []
        self.whole: list[float] = []

    def add(self, keys: Sequence[Key], answer: dict[str, Any], pieces: dict[int, str], new: int) -> None:
        """Count one excerpt. A key that got no answer counts as never."""
        records = {record["key"]: record for record in answer["records"]}
        for index, key in enumerate(keys[:-1]):
            if not key.typed:
                continue
            gap = keys[index + 1].at_ms - key.at_ms
            word, whole = _times(records.get(index), pieces, new)
            self.gaps += 1
            self.walked += bool(records.get(index, {}).get("walked"))
            self.silent += _is_silent(records.get(index, {}))
            self.first_word.append(word)
            self.whole.append(whole)
            self.words_in_time += word <= gap
            self.wholes_in_time += whole <= gap
        self.characters += sum(1 for key in keys if key.typed)
        self.passes += answer["passes"]
        self.cpu_seconds += answer["cpu_seconds"]

    def row(self) -> dict[str, float | None]:
        """The figures of the table; times in milliseconds, None for never."""
        per_thousand = 1000 / self.characters
        row: dict[str, float | None] = {
            "keys": self.gaps,
            "words_in_time": 100 * self.words_in_time / self.gaps,
            "wholes_in_time": 100 * self.wholes_in_time / self.gaps,
            "walked": 100 * self.walked / self.gaps,
            "silent": 100 * self.silent / self.gaps,
            "passes_per_1000": self.passes * per_thousand or None,
            "cpu_s_per_1000": self.cpu_seconds * per_thousand,
        }
        for name, times in (("word", self.first_word), ("whole", self.whole)):
            ordered = sorted(times)
            for percent in (50, 90, 95):
                value = ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
                row[f"{name}_p{percent}_ms"] = None if value == float("inf") else value
        return row


def _is_silent(record: dict[str, Any]) -> bool:
    """Whether the answer is that nothing is shown."""
    return "whole_ms" in record and not record["tokens"]


def _times(record: dict[str, Any] | None, pieces: dict[int, str], new: int) -> tuple[float, float]:
    """Milliseconds from the key to its first whole word, and to the last token, or until nothing is shown."""
    never = float("inf")
    if record is None:
        return never, never
    if record.get("walked"):
        return 0.0, 0.0
    word, text = never, ""
    for ms, token in record["tokens"]:
        text += pieces[token].replace("Ġ", " ").replace("Ċ", "\n") if isinstance(token, int) else token
        if word == never and (not isinstance(token, int) or _WORD.match(text)):
            word = ms
    whole = record["tokens"][-1][0] if len(record["tokens"]) >= new else never
    whole = record.get("whole_ms", whole)
    return min(word, whole), whole
