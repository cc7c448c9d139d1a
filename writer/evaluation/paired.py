"""Paired differences: whether one model is better than another on the same texts, with a 95 % interval.

Whole texts are drawn again and again, the same ones for both, so what makes a text easy or hard counts for
neither.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.metrics import Estimate, ReplayedPassages, blocks, estimate, ratio_estimate, resamples
from writer.evaluation.ratios import RATIOS, Ratio

Sums = Mapping[str, tuple[float, float]]
"""The numerator and the denominator of a ratio, summed up for each text, by its name."""


def sums(run: ReplayedPassages, ratio: str) -> Sums:
    """The sums of one of `ratios.RATIOS`, by text."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for passage, steps in run.items():
        found[passage.name][0] += sum(map(RATIOS[ratio].numerator, steps))
        found[passage.name][1] += sum(map(RATIOS[ratio].denominator, steps))
    return {name: (above, below) for name, (above, below) in found.items()}


def block_sums(run: ReplayedPassages, ratio: Ratio) -> Sums:
    """The sums of a ratio by text, or by block of text where there are too few texts to resample."""
    return {
        name: (sum(map(ratio.numerator, steps)), sum(map(ratio.denominator, steps)))
        for name, steps in blocks(run).items()
    }


def value(one: Sums, seed: int = 0, bounds: tuple[float, float] = (-math.inf, math.inf)) -> Estimate:
    """The ratio of `one` over all texts; its interval lies within `bounds`."""
    above, below = [above for above, _ in one.values()], [below for _, below in one.values()]
    return ratio_estimate(above, below, seed, bounds=bounds)


def difference(one: Sums, other: Sums, seed: int = 0) -> Estimate:
    """How much higher the ratio of `one` is than that of `other`, on the texts that both have."""
    names = sorted(set(one) & set(other))

    def measure(picked: NDArray[np.int64]) -> NDArray[np.float64]:
        return _ratios(one, names, picked) - _ratios(other, names, picked)

    if not names:
        return Estimate(None, None, None)
    found = float(measure(np.arange(len(names))[np.newaxis])[0])
    return estimate(found, measure(resamples(len(names), seed)), len(names))


def _ratios(one: Sums, names: Sequence[str], picked: NDArray[np.int64]) -> NDArray[np.float64]:
    """The ratio over each row of the numbers of `names` [draws, texts]; 0 where its denominator is 0."""
    above, below = np.array([one[name] for name in names], np.float64).T
    tops, bottoms = above[picked].sum(axis=1), below[picked].sum(axis=1)
    ratios: NDArray[np.float64] = np.divide(tops, bottoms, out=np.zeros_like(tops), where=bottoms > 0)
    return ratios
