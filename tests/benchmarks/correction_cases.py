"""What the writers of recorded sessions mended: the words they finished, and what became of each.

A word is finished when its writer types a character behind it that is none of a word's. Its place is followed
through all later edits of the session; its fate is what stands there in the end.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.trace import SESSIONS

WINDOW = 6_000
"""Characters before the cursor that are looked at."""

_FOLLOWING = 20
"""Characters behind a place that may belong to a word which was written in two."""

Span = tuple[int, int]


@dataclass(slots=True)
class Place:
    """A place in a session's text, from `start` to `end`; `written` is what stood there at first.

    `fate` is what stands there in the end, and `following` some characters behind that.
    """

    start: int
    end: int
    written: str
    fate: str = ""
    following: str = ""


@dataclass(slots=True)
class Replay:
    """The text of a session while it is replayed, and the places that are followed."""

    text: str = ""
    places: list[Place] = field(default_factory=list)

    def follow(self, start: int, end: int) -> Place:
        """The place from `start` to `end` of the text, which is followed from now on."""
        written = self.text[start:end]
        for place in reversed(self.places):
            if (place.start, place.end, place.written) == (start, end, written):
                return place
        place = Place(start, end, written)
        self.places.append(place)
        return place

    def insert(self, at: int, added: str) -> None:
        """Put `added` into the text; at the end of a place it belongs to it where letters go on."""
        self.text = self.text[:at] + added + self.text[at:]
        count, goes_on = len(added), added.isalnum()
        for place in self.places:
            if at < place.start:
                place.start += count
                place.end += count
            elif at < place.end or (at == place.end and (goes_on or place.start == place.end)):
                place.end += count

    def delete(self, at: int, count: int) -> None:
        """Take `count` characters out of the text."""
        self.text = self.text[:at] + self.text[at + count :]
        for place in self.places:
            place.start -= max(0, min(place.start, at + count) - at)
            place.end -= max(0, min(place.end, at + count) - at)

    def close(self) -> None:
        """Note what stands at each place in the end, with the rest of the words at its ends."""
        for place in self.places:
            start, end = place.start, place.end
            while start and _is_letter(self.text[start - 1]):
                start -= 1
            while end < len(self.text) and _is_letter(self.text[end]):
                end += 1
            place.fate = self.text[start:end].strip(" ")
            place.following = self.text[end : end + _FOLLOWING]


OnFinish = Callable[[Replay, int], None]
"""Called with the text and the cursor, behind the character that finished a word."""


def replay(events: Iterable[dict], on_finish: OnFinish) -> Replay:
    """Replay a session; returns it with the fates of all places that were followed."""
    session = Replay()
    for event in events:
        session.text = event.get("doc", session.text)
        at = 0
        for op in event.get("ops", ()):
            if "retain" in op:
                at += op["retain"]
            elif "delete" in op:
                session.delete(at, op["delete"])
            elif isinstance(op.get("insert"), str):
                added = op["insert"]
                session.insert(at, added)
                at += len(added)
                if event.get("s") == "user" and len(added) == 1 and _finishes_word(session.text, at):
                    on_finish(session, at)
    session.close()
    return session


def events_of(file: Path) -> Iterator[dict]:
    """The events of a session's file."""
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def session_files(half: str) -> list[Path]:
    """The sessions of one half of the writers: "dev", by which thresholds were chosen, or "test"."""
    files = sorted(SESSIONS.glob("w*.jsonl.gz"))
    return [file for file in files if int(file.name[1:3]) % 2 == (half == "test")]


def _finishes_word(text: str, cursor: int) -> bool:
    return cursor > 1 and not _is_letter(text[cursor - 1]) and text[cursor - 2].isalnum()


def _is_letter(character: str) -> bool:
    return character.isalnum() or character in "'’-"
