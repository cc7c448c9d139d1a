"""The number of rows that are rehearsed in a training."""

from __future__ import annotations

from writer.training.plan import Plan

EVERY = 10
"""One in so many rows of a training is a rehearsed one."""

MOST_ROWS = {"cpu": 32, "mps": 64, "cuda": 512}
"""The most rows that are made, by device; 32 take a minute on a processor."""


def rows_wanted(plan: Plan, device: str) -> int:
    """The number of rows to be made for `plan`."""
    return max(1, min(MOST_ROWS[device], round(plan.steps * plan.sequences / EVERY)))
