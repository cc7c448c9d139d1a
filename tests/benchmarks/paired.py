"""Whether one way is better than another on the same texts: the difference, with its 95 % interval.

Whole texts are drawn again and again, the same ones for both ways, so what makes a text easy or hard counts
for neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np

from writer.evaluation.documents import Passage
from writer.evaluation.metrics import RATIOS, RESAMPLES, Estimate, ReplayedPassages

Sums = Mapping[str, tuple[float, float]]
"""By text: what a ratio divides, summed up."""


def sums(run: ReplayedPassages, ratio: str) -> Sums:
    """The sums of one of `figures.RATIOS`, by text."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for passage, steps in run.items():
        found[passage.name][0] += sum(map(RATIOS[ratio].numerator, steps))
        found[passage.name][1] += sum(map(RATIOS[ratio].denominator, steps))
    return {name: (above, below) for name, (above, below) in found.items()}


def value(one: Sums, seed: int = 0) -> Estimate:
    """The ratio of `one` over all texts."""
    return _estimate(lambda picked: _ratio(one, picked), sorted(one), seed)


def difference(one: Sums, other: Sums, seed: int = 0) -> Estimate:
    """How much higher the ratio of `one` is than that of `other`, on the texts that both have."""
    names = sorted(set(one) & set(other))
    return _estimate(lambda picked: _ratio(one, picked) - _ratio(other, picked), names, seed)


def cell(estimate: Estimate, signed: bool = False) -> str:
    """An estimate in percent, as it stands in a table."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "-"
    value, low, high = (
        f"{100 * x:{'+' if signed else ''}.1f}" for x in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} % ({low} to {high})"


def of_whole_texts(passages: list[Passage]) -> int:
    """How many texts these stretches come from: an interval over few of them is a rough one."""
    return len({passage.name for passage in passages})


def _estimate(measure: Callable[[list[str]], float], names: list[str], seed: int) -> Estimate:
    if not names:
        return Estimate(None, None, None)
    picks = np.random.default_rng(seed).integers(0, len(names), (RESAMPLES, len(names)))
    drawn = [measure([names[i] for i in row]) for row in picks]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Estimate(measure(names), float(low), float(high))


def _ratio(one: Sums, picked: list[str]) -> float:
    below = sum(one[name][1] for name in picked)
    return sum(one[name][0] for name in picked) / below if below else 0.0
