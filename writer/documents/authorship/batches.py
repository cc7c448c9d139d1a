"""Batches of text taken from suggestions, and how much of each is still there at saving and a day later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from writer.documents.authorship.origin import FIRST_BATCH, Origin

DAY_SECONDS = 86_400.0


class BatchStage(IntEnum):
    """How far the fate of a batch is known. The values stand in files."""

    NEW = 0
    SAVED = 1
    """It was looked at when the text was saved."""

    KNOWN = 2
    """It was looked at a day later, too."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Characters taken between two saves: how many, and when the last of them (seconds since 1970)."""

    time: float
    taken: int
    stage: BatchStage = BatchStage.NEW


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of `taken` characters, `kept` were still there at saving, or a day later where `later`.

    `time` is when they were taken, in seconds since 1970.
    """

    time: float
    taken: int
    kept: int
    later: bool


class Batches:
    """The batches of one text; each has a tag."""

    def __init__(self, batches: Sequence[Batch] = ()) -> None:
        self._all = list(batches)
        self.newest: tuple[int, Batch] | None = None
        """The tag of the batch that was added or enlarged last, and that batch."""

    def take(self, count: int, now: float) -> int:
        """Add characters that were just taken; returns the tag for them."""
        if not self._all or self._all[-1].stage is not BatchStage.NEW:
            self._all.append(Batch(now, 0))
        self._all[-1] = batch = replace(self._all[-1], time=now, taken=self._all[-1].taken + count)
        tag = FIRST_BATCH + len(self._all) - 1
        self.newest = tag, batch
        return tag

    def judge(self, totals: Mapping[int, int], now: float, saving: bool) -> list[Outcome]:
        """What became of the batches whose time has come, by the number of characters of each tag."""
        outcomes = []
        for index, batch in enumerate(self._all):
            kept = min(totals.get(FIRST_BATCH + index, 0), batch.taken)
            if batch.stage is BatchStage.NEW and saving:
                outcomes.append(Outcome(batch.time, batch.taken, kept, later=False))
                self._all[index] = replace(batch, stage=BatchStage.SAVED)
            elif batch.stage is BatchStage.SAVED and now - batch.time >= DAY_SECONDS:
                outcomes.append(Outcome(batch.time, batch.taken, kept, later=True))
                self._all[index] = replace(batch, stage=BatchStage.KNOWN)
        return outcomes

    def renumbered(self) -> tuple[dict[int, int], tuple[Batch, ...]]:
        """New tags for those of all batches, and the batches whose fate is not known yet, in their order."""
        tags: dict[int, int] = {}
        batches: list[Batch] = []
        for tag, batch in enumerate(self._all, FIRST_BATCH):
            if batch.stage is BatchStage.KNOWN:
                tags[tag] = int(Origin.TAKEN)
            else:
                tags[tag] = FIRST_BATCH + len(batches)
                batches.append(batch)
        return tags, tuple(batches)
