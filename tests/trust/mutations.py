"""Mutants of good JSON and TOML: values of other types, huge, deep, odd, keys twice, cuts and junk."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

DEEP = 100_000
"""How deep the deepest values are nested; a few hundred are enough to end a recursive reader."""

JSON_VALUES = (
    *("null", "true", "false", "0", "1", "-1", "2.5", "-0.0", "1e400", "NaN", "Infinity", "-Infinity"),
    *(str(1 << 31), str(1 << 63), str(-(1 << 63)), "1" + "0" * 400, "1" + "0" * 5000, "1e-400"),
    *('""', '"x"', '"5"', '"../x"', '"/"', '"a\\u0000b"', '"\\ud800"', '"\\udc80x"', '"\\ud83d\\ude00"'),
    *('"\\u202e<b>{x}</b>%s"', '"' + "x" * 300 + '"', '"' + "y" * 1_000_000 + '"'),
    *("[]", "[null]", "[1, 2]", '["x"]', '[["x"]]', "[{}]", "[" + "0, " * 50_000 + "0]"),
    *("{}", '{"": null}', '{"a": {"a": 1}}', '{"x": ["y"]}', '{"template": "{a}", "values": {"a": {}}}'),
    *("[" * 200 + "]" * 200, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP, "[" * DEEP),
)
"""What is put in the place of a value; all but the last is JSON as Python reads it."""

TOML_VALUES = (
    *(
        "true",
        "0",
        "-1",
        "2.5",
        "1e400",
        "nan",
        "inf",
        "-inf",
        str(1 << 63),
        "1" + "0" * 400,
        "1" + "0" * 5000,
    ),
    *('""', '"x"', '"5"', '"../x"', '"a\\u0000b"', '"\\u202e<b>{x}</b>%s"', '"' + "y" * 100_000 + '"'),
    *("[]", "[1]", '["x"]', '[["x"]]', "[{}]", "{}", "{a = {a = 1}}", "1979-05-27", "07:32:00", "'\ud800'"),
    *(
        "1979-05-27T07:32:00Z",
        "[" * 200 + "]" * 200,
        "[" * DEEP + "]" * DEEP,
        "{a = " * DEEP + "1" + "}" * DEEP,
    ),
    *("a" + ".a" * DEEP + " = 1", '"', ""),
)
"""The same for TOML, which has no null, but dates."""

_MARK = "@@ here @@"
_LINE = re.compile(r"^(?P<key>[^\n=#\[\]]+ = )(?P<value>.*)$", re.MULTILINE)


def json_mutants(good: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    """`count` mutants of a JSON text: most with one other value, some with a key twice, a cut, or junk."""
    value = json.loads(good)
    places = list(_places(value))
    for _ in range(count):
        way = chance.random()
        if way < 0.8 and places:
            yield _with_text(value, chance.choice(places), chance.choice(JSON_VALUES))
        elif way < 0.85:
            yield chance.choice(JSON_VALUES).encode()
        elif way < 0.9:
            yield _with_key_twice(value, places, chance)
        else:
            yield damage(good, chance)


def toml_mutants(good: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    """`count` mutants of a TOML text that has each value on a line of its own."""
    text = good.decode()
    lines = list(_LINE.finditer(text))
    for _ in range(count):
        way, line = chance.random(), chance.choice(lines)
        if way < 0.8:
            value = chance.choice(TOML_VALUES)
            mutant = text[: line.start("value")] + value + text[line.end("value") :]
            yield mutant.encode("utf-8", "surrogatepass")
        elif way < 0.9:
            yield f"{text[: line.end()]}\n{line[0]}{text[line.end() :]}".encode()
        else:
            yield damage(good, chance)


def damage(good: bytes, chance: random.Random) -> bytes:
    """The bytes cut off, empty, in another encoding, zeroed, or with junk in a range of them."""
    at = chance.randrange(len(good) + 1)
    width = chance.choice([1, 1, 8, 64])
    return chance.choice(
        (
            lambda: b"",
            lambda: good[:at],
            lambda: good[at:],
            lambda: bytes(len(good)),
            lambda: b"\xef\xbb\xbf" + good,
            lambda: good.decode().encode("utf-16"),
            lambda: good[:at] + chance.randbytes(width) + good[at + width :],
            lambda: good[:at] + good[at + width :],
            lambda: good + good,
        )
    )()


def bomb(size: int) -> bytes:
    """About so many bytes of JSON with as many values as possible, each of which takes memory."""
    return b"[" + b'{"":1},' * (size // 7) + b"1]"


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values below the top."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*path, key)
        yield from _places(child, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _with_text(value: Any, path: tuple[Any, ...], text: str) -> bytes:
    """The JSON of `value` with `text` in the place of one value."""
    changed = copy.deepcopy(value)
    _at(changed, path[:-1])[path[-1]] = _MARK
    return json.dumps(changed).replace(json.dumps(_MARK), text, 1).encode("utf-8", "surrogatepass")


def _with_key_twice(value: Any, places: list[tuple[Any, ...]], chance: random.Random) -> bytes:
    """A key of one object stands there twice, the second time with another value."""
    objects = [path for path in ((), *places) if isinstance(found := _at(value, path), dict) and found]
    if not objects:
        return b"[]"
    path = chance.choice(objects)
    inner = _at(value, path)
    twice = (
        json.dumps(inner)[:-1]
        + f", {json.dumps(chance.choice(list(inner)))}: {chance.choice(JSON_VALUES)}"
        + "}"
    )
    return _with_text(value, path, twice) if path else twice.encode()
