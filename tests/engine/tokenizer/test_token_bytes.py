"""The table of a tokenizer's bytes on the disk: whole, or not there."""

from __future__ import annotations

import io
import os
import resource
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from writer.engine.tokenizer.byte_strings import ByteStrings
from writer.engine.tokenizer.token_bytes import TokenTable, read_table, write_table

TABLE = TokenTable(ByteStrings.of([b"the ", b"garden", b""] * 5_000), np.arange(10_000))


def test_a_table_takes_the_place_of_that_of_an_earlier_version(tmp_path: Path) -> None:
    write_table(tmp_path / "pieces-1.npz", TABLE)
    write_table(tmp_path / "pieces-2.npz", TABLE)
    assert [file.name for file in tmp_path.iterdir()] == ["pieces-2.npz"]


def test_a_table_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "made" / "pieces.npz"
    write_table(file, TABLE)
    found = read_table(file)
    assert found is not None
    assert list(found.token_bytes) == list(TABLE.token_bytes)
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


def write_archive(file: Path, **arrays: object) -> None:
    np.savez(file, **(GOOD | arrays))  # type: ignore[arg-type]


def huge_header(file: Path) -> None:
    """An array whose header speaks of more bytes than any memory has."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<i8", "fortran_order": False, "shape": (1 << 45,)}
    )
    with zipfile.ZipFile(file, "w") as archive:
        for name in GOOD:
            archive.writestr(f"{name}.npy", stream.getvalue())


def bomb(file: Path) -> None:
    """A few kilobytes that unpack to a gigabyte."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in GOOD:
            archive.writestr(f"{name}.npy", bytes(1 << 28))


def broken_deflate(file: Path) -> None:
    """Bytes that zlib cannot unpack, under a directory that is whole."""
    np.savez_compressed(file, **GOOD)  # type: ignore[arg-type]
    data = bytearray(file.read_bytes())
    start = 30 + int.from_bytes(data[26:28], "little") + int.from_bytes(data[28:30], "little")
    data[start : start + 4] = b"\xff" * 4
    file.write_bytes(data)


GOOD = {"blob": np.frombuffer(b"abc", np.uint8), "ends": np.array([1, 1, 3]), "order": np.array([0, 2])}
DAMAGE = {
    "empty": lambda f: f.write_bytes(b""),
    "junk": lambda f: f.write_bytes(b"\xff" * 500),
    "a folder": lambda f: f.mkdir(),
    "without end": lambda f: (f.touch(), os.truncate(f, 5 << 30)),
    "an array missing": lambda f: np.savez(f, blob=GOOD["blob"], ends=GOOD["ends"]),
    "pickle": lambda f: write_archive(f, blob=np.array([{}], object)),
    "broken deflate": broken_deflate,
    "huge header": huge_header,
    "bomb": bomb,
    "other types": lambda f: write_archive(f, ends=np.array([1.0, 1.0, 3.0])),
    "no numbers": lambda f: write_archive(f, ends=np.array(["1", "1", "3"])),
    "two dimensions": lambda f: write_archive(f, order=np.array([[0], [2]])),
    "no tokens": lambda f: write_archive(f, ends=np.array([], np.int64), order=np.array([], np.int64)),
    "ends fall": lambda f: write_archive(f, ends=np.array([2, 1, 3])),
    "ends beyond": lambda f: write_archive(f, ends=np.array([1, 1, 1 << 40])),
    "ids beyond": lambda f: write_archive(f, order=np.array([0, 1 << 40])),
    "ids negative": lambda f: write_archive(f, order=np.array([-3, 2])),
    "ids twice": lambda f: write_archive(f, order=np.array([0, 0])),
}


def test_the_table_for_the_damage_is_whole(tmp_path: Path) -> None:
    write_archive(tmp_path / "pieces.npz")
    found = read_table(tmp_path / "pieces.npz")
    assert found is not None
    assert (list(found.token_bytes), found.sorted_ids.tolist()) == ([b"a", b"", b"bc"], [0, 2])


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_table_is_none_and_takes_no_memory(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "pieces.npz"
    DAMAGE[damage](file)
    tracemalloc.start()
    try:
        assert read_table(file) is None
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()
