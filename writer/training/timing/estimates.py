"""Estimates of the stages beside the steps, from the time of training on one sequence."""

from __future__ import annotations

import time
from collections.abc import Callable

from writer.training.plan import Plan, Precision

_PROOF: dict[Precision, float] = {"32-true": 0.02, "bf16-mixed": 0.03}
"""The time of the proof for each character, relative to training on a sequence of 256 tokens.

With bf16 it was 0.018 where a processor computes it little faster, and 0.06 where it does so three times.
"""

_WRITING = 1.2
"""The time in which the base writes a row on a CPU, relative to training on a sequence of as many tokens."""

_MERGING = 5e-8
"""Seconds for each weight of a model to be merged, written and loaded again."""

_EXPECTED = 0.1
"""The weight of an expectation, as the part of a stage for which it counts."""


def rehearsal_seconds(rows: int, sequence: float) -> float:
    """The seconds in which the base writes `rows` rows; `sequence` as for `proof_seconds`."""
    return rows * _WRITING * sequence


def proof_seconds(plan: Plan, characters: int, sequence: float) -> float:
    """The seconds of a proof that replays `characters`, those of all models together.

    `sequence` is the seconds of training on one sequence of the plan.
    """
    return characters * _PROOF[plan.precision] * sequence * 256 / plan.window


def seconds_after_fit(plan: Plan, weights: int, characters: int, sequence: float) -> float:
    """The seconds after the last step for a model with so many weights; the rest as `proof_seconds`."""
    return weights * _MERGING + proof_seconds(plan, characters, sequence)


def seconds_beside_fit(plan: Plan, weights: int, characters: int, rows: int, sequence: float) -> float:
    """The seconds of the stages that the minutes of a training on a CPU count beside steps and validations.

    `rows` is the number of rows that the base writes; the rest as for `seconds_after_fit`.
    """
    return rehearsal_seconds(rows, sequence) + seconds_after_fit(plan, weights, characters, sequence)


class StageTime:
    """The time left of a stage with `total` parts, which begins now; `expected` seconds, 0 where unknown.

    The more parts are done, the less the expectation counts. `clock` gives seconds.
    """

    def __init__(
        self, total: int, expected: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total
        self._expected = expected
        self._clock = clock
        self._began = clock()

    def left(self, done: int) -> float | None:
        """The seconds left when `done` parts are done, perhaps more than all; None where nothing is known."""
        weight = _EXPECTED if self._expected else 0.0
        if not done + weight:
            return None
        elapsed = self._clock() - self._began
        each = (elapsed + weight * self._expected) / (done + weight * self._total)
        return each * max(0, self._total - done)
