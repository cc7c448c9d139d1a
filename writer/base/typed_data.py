"""A reader of JSON and TOML that checks size, depth and types.

Data from the disk, a child process or a server may be truncated, foreign, deeply nested or of wrong types.
The result is a value of the type that was asked for, or DamagedError.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from writer.base.regular_file import open_regular

T = TypeVar("T")

LIMIT = 64 << 20
"""The default size limit in bytes."""

VALUES = 1_000_000
"""The default limit of values and keys in a JSON; each takes up to about 80 bytes of memory."""

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""A count or a number of bytes, limited so that arithmetic cannot overflow."""

_MAX_KEY_PARTS = 16
_LONG_KEY = re.compile(
    rb"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}"""
    % _MAX_KEY_PARTS
)
"""A dotted key for which tomllib takes time quadratic in its parts."""

_MARKS = (b",", b":", b"[", b"{")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A string, or the beginning of one, so that the search takes linear time."""

_PLACE = re.compile(r" - at `(?:key` in `)?([^`]*)`$")


class DamagedError(Exception):
    """Data is invalid. The message says where, and quotes nothing of the data."""


class OversizedError(DamagedError):
    """Data has more bytes or values than the limit."""


def read_json(data: bytes | str, kind: type[T], limit: int = LIMIT, values: int = VALUES) -> T:
    """JSON as a value of `kind`: plain types, dict, list, frozen dataclasses. Raises DamagedError.

    It may have `limit` bytes and `values` values and keys, which are counted before parsing: `[],` is 3 bytes
    as text and 64 in memory. Unknown keys are ignored, so that data of later versions can be read.
    """
    if len(data) > limit:
        raise OversizedError(f"more than {limit} bytes")
    if len(data) > values:
        _require_few_values(
            data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"), values
        )
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        raise DamagedError(f"no JSON ({type(error).__name__})") from None
    return as_type(value, kind)


def read_json_file(path: Path, kind: type[T], limit: int = LIMIT, values: int = VALUES) -> T:
    """The JSON in a file; see `read_json`. Raises DamagedError, and OSError where it cannot be read."""
    return read_json(_content(path, limit), kind, limit, values)


def read_toml(data: bytes, kind: type[T], limit: int = LIMIT) -> T:
    """TOML in UTF-8, with or without a byte order mark, as a value of `kind`. Raises DamagedError.

    A key may have at most 16 dotted parts; so may a text that looks like a key.
    """
    import tomllib  # here, because most processes read no TOML

    if len(data) > limit:
        raise OversizedError(f"more than {limit} bytes")
    if _LONG_KEY.search(data):
        raise DamagedError("a key has too many parts")
    try:
        value: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"no TOML ({type(error).__name__})") from None
    return as_type(value, kind)


def as_type(value: object, kind: type[T]) -> T:
    """A value of plain types converted to `kind`. Raises DamagedError."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise DamagedError(_unquoted(str(error))) from None
    except (RecursionError, OverflowError, ValueError, TypeError) as error:  # from a value's own checks
        raise DamagedError(f"not a {kind}: {type(error).__name__}") from None


def _require_few_values(data: bytes, values: int) -> None:
    """Raise OversizedError for more than `values` marks between values; those in strings do not count."""
    if sum(map(data.count, _MARKS)) <= values:
        return
    count = end = 0
    for string in _STRING.finditer(data):
        count += sum(data.count(mark, end, string.start()) for mark in _MARKS)
        if count > values:
            break
        end = string.end()
    else:
        count += sum(data.count(mark, end) for mark in _MARKS)
    if count > values:
        raise OversizedError(f"more than {values} values")


def _unquoted(message: str) -> str:
    """The message of msgspec without values of the data, which it quotes for enums and Literals."""
    if not message.startswith("Invalid enum value"):
        return message
    place = _PLACE.search(message)
    return "None of the known values" + (place[0] if place else "")


def _content(path: Path, limit: int) -> bytes:
    """The bytes of a file. Raises DamagedError where it has more than `limit`, and OSError."""
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > limit:
            raise OversizedError(f"more than {limit} bytes")
        return stream.read(size + 1)  # `read` allocates as many bytes as are asked for
