"""What the answers of a replay cost: the percentiles of their latency, and the time of all cores.

Whole texts are drawn for the intervals. The figures hold for replays whose answers were not cached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from writer.evaluation.metrics import Estimate, ReplayedPassages, blocks, estimate, ratio_metric, resamples
from writer.evaluation.paired import block_sums, difference
from writer.evaluation.ratios import CPU_SECONDS

LATENCIES: Mapping[str, int] = {"latency_p50": 50, "latency_p90": 90, "latency_p95": 95}
"""The percentiles of the milliseconds from a request to its complete answer."""


def answer_costs(run: ReplayedPassages, seed: int = 0) -> dict[str, Estimate]:
    """The percentiles of `LATENCIES`, and "cpu_seconds" for each 1,000 characters."""
    texts = [taken for taken in _milliseconds(run).values() if taken]
    found = dict.fromkeys(LATENCIES, Estimate(None, None, None))
    if texts:
        wide = _estimates(_percentiles(texts), _drawn(texts, seed), len(texts))
        found = {name: Estimate(one.value, max(one.low or 0.0, 0.0), one.high) for name, one in wide.items()}
    return found | {"cpu_seconds": ratio_metric(blocks(run), CPU_SECONDS, seed)}


def answer_cost_differences(
    one: ReplayedPassages, other: ReplayedPassages, seed: int = 0
) -> dict[str, Estimate]:
    """How much higher each cost of `one` is than that of `other`, paired over the texts that both have."""
    left, right = _milliseconds(one), _milliseconds(other)
    both = [name for name in left if left[name] and right.get(name)]
    found = dict.fromkeys(LATENCIES, Estimate(None, None, None))
    if both:
        pairs = ([left[name] for name in both], [right[name] for name in both])
        values = _percentiles(pairs[0]) - _percentiles(pairs[1])
        found = _estimates(values, _drawn(pairs[0], seed) - _drawn(pairs[1], seed), len(both))
    cpu = difference(block_sums(one, CPU_SECONDS), block_sums(other, CPU_SECONDS), seed)
    return found | {"cpu_seconds": cpu}


def _milliseconds(run: ReplayedPassages) -> dict[str, list[float]]:
    """The latencies by text, or by block."""
    return {
        name: [step.milliseconds for step in steps if step.milliseconds is not None]
        for name, steps in blocks(run).items()
    }


def _percentiles(texts: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """The percentiles over all texts, float64 [len(LATENCIES)]."""
    return np.percentile(np.concatenate(texts), list(LATENCIES.values()))


def _drawn(texts: Sequence[Sequence[float]], seed: int) -> NDArray[np.float64]:
    """The percentiles of each draw of texts, float64 [RESAMPLES, len(LATENCIES)]."""
    picks = resamples(len(texts), seed)
    return np.array([_percentiles([texts[i] for i in picked]) for picked in picks])


def _estimates(values: NDArray[np.float64], drawn: NDArray[np.float64], count: int) -> dict[str, Estimate]:
    return {
        name: estimate(float(values[column]), drawn[:, column], count)
        for column, name in enumerate(LATENCIES)
    }
