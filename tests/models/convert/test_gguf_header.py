"""A header that announces more than its file holds is refused before a library believes it."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import pytest

from tests.fakes.hostile_models import gguf_files, gguf_head
from tests.models.conftest import write_gguf
from writer.models.convert.gguf_header import HeaderError, check_header


@pytest.mark.parametrize("name", sorted(gguf_files()))
def test_a_header_that_lies_is_refused_in_little_memory(tmp_path: Path, name: str) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(gguf_files()[name])
    tracemalloc.start()
    with pytest.raises(HeaderError):
        check_header(file)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_header_cut_anywhere_is_refused(tmp_path: Path) -> None:
    write_gguf(tmp_path / "x.gguf")
    content = (tmp_path / "x.gguf").read_bytes()
    check_header(tmp_path / "x.gguf")
    for end in (*range(30), 100, 1000, 5000):
        (tmp_path / "x.gguf").write_bytes(content[:end])
        with pytest.raises(HeaderError):
            check_header(tmp_path / "x.gguf")


def test_numbers_may_have_their_first_byte_first(tmp_path: Path) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(gguf_head(0, 1, ">") + struct.pack(">Q1sI4x", 1, b"a", 4))
    check_header(file)
    file.write_bytes(gguf_head(0, 1 << 40, ">"))
    with pytest.raises(HeaderError):
        check_header(file)
