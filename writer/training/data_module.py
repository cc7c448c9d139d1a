"""The texts in the order in which they are learned, as a `LightningDataModule`.

The order follows from the seed alone, and each step knows its place in it, so a resumed run goes on exactly
where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, IterableDataset

from writer.training.lightning_module import IGNORED
from writer.training.plan import Plan

Rows = Sequence[Any]
"""Rows with `input_ids`, at most a window long; a `datasets.Dataset` is one."""

VALIDATION_TOKENS = {"cpu": 4_096, "mps": 16_384, "cuda": 131_072}
"""Tokens of held-out text that are read at each validation."""


class TokenDataModule(LightningDataModule):
    """Batches of `rows`, one for each step of the plan, and of the `held_out` rows."""

    def __init__(self, rows: Rows, held_out: Rows, plan: Plan) -> None:
        super().__init__()
        self._rows = rows
        self._held_out = held_out
        self._plan = plan

    def train_dataloader(self) -> DataLoader[Any]:
        """The batches from the trainer's step on, without an end; each process of several gets its share."""
        assert self.trainer is not None
        steps = _StepIndices(self._rows, self._plan, self.trainer.global_step)
        shared = _RankShard(steps, self.trainer.global_rank, self.trainer.world_size)
        return DataLoader(shared, batch_size=None, num_workers=0)

    def held_out_batches(self, device: str) -> Iterator[dict[str, torch.Tensor]]:
        """The same held-out sequences at every call, spread over all of them."""
        wanted = max(1, VALIDATION_TOKENS[device] // self._plan.window)
        stride = max(1, len(self._held_out) // wanted)
        indices = list(range(0, len(self._held_out), stride))[:wanted]
        for start in range(0, len(indices), self._plan.batch):
            some = indices[start : start + self._plan.batch]
            yield padded([self._held_out[i]["input_ids"] for i in some])


def padded(rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
    """`input_ids` and `labels` [rows, longest]; what pads the end of a row is not learned."""
    longest = max(len(row) for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    labels = torch.full((len(rows), longest), IGNORED, dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        labels[place, : len(row)] = torch.tensor(row)
    return {"input_ids": ids, "labels": labels}


def shuffled_indices(count: int, seed: int) -> Iterator[int]:
    """Places of `count` rows without an end: each reading of the texts in another order."""
    epoch = 0
    while True:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        yield from torch.randperm(count, generator=generator).tolist()
        epoch += 1


class _StepIndices:
    """The places of the rows of each step, from `first` on."""

    def __init__(self, rows: Rows, plan: Plan, first: int) -> None:
        self.rows = rows
        self.plan = plan
        self._first = first

    def __iter__(self) -> Iterator[list[int]]:
        indices = shuffled_indices(len(self.rows), self.plan.seed)
        for _ in range(self._first * self.plan.sequences):
            next(indices)
        while True:
            yield [next(indices) for _ in range(self.plan.sequences)]


class _RankShard(IterableDataset[dict[str, torch.Tensor]]):
    """What one process of `world` reads of each step."""

    def __init__(self, steps: _StepIndices, rank: int, world: int) -> None:
        self._steps = steps
        self._rank = rank
        self._world = world

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        for indices in self._steps:
            mine = indices[self._rank :: self._world]
            yield padded([self._steps.rows[i]["input_ids"] for i in mine])
