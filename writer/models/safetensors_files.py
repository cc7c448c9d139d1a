"""A reader of the headers of safetensors files and of the index of shards, without loading a tensor.

A header has type, shape and byte range of each tensor. They are checked against each other and against the
file's size, so that wrong numbers cannot cause large allocations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from writer.base.regular_file import open_regular
from writer.base.typed_data import Count, DamagedError, as_type, read_json, read_json_file

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
HEADER_LIMIT = 16 << 20
"""The largest size of a header or an index in bytes, enough for a hundred thousand tensors."""

_HEADER_VALUES = 2_000_000
_MAX_DIMENSIONS = 16
_BITS = {"BOOL": 8} | {
    name: bits
    for bits, names in {
        8: ("U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"),
        16: ("U16", "I16", "F16", "BF16"),
        32: ("U32", "I32", "F32"),
        64: ("U64", "I64", "F64", "C64"),
    }.items()
    for name in names
}
"""Bits of a value by its type. Types that are not listed have one at least."""


class IncompleteError(DamagedError):
    """A file is shorter or longer than its header says."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """A tensor in a header: its `dtype` ("F32", "BF16", …), its shape, and its bytes behind the header."""

    dtype: str
    shape: Annotated[tuple[Count, ...], msgspec.Meta(max_length=_MAX_DIMENSIONS)]
    data_offsets: tuple[Count, Count]

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class SafetensorsHeader:
    """The tensors of a file by name; their bytes begin at `start`."""

    start: int
    tensors: Mapping[str, TensorEntry]


def read_header(file: Path) -> SafetensorsHeader:
    """The header of a safetensors file. Raises DamagedError, IncompleteError and OSError."""
    with open_regular(file) as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 0 < length <= HEADER_LIMIT:
            raise DamagedError("no header")
        raw = read_json(stream.read(length), dict[str, Any], HEADER_LIMIT, _HEADER_VALUES)
        total = stream.seek(0, 2)
    raw.pop("__metadata__", None)
    header = SafetensorsHeader(8 + length, as_type(raw, dict[str, TensorEntry]))
    if not all(map(_is_consistent, header.tensors.values())):
        raise DamagedError("a tensor has other bytes than its shape needs")
    end = max((entry.data_offsets[1] for entry in header.tensors.values()), default=0)
    if header.start + end != total:
        raise IncompleteError("the header speaks of another length")
    return header


def read_shard_names(index: Path) -> tuple[str, ...]:
    """The names of the files that an index lists, sorted. Raises DamagedError and OSError."""
    return tuple(sorted(set(read_index(index).values())))


def read_index(index: Path) -> Mapping[str, str]:
    """The file of each tensor, by the tensor's name. Raises DamagedError and OSError."""
    files = read_json_file(index, _Index, HEADER_LIMIT).weight_map
    if not files or not all(map(is_file_name, set(files.values()))):
        raise DamagedError("no files of this folder")
    return files


def is_file_name(name: str) -> bool:
    """Whether `name` is the name of a file directly in a folder, on every system; with no half characters."""
    is_one = name not in ("", ".", "..") and len(name) <= 255 and not {"/", "\\", ":", "\0"} & set(name)
    return is_one and not any("\ud800" <= character <= "\udfff" for character in name)


@dataclass(frozen=True, slots=True)
class _Index:
    weight_map: dict[str, str]


def _is_consistent(entry: TensorEntry) -> bool:
    """Whether a tensor's byte range fits its type and shape."""
    start, end = entry.data_offsets
    bits = _BITS.get(entry.dtype)
    if bits is None:
        return start <= end and entry.size <= 8 * (end - start)
    return start <= end and entry.size * bits == 8 * (end - start)
