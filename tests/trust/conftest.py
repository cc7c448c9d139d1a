"""The processes of the window, which no other test is to find running."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.trust import window_process


@pytest.fixture(autouse=True, scope="module")
def no_server_stays() -> Iterator[None]:
    with window_process.forking():
        yield
