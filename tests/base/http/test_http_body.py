"""Bodies grow by what they unpack to, and are refused before that is much."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import tracemalloc

import pytest

from tests.fakes.hostile_answers import gzip_bomb, gzip_without_content
from writer.base.http.body import PIECE, BodyDecoder, HttpError, HttpFailure, parse_json


def unpacked(encoding: str, pieces: list[bytes]) -> bytes:
    decoder = BodyDecoder(encoding)
    return b"".join(itertools.chain.from_iterable(decoder.decode(piece) for piece in pieces))


def cut(data: bytes, seed: int) -> list[bytes]:
    """The data in pieces of any length, some of them of a byte."""
    generator = random.Random(seed)
    places = sorted(generator.choices(range(len(data) + 1), k=20))
    return [data[start:end] for start, end in itertools.pairwise([0, *places, len(data)])]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("encoding", ["", "identity", " GZIP ", "x-gzip"])
def test_a_body_comes_out_as_it_was(encoding: str, seed: int) -> None:
    body = random.Random(seed).randbytes(100_000) + bytes(300_000)
    packed = gzip.compress(body) + b"left over" if "gzip" in encoding.lower() else body
    assert unpacked(encoding, cut(packed, seed)) == body


@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "gzip,gzip,gzip", "br", "zstd", "deflate", "sand", "gzip;q=1"]
)
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(HttpError) as caught:
        BodyDecoder(encoding)
    assert caught.value.failure is HttpFailure.MALFORMED


def test_what_is_not_packed_is_refused() -> None:
    with pytest.raises(HttpError):
        unpacked("gzip", [b"<html>"])
    damaged = bytearray(gzip.compress(random.Random(1).randbytes(1000)))
    damaged[-6] ^= 1
    with pytest.raises(HttpError):
        unpacked("gzip", [bytes(damaged)])


def test_a_bomb_comes_in_small_pieces() -> None:
    packed = gzip_bomb(1 << 30)
    tracemalloc.start()
    pieces = list(itertools.islice(map(len, BodyDecoder("gzip").decode(packed)), 1000))
    assert tracemalloc.get_traced_memory()[1] < 8 * len(packed)
    tracemalloc.stop()
    assert set(pieces) == {PIECE}


def test_packed_nothing_ends() -> None:
    assert unpacked("gzip", [p for p in gzip_without_content(1 << 20) if isinstance(p, bytes)]) == b""


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 60_000, b"1" * 100_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        parse_json(body)
    assert caught.value.failure is HttpFailure.MALFORMED


@pytest.mark.parametrize(
    "part",
    ["[]", "{}", '"ab"', "1.5", '{"":1}', '{"a":[]}', "12345678901234567890", '"\U0001f600"', '"春天"'],
)
def test_values_that_take_more_memory_than_text_are_counted(part: str) -> None:
    """At the limit, a list of any values takes some tens of megabytes; above it, it is not built."""
    count = 250_000 // (1 + sum(part.count(mark) for mark in ",:[{"))  # with the comma after each
    body = f"[{','.join([part] * (count - 2))}]".encode()
    tracemalloc.start()
    assert len(parse_json(body)) == count - 2
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()
    body = json.dumps([[]] * 300_000).encode()
    tracemalloc.start()
    with pytest.raises(HttpError) as caught:
        parse_json(body)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
    assert caught.value.failure is HttpFailure.LARGE
