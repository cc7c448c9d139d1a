"""The table of a tokenizer's bytes on the disk: whole, or not there."""

from __future__ import annotations

import resource
from pathlib import Path

import numpy as np

from writer.engine.tokenizer.token_bytes import TokenTable, read_table, write_table

TABLE = TokenTable([b"the ", b"garden", b""] * 5_000, np.arange(10_000))


def test_a_table_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "made" / "pieces.npz"
    write_table(file, TABLE)
    found = read_table(file)
    assert found is not None
    assert found.token_bytes == TABLE.token_bytes
    assert found.sorted_ids.tolist() == TABLE.sorted_ids.tolist()
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_on_a_full_disk_there_is_none_and_nothing_is_left(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        write_table(tmp_path / "pieces.npz", TABLE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
