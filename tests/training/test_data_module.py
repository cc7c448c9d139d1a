"""The order in which the rows of a training are read."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from writer.corpus.mixture import RowGroup
from writer.training.data_module import shuffled_indices


def order_of(groups: list[RowGroup], newest: int, seed: int, rows: int) -> list[int]:
    return list(islice(shuffled_indices(groups, newest, seed), rows))


def test_the_order_is_that_of_earlier_versions_so_that_their_trainings_go_on() -> None:
    expected = [6, 8, 7, 9, 4, 3, 1, 0, 5, 2, 1, 9, 5, 6, 4, 3, 8, 0, 2, 7]
    assert order_of([RowGroup(10, 0)], 4, 3, 20) == expected


@pytest.mark.parametrize(("count", "newest"), [(10, 4), (10, 10), (10, 25), (1, 1)])
def test_the_newest_rows_come_first_in_the_first_epoch_alone(count: int, newest: int) -> None:
    order = order_of([RowGroup(count, 0)], newest, 3, 2 * count)
    assert set(order[:count]) == set(order[count:]) == set(range(count))
    assert set(order[:newest]) == set(range(max(0, count - newest), count))


def test_orders_differ_by_seed_and_epoch() -> None:
    orders = [tuple(order_of([RowGroup(50, 0)], 20, seed, 100)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][:50] != orders[0][50:]
    assert orders[0][:20] != tuple(range(30, 50))


def test_rows_are_read_as_often_as_their_group_says() -> None:
    groups = [RowGroup(10, 0, 2.5), RowGroup(8, 0, 0.25), RowGroup(6, 0)]
    epoch = 25 + 2 + 6
    order = order_of(groups, 10**6, 5, 4 * epoch)
    for turn in range(4):
        read = Counter(order[turn * epoch : (turn + 1) * epoch])
        assert Counter(read[row] for row in range(10)) == {2: 5, 3: 5}
        assert sum(read[row] for row in range(10, 18)) == 2
        assert [read[row] for row in range(18, 24)] == [1] * 6
    assert Counter(order)[9] == 10
    assert [Counter(order)[row] for row in range(10, 18)] == [1] * 8  # each epoch has others


def test_the_newest_rows_are_those_of_each_group() -> None:
    order = order_of([RowGroup(40, 0), RowGroup(20, 0, 2.0)], 40, 1, 40)
    assert Counter(order) == {**dict.fromkeys(range(20, 40), 1), **dict.fromkeys(range(50, 60), 2)}


def test_a_group_too_small_for_its_readings_is_read_in_a_later_epoch() -> None:
    assert order_of([RowGroup(1, 0, 0.3)], 8, 1, 3) == [0, 0, 0]
