"""The batches of a training, as a `LightningDataModule`.

The order of the rows is a function of the seed and of the steps that were planned first, and each step has a
fixed position in it, so a resumed run continues exactly where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, IterableDataset

from writer.corpus.mixture import RowGroup
from writer.training.loss import IGNORED
from writer.training.plan import VALIDATION_TOKENS, Plan

Rows = Sequence[Any]
"""A sequence of dicts with `input_ids` (int32 [at most window]), such as `TokenRows`."""

_SEEDS = 1_000_003
"""The distance between the generators' seeds of two trainings, each of which has one for each epoch."""


class TokenDataModule(LightningDataModule):
    """The batches of `rows`, one for each step of `plan`, and those of the `held_out` and `general` rows.

    `groups` say how often which of the `rows` are read; without any, each is once an epoch.
    """

    def __init__(
        self, rows: Rows, held_out: Rows, plan: Plan, general: Rows = (), groups: Sequence[RowGroup] = ()
    ) -> None:
        super().__init__()
        self._rows = rows
        self._held_out = held_out
        self._general = general
        self._plan = plan
        self._groups = groups or (RowGroup(len(rows), 0),)

    def train_dataloader(self) -> DataLoader[Any]:
        """The batches from the trainer's step on, without an end; each process gets its shard."""
        assert self.trainer is not None
        steps = _StepIndices(self._rows, self._groups, self._plan, self.trainer.global_step)
        shared = _RankShard(steps, self.trainer.global_rank, self.trainer.world_size)
        return DataLoader(shared, batch_size=None, num_workers=0)

    def held_out_batches(self, device: str) -> Iterator[dict[str, torch.Tensor]]:
        """Batches of held-out rows, evenly spaced, the same at every call: about VALIDATION_TOKENS tokens."""
        return self._batches(self._held_out, self._validation_indices(device))

    def general_batches(self) -> Iterator[dict[str, torch.Tensor]]:
        """Batches of all general rows; none where there are no such rows."""
        return self._batches(self._general, range(len(self._general)))

    def validation_rows(self, device: str) -> int:
        """The number of rows that each validation reads."""
        return len(self._validation_indices(device)) + len(self._general)

    def _batches(self, rows: Rows, indices: Sequence[int]) -> Iterator[dict[str, torch.Tensor]]:
        for start in range(0, len(indices), self._plan.batch):
            yield padded([rows[i]["input_ids"] for i in indices[start : start + self._plan.batch]])

    def _validation_indices(self, device: str) -> list[int]:
        wanted = max(1, VALIDATION_TOKENS[device] // self._plan.window)
        stride = max(1, len(self._held_out) // wanted)
        return list(range(0, len(self._held_out), stride))[:wanted]


def padded(rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
    """A batch: `input_ids` and `labels`, int64 [rows, longest row]. Padding is 0, and its label IGNORED."""
    longest = max(len(row) for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    labels = torch.full((len(rows), longest), IGNORED, dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        labels[place, : len(row)] = torch.tensor(row)
    return {"input_ids": ids, "labels": labels}


def shuffled_indices(groups: Sequence[RowGroup], newest: int, seed: int) -> Iterator[int]:
    """The indices of the rows of all groups without an end, each epoch in another order.

    The last `newest` rows of an epoch, each group's share of them, come before the others in the first one:
    rows are ordered from old to new, and where the time is too short for all of them, the newest are most
    like what will be written next.
    """
    for epoch in count():
        generator = torch.Generator().manual_seed(seed * _SEEDS + epoch)
        parts = _epoch_parts(groups, epoch, seed)
        total = max(1, sum(map(len, parts)))
        older = max(0, total - newest) if epoch == 0 else 0
        ends = [len(part) * older // total for part in parts]
        halves = [part[end:] for part, end in zip(parts, ends, strict=True)]
        yield from _permuted(torch.cat(halves), generator)
        halves = [part[:end] for part, end in zip(parts, ends, strict=True)]
        yield from _permuted(torch.cat(halves), generator)


def _epoch_parts(groups: Sequence[RowGroup], epoch: int, seed: int) -> list[torch.Tensor]:
    """The indices of an epoch in the order of the rows, int64 [rows], one part for each group.

    What is left of a group's readings beyond whole ones goes through a draw of its rows, epoch by epoch.
    """
    parts, start = [], 0
    for number, group in enumerate(groups):
        whole, some = divmod(group.readings, 1)
        drawn = torch.randperm(
            group.rows, generator=torch.Generator().manual_seed(seed * _SEEDS - 1 - number)
        )
        here, there = (round(some * group.rows * turn) for turn in (epoch, epoch + 1))
        places = torch.arange(here, there) % max(1, group.rows)
        indices = torch.cat([*[torch.arange(group.rows)] * int(whole), drawn[places]])
        parts.append(start + indices.sort().values)
        start += group.rows
    return parts


def _permuted(indices: torch.Tensor, generator: torch.Generator) -> list[int]:
    permuted: list[int] = indices[torch.randperm(len(indices), generator=generator)].tolist()
    return permuted


class _StepIndices:
    """The row indices of each step, `plan.sequences` of them, from the step `first` on."""

    def __init__(self, rows: Rows, groups: Sequence[RowGroup], plan: Plan, first: int) -> None:
        self.rows = rows
        self._groups = groups
        self.plan = plan
        self._first = first

    def __iter__(self) -> Iterator[list[int]]:
        wanted = self.plan.first_steps * self.plan.sequences
        indices = shuffled_indices(self._groups, wanted, self.plan.seed)
        for _ in range(self._first * self.plan.sequences):
            next(indices)
        while True:
            yield [next(indices) for _ in range(self.plan.sequences)]


class _RankShard(IterableDataset[dict[str, torch.Tensor]]):
    """The batches of one process: every `world`-th row of each step, from `rank` on."""

    def __init__(self, steps: _StepIndices, rank: int, world: int) -> None:
        self._steps = steps
        self._rank = rank
        self._world = world

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        for indices in self._steps:
            mine = indices[self._rank :: self._world]
            yield padded([self._steps.rows[i]["input_ids"] for i in mine])
