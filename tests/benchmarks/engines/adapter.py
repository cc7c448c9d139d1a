"""What a benchmarked engine looks like from outside, and the prefix cache that stepping engines share.

These files run inside the peers' own environments: they need numpy and the standard library only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Adapter(ABC):
    """One engine with one model. Greedy always; an end token does not end a run."""

    version = ""
    passes = 0
    """Forward passes so far, where the engine lets them be counted; 0 otherwise."""

    stops = True
    """Whether a run looks at `stop` before every token."""

    @abstractmethod
    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        """Continue `ids` by `new` tokens, calling `told` with each as it comes; fewer when `stop()`."""

    @abstractmethod
    def reset(self) -> None:
        """Forget every cached prefix."""

    def logits(self, ids: Sequence[int]) -> Floats | None:
        """Logits [len(ids), vocabulary] after each of `ids`, or None where the engine gives none."""
        return None

    def verify(self, ids: Sequence[int], count: int) -> list[int] | None:
        """The greedy choice after each of the last `count` of `ids`, in one pass over those; or None.

        What stands before them is cached from an earlier call.
        """
        return None

    def prepare(self, schedule: Sequence[dict[str, Any]], new: int) -> None:  # noqa: B027 - few need it
        """Get ready for `replay`: the context before the first key may be read. Its time does not count."""

    def replay(self, schedule: Sequence[dict[str, Any]], new: int) -> list[dict[str, Any]] | None:
        """Replay a typing trace in the engine's own way; None leaves it to the common mailbox."""
        return None

    def close(self) -> None:  # noqa: B027 - most engines have nothing to give back
        """Give back memory."""


class Stepping(Adapter):
    """An engine that is driven pass by pass and can crop its cache to any prefix."""

    def __init__(self) -> None:
        self._cached: list[int] = []

    @abstractmethod
    def forward(self, ids: Sequence[int], past: int, every: bool) -> Floats:
        """Logits [1 or len(ids), vocabulary] after the last or `every` one of `ids`.

        The first `past` cached positions stay, later ones are dropped.
        """

    def reset(self) -> None:
        self._cached = []

    def run(
        self, ids: Sequence[int], new: int, stop: Callable[[], bool], told: Callable[[int], None]
    ) -> list[int]:
        produced: list[int] = []
        pending = list(ids)
        while len(produced) < new and not stop():
            row = self._advance(pending, every=False)[-1]
            token = int(row.argmax())
            produced.append(token)
            told(token)
            pending = [*pending, token]
        return produced

    def verify(self, ids: Sequence[int], count: int) -> list[int] | None:
        self._cached = self._cached[: len(ids) - count]
        return [int(choice) for choice in self._advance(list(ids), every=True).argmax(-1)]

    def logits(self, ids: Sequence[int]) -> Floats | None:
        self.reset()
        return self._advance(list(ids), every=True)

    def _advance(self, ids: list[int], every: bool) -> Floats:
        keep = min(common_prefix(self._cached, ids), len(ids) - 1)
        rows = self.forward(ids[keep:], keep, every)
        self._cached = ids
        self.passes += 1
        return rows


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many leading ids are equal."""
    length = min(len(one), len(other))
    return next((i for i in range(length) if one[i] != other[i]), length)
