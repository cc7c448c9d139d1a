"""How often progress is reported."""

from __future__ import annotations

from writer.base.progress import INTERVAL, Progress, throttled


def test_the_first_of_each_stage_is_reported_and_then_one_in_an_interval() -> None:
    now = 100.0
    told: list[Progress] = []
    tell = throttled(told.append, lambda: now)
    for done in range(10):
        tell(Progress("reading", done, 10))
        now += INTERVAL * 0.3
    tell(Progress("packing", 0, 3))
    tell(Progress("packing", 1, 3))
    assert [progress.done for progress in told] == [0, 4, 8, 0]
    assert told[-1].stage == "packing"
