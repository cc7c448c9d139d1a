"""Which versions go: never the newest, ever fewer of the older ones, within all limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from writer.documents.history import thinning
from writer.documents.history.thinning import MAX_VERSIONS, excess, excess_of_all

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOW = 400 * DAY


def kept(times: list[int], size: int = 1) -> list[int]:
    gone = set(excess([(time, size) for time in times], NOW))
    return [time for place, time in enumerate(times) if place not in gone]


def test_a_few_saves_are_all_kept() -> None:
    times = [NOW - 40 * MINUTE, NOW - 20 * MINUTE, NOW - 5 * MINUTE, NOW]
    assert kept(times) == times


def test_a_year_of_saves_leaves_some_of_every_age() -> None:
    saved: list[int] = []
    for time in [*range(0, 399 * DAY, HOUR * 6), *range(399 * DAY, NOW + 1, MINUTE)]:
        saved.append(time)
        gone = set(excess([(one, 1) for one in saved], time))
        saved = [one for place, one in enumerate(saved) if place not in gone]
    assert saved[0] == 0
    assert saved[-1] == NOW
    assert 40 < len(saved) <= MAX_VERSIONS
    for age in (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 180 * DAY):
        assert any(age / 2 <= NOW - time <= age * 2 for time in saved), age


@given(st.lists(st.tuples(st.integers(0, NOW), st.integers(0, 30 << 20)), min_size=1, max_size=200))
def test_the_limits_hold_and_the_newest_stays(versions: list[tuple[int, int]]) -> None:
    versions.sort()
    gone = set(excess(versions, NOW))
    left = [place for place in range(len(versions)) if place not in gone]
    assert left[-1] == len(versions) - 1
    assert len(left) <= MAX_VERSIONS
    assert len(left) == 1 or sum(versions[place][1] for place in left) <= thinning.MAX_TEXT_BYTES


def test_a_clock_in_the_future_does_no_harm() -> None:
    times = [NOW + DAY, NOW + 2 * DAY, NOW + 3 * DAY]
    assert kept(times)[-1] == NOW + 3 * DAY


@pytest.mark.parametrize(
    ("limit", "gone"), [(100, []), (25, [1]), (15, [1, 0]), (5, [1, 0, 3]), (0, [1, 0, 3, 2])]
)
def test_of_all_texts_the_oldest_go_and_the_newest_of_each_last(limit: int, gone: list[int]) -> None:
    versions = [(5, 10, False), (1, 10, False), (9, 5, True), (2, 5, True)]
    assert excess_of_all(versions, limit) == gone
