"""Pages of a mapped file leave the process and come back when they are read; changed ones stay."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.mapped_pages import held
from writer.base.mapped_pages import mapped_places, release_mapped_pages, released_meanwhile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which pages are held")

SIZE = 4 << 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file with (odd) name - 1.bin"
    path.write_bytes(np.arange(SIZE // 4, dtype=np.int32).tobytes())
    return path


def test_pages_that_were_read_go_and_come_back(file: Path) -> None:
    for mode in ("r", "c"):
        data = np.memmap(file, np.int32, mode)  # type: ignore[call-overload]
        total = int(data.sum(dtype=np.int64))
        assert held(file) >= SIZE
        release_mapped_pages(file)
        assert held(file) == 0
        assert int(data.sum(dtype=np.int64)) == total
        del data


def test_what_is_read_once_is_let_go_meanwhile(file: Path) -> None:
    data = np.memmap(file, np.int32, "r")
    places = mapped_places(file)
    data.sum()
    deadline = time.monotonic() + 10
    with released_meanwhile(places, 0.001):
        while held(file) and time.monotonic() < deadline:
            pass
        assert held(file) == 0
    assert not any(thread.name == "mapped-pages" for thread in threading.enumerate())
    data.sum()
    assert held(file) >= SIZE


def test_pages_that_were_changed_stay(file: Path) -> None:
    data = np.memmap(file, np.int32, "c")
    data[5] = -7
    other = np.memmap(file, np.int32, "r")
    other.sum()
    release_mapped_pages(file)
    assert data[5] == -7
    assert held(file) < SIZE


def test_other_files_are_left_alone(file: Path, tmp_path: Path) -> None:
    data = np.memmap(file, np.int32, "r")
    data.sum()
    release_mapped_pages(tmp_path / "none")
    release_mapped_pages(tmp_path / "a file with (odd) name - 1")
    assert held(file) >= SIZE
