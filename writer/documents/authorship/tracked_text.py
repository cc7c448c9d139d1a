"""The origins of an open text, followed through its edits, undo and redo.

An undo step is told by Qt's count of steps: what was recorded at a count above the present one is taken back,
in the other order. The origins of what an undo brings back are those that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from writer.documents.authorship.batches import Batch, Batches, Outcome
from writer.documents.authorship.origin import FIRST_BATCH, Origin, Run, joined, length_of
from writer.documents.authorship.origin_runs import OriginRuns
from writer.documents.authorship.unit_text import UnitText, decoded_units
from writer.documents.journal.records import Edit

Splice = tuple[int, int, list[Run]]
"""A change of the runs: where, how many characters are replaced, and by which runs."""


@dataclass(frozen=True, slots=True)
class Authorship:
    """The origins of a text: its runs, and the batches whose numbers stand in them."""

    runs: tuple[Run, ...] = ()
    batches: tuple[Batch, ...] = ()

    @property
    def length(self) -> int:
        """The length of the text in UTF-16 units."""
        return length_of(self.runs)


@dataclass(frozen=True, slots=True)
class TrackedChange:
    """An edit of the text, and how it came about.

    `origin` is that of new characters; None where they are typed and what stays the same keeps its own, or
    where it is an undo; with `restores` what stays keeps its own, too.
    `place` is the start and length of the new text, where the edit tells more than that; `carried` are its
    runs, where they are known. `steps` is the number of undo steps
    afterwards, `is_new` whether a step was added.
    """

    edit: Edit
    origin: Origin | None = None
    steps: int = 0
    is_new: bool = True
    restores: bool = False
    place: tuple[int, int] | None = None
    carried: tuple[Run, ...] = ()

    def around(self) -> tuple[int, int]:
        """The number of characters before and behind the new text that the edit only tells again."""
        edit, length = self.edit, len(self.edit.added) // 2
        if self.place is None:
            return 0, 0
        head = self.place[0] - edit.position
        tail = length - head - self.place[1]
        return (head, tail) if min(head, tail) >= 0 and head + tail <= edit.removed else (0, 0)


@dataclass(slots=True)
class _Step:
    """A change that can be taken back: the runs at a position before and after it."""

    steps: int
    position: int
    removed: list[Run]
    added: list[Run]


class TrackedText:
    """The origins of a text. `text` is in units; None where it is not known, and then nothing is compared."""

    def __init__(self, authorship: Authorship, text: UnitText | None = None, steps: int = 0) -> None:
        self.runs = OriginRuns(authorship.runs)
        self.batches = Batches(authorship.batches)
        self.text = text
        self._steps = steps
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    def authorship(self) -> Authorship:
        """The origins as they are now; batches whose fate is known are no longer told apart."""
        tags, batches = self.batches.renumbered()
        return Authorship(tuple(joined((n, tags.get(tag, tag)) for n, tag in self.runs)), batches)

    def apply(self, change: TrackedChange, now: float) -> list[Splice]:
        """Follow a change at the time `now`; returns what became of the runs. Raises ValueError."""
        edit = change.edit
        before = ""
        if self.text is not None and edit.removed:
            before = self.text.between(edit.position, edit.position + edit.removed)
        added = decoded_units(edit.added)
        splices = self._undo_or_redo(change, len(added) - edit.removed)
        if splices is None and change.origin is None and before == added:
            splices = []  # only its looks changed, as during a composition
        elif splices is None:
            splices = [(edit.position, edit.removed, self._added(change, before, added, now))]
            self._record(change, splices[0])
            if change.steps < self._steps:
                self._done.clear()
        if self.text is not None:
            self.text.splice(edit.position, edit.removed, added)
        self._steps = change.steps
        return splices

    def judge(self, now: float, saving: bool) -> list[Outcome]:
        """What became of the batches whose time has come."""
        return self.batches.judge(self.runs.totals, now, saving)

    def _undo_or_redo(self, change: TrackedChange, growth: int) -> list[Splice] | None:
        """Take back or repeat what is recorded; None where the change is an edit, or fits to nothing."""
        if change.origin is not None or (change.is_new and change.steps >= self._steps):
            return None
        found: list[_Step]
        if change.steps < self._steps:
            found = [step for step in reversed(self._done) if step.steps > change.steps]
            source, target = self._done, self._undone
        elif change.steps > self._steps:
            found = [step for step in reversed(self._undone) if step.steps <= change.steps]
            source, target = self._undone, self._done
        else:
            return None
        sign = -1 if source is self._done else 1
        if not found or growth != sign * sum(
            length_of(step.added) - length_of(step.removed) for step in found
        ):
            self._done.clear()
            self._undone.clear()
            return None
        splices: list[Splice] = []
        for step in found:
            old, new = (step.added, step.removed) if sign < 0 else (step.removed, step.added)
            self.runs.splice(step.position, length_of(old), new)
            splices.append((step.position, length_of(old), new))
            target.append(step)
        del source[len(source) - len(found) :]
        return splices

    def _added(self, change: TrackedChange, before: str, added: str, now: float) -> list[Run]:
        """The runs of the new characters."""
        if not added:
            return []
        edit, (head, tail) = change.edit, change.around()
        length, end = len(added) - head - tail, edit.position + edit.removed
        if change.carried and length_of(change.carried) == length:
            new: Sequence[Run] = change.carried
        elif change.origin is Origin.TAKEN:
            new = [(length, self.batches.take(length, now))]
        elif before and (change.origin is None or change.restores):
            from writer.documents.authorship.carried_origins import carried_origins

            runs = self.runs.between(edit.position, end)
            return carried_origins(before, runs, added, int(change.origin or Origin.TYPED))
        else:
            new = [(length, int(change.origin or Origin.TYPED))]
        first = self.runs.between(edit.position, edit.position + head)
        return list(joined((*first, *new, *self.runs.between(end - tail, end))))

    def _record(self, change: TrackedChange, splice: Splice) -> None:
        """Change the runs, and record that for undo; typing one character after another is one record."""
        position, removed, added = splice
        gone = self.runs.splice(position, removed, added)
        self._undone.clear()
        last = self._done[-1] if self._done else None
        if (
            last is not None
            and last.steps == change.steps
            and not removed
            and len(last.added) == 1 == len(added)
            and position == last.position + last.added[0][0]
            and last.added[0][1] == added[0][1]
        ):
            last.added = [(last.added[0][0] + added[0][0], added[0][1])]
        else:
            self._done.append(_Step(change.steps, position, gone, added))


def imported(length: int) -> Authorship:
    """The origins of a text of which nothing is known but that it came with a file."""
    return Authorship(((length, int(Origin.IMPORTED)),) if length else ())


def without_batches(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs for another text: what was taken counts as taken, but belongs to no batch of it."""
    return tuple(joined((n, int(Origin.TAKEN) if tag >= FIRST_BATCH else tag) for n, tag in runs))


def replay(authorship: Authorship, splices: Sequence[Splice]) -> Authorship:
    """The origins after some changes of the runs. Raises ValueError where one lies outside the text."""
    runs = OriginRuns(authorship.runs)
    for splice in splices:
        runs.splice(*splice)
    return Authorship(tuple(runs.runs()), authorship.batches)
