"""Files of rows come back as they were written, those of earlier versions too, and damaged ones are told."""

from __future__ import annotations

import random
import tarfile
from pathlib import Path

import numpy as np
import pytest

from writer.base.typed_data import DamagedError
from writer.corpus.pack import open_rows
from writer.corpus.rows.arrow_stream import read_arrow_stream
from writer.corpus.rows.row_file import IDS, RowWriter, TokenRows, read_row_file

HOME = Path(__file__).resolve().parents[2] / "upgrade" / "home_1.tar.xz"
PACKED = "data/writer/training/personal-20261129-113423-28746/packed"
"""A training that version 0.1.0 began; it packed rows of 128 tokens, and the last one is shorter."""

ROWS = [[1, 2, 3], [], [4] * 1000, [5], list(range(300_000)), [2**31 - 1, -(2**31)]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with RowWriter(tmp_path / "some.rows") as writer:
        for row in ROWS:
            writer.write(row)
    return tmp_path / "some.rows"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of rows of a training that an earlier version began."""
    folder = tmp_path_factory.mktemp("home")
    with tarfile.open(HOME) as archive:
        member = next(one for one in archive.getnames() if one.endswith(f"{PACKED}/learned.arrow"))
        archive.extract(member, folder, filter="data")
    return folder / member


def lists(rows: TokenRows) -> list[list[int]]:
    return [row[IDS].tolist() for row in rows]


def test_rows_come_back(file: Path) -> None:
    rows = read_row_file(file)
    assert lists(rows) == ROWS
    assert (len(rows), rows[-1][IDS].dtype) == (len(ROWS), np.int32)
    assert [row[IDS].tolist() for row in rows[2:4]] == ROWS[2:4]
    with pytest.raises(IndexError):
        rows[len(ROWS)]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_rows_come_back(tmp_path: Path, count: int) -> None:
    with RowWriter(tmp_path / "few.rows") as writer:
        for _ in range(count):
            writer.write([7])
    assert lists(read_row_file(tmp_path / "few.rows")) == [[7]] * count


def test_a_file_that_was_not_finished_is_none(tmp_path: Path) -> None:
    with pytest.raises(TypeError), RowWriter(tmp_path / "half.rows") as writer:
        writer.write(None)  # type: ignore[arg-type]
    with pytest.raises(DamagedError):
        read_row_file(tmp_path / "half.rows")


def test_damage_is_told_and_reads_nothing_beyond(file: Path) -> None:
    data, chance, told = file.read_bytes(), random.Random(1), 0
    for turn in range(300):
        changed = bytearray(data)
        if turn % 3:
            place = len(data) - 1 - chance.randrange(24 + 8 * len(ROWS))
            changed[place] ^= 1 << chance.randrange(8)
        else:
            del changed[chance.randrange(len(data)) :]
        file.write_bytes(changed)
        try:
            assert sum(map(len, lists(read_row_file(file)))) == sum(map(len, ROWS))
        except DamagedError:
            told += 1
    assert told > 200


def test_rows_of_an_earlier_version_are_read(earlier: Path, tmp_path: Path) -> None:
    rows = lists(read_arrow_stream(earlier))
    assert {len(row) for row in rows[:-1]} == {128}
    assert 0 < len(rows[-1]) <= 128
    assert all(0 <= one < 1000 for row in rows for one in row)
    assert lists(open_rows(earlier.with_suffix(".rows"))) == rows
    with RowWriter(tmp_path / "learned.rows") as writer:
        for row in rows:
            writer.write(row)
    assert lists(open_rows(tmp_path / "learned.rows")) == rows


def test_damaged_rows_of_an_earlier_version_are_told(earlier: Path, tmp_path: Path) -> None:
    data, chance, told = earlier.read_bytes(), random.Random(2), 0
    file = tmp_path / "damaged.arrow"
    for turn in range(1500):
        changed = bytearray(data)
        if turn % 3:
            place = chance.randrange(1500)
            changed[place : place + 4] = chance.randbytes(4)
        else:
            del changed[chance.randrange(len(data) - 8) :]
        file.write_bytes(changed)
        try:
            lists(read_arrow_stream(file))
        except DamagedError:
            told += 1
    assert told > 500
