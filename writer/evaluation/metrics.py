"""Metrics of a replay, each with a 95 % bootstrap confidence interval.

The bootstrap resamples whole texts with replacement, because the steps of one text are not independent.
Where there are fewer than `MIN_TEXTS`, it resamples blocks of text, and the interval does not hold for other
texts.
Intervals of few texts are widened to those of Student's distribution, as the percentiles alone are too narrow
(Hesterberg 2015, "What Teachers Should Know About the Bootstrap").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.documents import MIN_TEXTS, Passage
from writer.evaluation.ratios import RATIOS, Ratio
from writer.evaluation.simulated_typist import ReplayStep

BLOCK_CHARACTERS = 250
"""Characters of a block."""

RESAMPLES = 1_000
_PERCENTILES = (2.5, 97.5)
_Z = 1.959964
"""The percentiles of the normal distribution, in standard deviations."""

ReplayedPassages = Mapping[Passage, Sequence[ReplayStep]]
"""The steps of each replayed passage."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value and its 95 % confidence interval; all None where there was nothing to measure."""

    value: float | None
    low: float | None
    high: float | None


def ratio_metrics(run: ReplayedPassages, seed: int = 0) -> dict[str, Estimate]:
    """The metrics of `RATIOS` for a replay, by name."""
    found = blocks(run)
    return {name: ratio_metric(found, ratio, seed) for name, ratio in RATIOS.items()}


def ratio_metric(found: Mapping[str, Sequence[ReplayStep]], ratio: Ratio, seed: int = 0) -> Estimate:
    """One ratio of the steps of blocks."""
    return ratio_estimate(
        [sum(map(ratio.numerator, block)) for block in found.values()],
        [sum(map(ratio.denominator, block)) for block in found.values()],
        seed,
        bounds=ratio.bounds,
    )


def ratio_estimate(
    numerators: Sequence[float],
    denominators: Sequence[float],
    seed: int = 0,
    transform: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda x: x,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """The ratio of the sums of `numerators` and `denominators`, which hold one value for each block.

    `transform` is applied to the ratio and to the ends of its interval, which lies within `bounds`.
    """
    top, bottom = np.array(numerators, np.float64), np.array(denominators, np.float64)
    if not bottom.sum():
        return Estimate(None, None, None)
    picks = resamples(len(top), seed)
    tops, bottoms = top[picks].sum(axis=1), bottom[picks].sum(axis=1)
    drawn = tops[bottoms > 0] / bottoms[bottoms > 0]
    found = estimate(float(top.sum() / bottom.sum()), drawn, len(top))
    ends = (found.value, max(found.low or 0.0, bounds[0]), min(found.high or 0.0, bounds[1]))
    return Estimate(*(float(transform(np.array(part))) for part in ends))


def reason_counts(run: ReplayedPassages) -> dict[str, int]:
    """How often each reason withheld a suggestion, most frequent first."""
    counts: dict[str, int] = defaultdict(int)
    for steps in run.values():
        for step in steps:
            if not step.shown:
                counts[str(step.reason)] += 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def resamples_texts(passages: Iterable[Passage]) -> bool:
    """Whether there are enough texts to resample whole texts, not blocks."""
    return len({passage.name for passage in passages}) >= MIN_TEXTS


def blocks(run: ReplayedPassages) -> dict[str, list[ReplayStep]]:
    """The steps of each text by its name, or of each block where there are too few texts to resample."""
    whole = resamples_texts(run)
    found: dict[str, list[ReplayStep]] = defaultdict(list)
    for passage, steps in run.items():
        for step in steps:
            name = passage.name if whole else f"{passage.name}:{step.cursor // BLOCK_CHARACTERS}"
            found[name].append(step)
    return found


def resamples(count: int, seed: int) -> NDArray[np.int64]:
    """The indices of RESAMPLES draws of `count` texts with replacement, int64 [RESAMPLES, count]."""
    return np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))


def estimate(value: float, drawn: NDArray[np.float64], count: int) -> Estimate:
    """`value` with the interval of the values `drawn` from `count` texts."""
    widened = _widening(count)
    low, high = (value + widened * (float(end) - value) for end in np.percentile(drawn, _PERCENTILES))
    return Estimate(value, low, high)


def _widening(count: int) -> float:
    """The factor by which the percentiles of draws from `count` texts are too close to the value."""
    if count < 2:
        return 1.0
    z, freedom = _Z, count - 1  # Student's quantile for z: Fisher and Cornish 1960, to the third term
    one = (z**3 + z) / 4
    two = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    three = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    student = z + one / freedom + two / freedom**2 + three / freedom**3
    return student / z * math.sqrt(count / freedom)
