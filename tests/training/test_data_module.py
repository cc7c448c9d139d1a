"""The order in which the rows of a training are read."""

from __future__ import annotations

from itertools import islice

import pytest

from writer.training.data_module import shuffled_indices


@pytest.mark.parametrize(("count", "newest"), [(10, 4), (10, 10), (10, 25), (1, 1)])
def test_the_newest_rows_come_first_in_the_first_epoch_alone(count: int, newest: int) -> None:
    order = list(islice(shuffled_indices(count, newest, 3), 2 * count))
    assert set(order[:count]) == set(order[count:]) == set(range(count))
    assert set(order[:newest]) == set(range(max(0, count - newest), count))


def test_orders_differ_by_seed_and_epoch() -> None:
    orders = [tuple(islice(shuffled_indices(50, 20, seed), 100)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][:50] != orders[0][50:]
    assert orders[0][:20] != tuple(range(30, 50))
