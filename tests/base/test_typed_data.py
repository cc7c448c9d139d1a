"""Data of any kind is a value of the right type or one error: cut, foreign, deep, huge, of other types."""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.odd_files import NO_FILES, odd_file
from writer.base.regular_file import NotRegularError
from writer.base.typed_data import (
    Count,
    DamagedError,
    OversizedError,
    as_type,
    read_json,
    read_json_file,
    read_toml,
)


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    name: str
    parts: tuple[Part, ...] = ()
    speeds: dict[str, float] = field(default_factory=dict)


class Colour(StrEnum):
    RED = "red"


WHOLE = Whole("a", (Part("b", 5),), {"cpu": 1.5})
GOOD = {"name": "a", "parts": [{"name": "b", "size": 5}], "speeds": {"cpu": 1.5}, "later": [1]}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_what_is_right_is_read_and_what_is_unknown_left_out() -> None:
    assert read_json(json.dumps(GOOD), Whole) == WHOLE
    assert read_toml(b'\xef\xbb\xbfname = "a"\nlater = 1\n', Whole) == Whole("a")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 40,
        b"\xff\xfe{}",
        b"{",
        b"[" * 1_000_000,
        b'{"name": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"name": 5}',
        b'{"name": "a", "parts": {}}',
        b'{"name": "a", "parts": [{"name": "b", "size": "many"}]}',
        b'{"name": "a", "parts": [{"name": "b", "size": true}]}',
        b'{"name": "a", "speeds": {"cpu": "fast"}}',
        b"[]",
        b"null",
        b'"a"',
    ],
    ids=range(14),
)
def test_what_is_wrong_is_one_error(data: bytes) -> None:
    with pytest.raises(DamagedError):
        read_json(data, Whole)


@given(anything)
def test_other_types_are_one_error_or_right(value: object) -> None:
    for mutant in (value, GOOD | {"name": value}, GOOD | {"parts": value}, GOOD | {"speeds": value}):
        try:
            found = as_type(mutant, Whole)
        except DamagedError:
            continue
        assert isinstance(found.name, str)
        assert all(isinstance(part, Part) for part in found.parts)


def test_the_error_quotes_nothing() -> None:
    with pytest.raises(DamagedError) as caught:
        read_json(b'{"name": ["dear diary"]}', Whole)
    assert "diary" not in str(caught.value)
    with pytest.raises(DamagedError) as caught:
        read_json(b'{"dear diary', Whole)
    assert "diary" not in str(caught.value)


@pytest.mark.parametrize("kind", [Literal["a", "b"], Colour, dict[Literal["a"], int]], ids=str)
def test_a_value_that_is_none_of_a_few_is_not_quoted(kind: type[object]) -> None:
    for value in ("dear diary", {"dear diary": 1}, "dear diary` - at `$.dear`"):
        with pytest.raises(DamagedError) as caught:
            as_type(value, kind)
        assert "dear" not in str(caught.value)


def test_the_place_of_a_value_that_is_none_of_a_few_is_told() -> None:
    with pytest.raises(DamagedError, match=r"None of the known values - at `\$\[1\]`"):
        as_type(["a", "dear diary"], list[Literal["a"]])


@pytest.mark.parametrize("value", [-1, 1 << 54, 10**400, True, 1.0, "1"], ids=range(6))
def test_a_count_is_one(value: object) -> None:
    with pytest.raises(DamagedError):
        as_type(value, Count)  # type: ignore[arg-type]


def test_too_much_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "sparse.json"
    with file.open("wb") as stream:
        stream.truncate(5 << 30)
    with pytest.raises(DamagedError, match="more than 1000 bytes"):
        read_json_file(file, Whole, 1000)


LONG_KEYS = [
    b"a." * 500_000 + b"a = 1",
    b"[" + b"a . " * 500_000 + b"a]",
    b"x = {" + b"'a.b'.\"c\"." * 100_000 + b"a = 1}",
    b"a" * 500_000 + b".a" * 500_000 + b" = 1",
]


@pytest.mark.parametrize(
    "data",
    [b"\xff", b"a = ", b"a = " + b"[" * 100_000, b"name = 5", b"name = " + b"9" * 9_000, *LONG_KEYS],
    ids=range(9),
)
def test_toml_too(data: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(DamagedError):
        read_toml(data, Whole)
    assert time.monotonic() - started < 5


def test_points_in_a_text_are_no_long_key() -> None:
    for text in ("." * 5_000, "...and then. " * 500, "www.example.org/a.b.c.d.e.f.g", "3.14 " * 500):
        assert read_toml(f'name = "{text}"'.encode(), Whole).name == text
    assert read_toml(b'name = "a"\n' + b"[a.b.c.d]\n[e.f]\n[g.h]\n", Whole).name == "a"


@pytest.mark.skipif(sys.platform == "win32", reason="kinds of files of POSIX")
@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    with odd_file(tmp_path / "data.json", kind) as path, pytest.raises(NotRegularError):
        read_json_file(path, dict)


@pytest.mark.parametrize("piece", [b"[],", b'{"":1},', b"0,", b'"a",', b'"\\"",', b"[[[1]]],"])
def test_many_values_are_refused_before_they_are_built(piece: bytes) -> None:
    data = b"[" + piece * (2_000_000 // len(piece)) + b"0]"
    tracemalloc.start()
    try:
        with pytest.raises(OversizedError, match="more than 1000 values"):
            read_json(data, object, values=1000)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@given(st.lists(st.text(alphabet='a,:[{"\\\n'), max_size=20))
def test_marks_in_strings_are_no_values(texts: list[str]) -> None:
    data = json.dumps({"texts": texts, "padding": "," * 200})
    assert read_json(data, dict[str, object], values=4 + max(1, len(texts)))["texts"] == texts


@pytest.mark.parametrize("data", [b'"\\"' * 300_000, b'"' * 300_001, b"\\" * 300_000, b'"' + b"\\" * 300_001])
def test_strings_without_end_are_refused_at_once(data: bytes) -> None:
    begun = time.thread_time()
    with pytest.raises(DamagedError):
        read_json(b"," * 10 + data, object, values=5)
    assert time.thread_time() - begun < 0.5
