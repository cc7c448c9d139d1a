"""Damages documents as disks, mail programs and attackers do: what is drawn follows from the seed alone."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]

_DEEP = 20_000
_HUGE = 0xFFFFFFF0
_BOMBS = (64 << 20, 250 << 20)


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    """Up to 64 bits turned over."""
    result = bytearray(data)
    for _ in range(chance.randint(1, 64)):
        result[chance.randrange(len(result))] ^= 1 << chance.randrange(8)
    return bytes(result)


def cut_off(data: bytes, chance: random.Random) -> bytes:
    """The end is missing."""
    return data[: chance.randrange(len(data))]


def repeat_chunk(data: bytes, chance: random.Random) -> bytes:
    """A piece stands there up to 50 times."""
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.randint(1, 50) + data[end:]


def lose_chunk(data: bytes, chance: random.Random) -> bytes:
    """A piece is missing."""
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def zero_chunk(data: bytes, chance: random.Random) -> bytes:
    """A piece was never written: zeros stand there."""
    start, end = _span(data, chance)
    return data[:start] + bytes(end - start) + data[end:]


def damage_inside(data: bytes, chance: random.Random) -> bytes:
    """In an archive one member is damaged and the archive itself is whole; other files lose a piece."""
    members = _members(data)
    if not members:
        return lose_chunk(data, chance)
    name = chance.choice([name for name, content in members.items() if content] or list(members))
    how = chance.choice((flip_bits, cut_off, repeat_chunk, lose_chunk))
    return _archive(members | {name: how(members[name], chance) if members[name] else b"<"})


def declare_huge(data: bytes, chance: random.Random) -> bytes:
    """A size is declared that nothing has: in an archive's entries, in RTF and PDF, in attributes."""
    result = bytearray(data)
    if data[:2] == b"PK":
        fields = {b"PK\x03\x04": (18, 22), b"PK\x01\x02": (20, 24)}
        places = [
            found.start() + field
            for mark, offsets in fields.items()
            for found in re.finditer(re.escape(mark), data)
            for field in offsets
            if found.start() + field + 4 <= len(data)
        ]
        for place in chance.sample(places, min(len(places), 6)):
            struct.pack_into("<I", result, place, _HUGE)
        return bytes(result)
    numbers = list(re.finditer(rb"\d+", data))
    for found in sorted(chance.sample(numbers, min(len(numbers), 4)), key=lambda f: -f.start()):
        result[found.start() : found.end()] = b"999999999"
    return bytes(result)


def bomb(data: bytes, chance: random.Random) -> bytes:
    """A member unpacks to far more than there is, and may say less; other files are repeated until large."""
    members = _members(data)
    if members:
        name = chance.choice(list(members))
        size = chance.choice(_BOMBS)
        whole = _archive(members | {name: members[name] + b" " * size})
        lies = struct.pack("<I", len(members[name]) + size), struct.pack("<I", 100)
        return whole.replace(*lies) if chance.random() < 0.5 else whole
    return data * max(1, min(400, (8 << 20) // len(data)))


def nest(data: bytes, chance: random.Random) -> bytes:
    """Something within something within something, thousands of times."""
    members = _members(data)
    if members:
        texts = [name for name in members if name.endswith((".xml", ".xhtml", ".html"))] or list(members)
        name = chance.choice(texts)
        return _archive(members | {name: _nested(members[name], chance)})
    return _nested(data, chance)


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    cut_off,
    repeat_chunk,
    lose_chunk,
    zero_chunk,
    damage_inside,
    declare_huge,
    bomb,
    nest,
)


def mutate(data: bytes, number: int, seed: int = 0) -> tuple[str, bytes]:
    """The copy of this number of a file, and the name of what was done to it."""
    chance = random.Random(f"{seed}/{number}")
    how = MUTATIONS[number % len(MUTATIONS)]
    return how.__name__, how(data, chance) if data else b""


def _nested(data: bytes, chance: random.Random) -> bytes:
    if data.lstrip().startswith(b"{\\rtf"):
        opening, closing = b"{", b"}"
    elif b"<" in data[:200]:
        tag = chance.choice(re.findall(rb"<([A-Za-z][\w:.-]*)", data[:100_000]) or [b"div"])
        opening, closing = b"<" + tag + b">", b"</" + tag + b">"
    else:
        opening, closing = chance.choice(
            ((b"> ", b""), (b"{", b"}"), (b"[", b"]"), (b"((", b"))"), (b"* ", b""))
        )
    place = chance.randrange(len(data) + 1)
    if b">" in data:
        place = data.find(b">", place) + 1 or len(data)
    return data[:place] + opening * _DEEP + b"deep" + closing * _DEEP + data[place:]


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.randint(1, max(2, min(len(data) // 4, 1 << 18))))


def _members(data: bytes) -> dict[str, bytes]:
    """The members of an archive; empty where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return {}


def _archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
