"""From the steps of a replay to figures, each with the range in which it lies 95 times of 100.

The ranges come from the bootstrap: whole texts are drawn again and again, with replacement, and the figure is
computed from each draw. Texts, because places of one text are not independent; where there are too few of
them, blocks of text stand in, and the range says nothing about other texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.documents import Passage
from writer.evaluation.simulated_typist import ReplayStep

FEWEST_TEXTS = 8
"""Texts from which on they are what is drawn."""

BLOCK = 250
"""Characters of text in a block, where there are fewer."""

DRAWS = 1_000
_TAILS = (2.5, 97.5)

ReplayedPassage = Mapping[Passage, Sequence[ReplayStep]]
"""The steps of each replayed stretch."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and its 95 % interval; None where nothing was there to measure."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """What a figure divides, of one step: numerator and denominator."""

    above: Callable[[ReplayStep], float]
    below: Callable[[ReplayStep], float]


def _share(of: Callable[[ReplayStep], bool], among: Callable[[ReplayStep], bool]) -> Ratio:
    return Ratio(lambda s: float(among(s) and of(s)), lambda s: float(among(s)))


def _matched(count: int) -> Ratio:
    return _share(lambda s: s.matched >= count, lambda s: s.fresh and s.shown and s.offered >= count)


RATIOS: dict[str, Ratio] = {
    "keystrokes_saved": Ratio(lambda s: s.keys_by_hand - s.keys, lambda s: s.keys_by_hand),
    "precision": _share(lambda s: s.right, lambda s: s.shown),
    "coverage": _share(lambda s: s.shown, lambda s: True),  # noqa: ARG005 - every place counts
    "characters_per_acceptance": Ratio(lambda s: s.accepted, lambda s: float(s.accepted > 0)),
    "exact_match_1": _matched(1),
    "exact_match_2": _matched(2),
    "exact_match_3": _matched(3),
    "exact_match_within_words": _share(
        lambda s: s.matched >= 1, lambda s: s.fresh and s.shown and s.within_word
    ),
}


def figures(run: ReplayedPassage, seed: int = 0) -> dict[str, Figure]:
    """All figures of a replay that are ratios."""
    blocks = _blocks(run)
    return {
        name: ratio_figure(
            [sum(map(ratio.above, block)) for block in blocks],
            [sum(map(ratio.below, block)) for block in blocks],
            seed,
        )
        for name, ratio in RATIOS.items()
    }


def latencies(run: ReplayedPassage, seed: int = 0) -> dict[str, Figure]:
    """Percentiles of the milliseconds from a question to its whole answer."""
    taken = np.array([s.milliseconds for steps in run.values() for s in steps if s.milliseconds is not None])
    names = {"latency_p50": 50, "latency_p90": 90, "latency_p95": 95}
    if not len(taken):
        return dict.fromkeys(names, Figure(None, None, None))
    draws = taken[_draws(len(taken), seed)]
    return {
        name: _figure(float(np.percentile(taken, at)), np.percentile(draws, at, axis=1))
        for name, at in names.items()
    }


def ratio_figure(
    above: Sequence[float],
    below: Sequence[float],
    seed: int = 0,
    transform: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda x: x,
) -> Figure:
    """The sum of `above` over the sum of `below`, by blocks; `transform` is applied to the quotient."""
    top, bottom = np.array(above, np.float64), np.array(below, np.float64)
    if not bottom.sum():
        return Figure(None, None, None)
    picks = _draws(len(top), seed)
    tops, bottoms = top[picks].sum(axis=1), bottom[picks].sum(axis=1)
    drawn = transform(tops[bottoms > 0] / bottoms[bottoms > 0])
    return _figure(float(transform(np.array(top.sum() / bottom.sum()))), drawn)


def reasons(run: ReplayedPassage) -> dict[str, int]:
    """How often each reason kept a suggestion from being shown."""
    counts: dict[str, int] = defaultdict(int)
    for steps in run.values():
        for step in steps:
            if not step.shown:
                counts[str(step.reason)] += 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def by_text(passages: Iterable[Passage]) -> bool:
    """Whether there are enough texts to be drawn whole."""
    return len({passage.name for passage in passages}) >= FEWEST_TEXTS


def _blocks(run: ReplayedPassage) -> list[list[ReplayStep]]:
    whole = by_text(run)
    blocks: dict[tuple[str, int], list[ReplayStep]] = defaultdict(list)
    for passage, steps in run.items():
        for step in steps:
            blocks[passage.name, 0 if whole else step.place // BLOCK].append(step)
    return list(blocks.values())


def _draws(count: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, count, (DRAWS, count))


def _figure(value: float, drawn: Iterable[float]) -> Figure:
    low, high = np.percentile(np.fromiter(drawn, np.float64), _TAILS)
    return Figure(value, float(low), float(high))
