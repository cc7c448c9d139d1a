"""Answers of servers that mean harm or are broken: without end, without pause, packed, nested, byte by byte.

An answer is what is written to the connection, bytes after bytes; a number among them is a pause in seconds.
`Trouble.raw` and `Fault.raw` send one instead of what the server would answer.
"""

from __future__ import annotations

import gzip
import itertools
import select
import socket
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

RawAnswer = Callable[[], Iterator[bytes | float]]

BLOCK = 1 << 16
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def send(handler: BaseHTTPRequestHandler, answer: RawAnswer) -> bool:
    """Write an answer until it ends or the client goes away; whether it was written to its end."""
    handler.close_connection = True
    try:
        for part in answer():
            if isinstance(part, bytes):
                handler.wfile.write(part)
            elif _has_gone(handler.connection, part):
                return False
    except OSError:
        return False
    return True


def _has_gone(connection: socket.socket, seconds: float) -> bool:
    """Wait; whether the client has closed the connection meanwhile."""
    readable, _, _ = select.select([connection], [], [], seconds)
    return bool(readable) and not connection.recv(1, socket.MSG_PEEK)


def whole(body: bytes, *headers: str, status: str = "200 OK") -> Iterator[bytes | float]:
    """A body with its length."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}", *headers]
    yield "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(
    pieces: Iterator[bytes | float], *headers: str, status: str = "200 OK"
) -> Iterator[bytes | float]:
    """A body in chunks, as long as the pieces come."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", "Transfer-Encoding: chunked", *headers]
    yield "\r\n".join(lines).encode() + b"\r\n\r\n"
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece) if isinstance(piece, bytes) else piece
    yield b"0\r\n\r\n"


def repeated(piece: bytes, size: int, pause: float = 0.0) -> Iterator[bytes | float]:
    """The same bytes again and again, `size` bytes in all, with a pause after each."""
    for _ in range(-(-size // len(piece))):
        yield piece
        if pause:
            yield pause


def slowly(data: bytes, pause: float) -> Iterator[bytes | float]:
    """A byte, a pause, a byte, a pause."""
    for value in data:
        yield bytes([value])
        yield pause


def gzip_bomb(size: int, layers: int = 1) -> bytes:
    """Zeros, `size` bytes of them, packed by gzip so many times; made at once, for a block is packed once."""
    block = 1 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    part = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    packed = head + part * (size // block) + packer.flush() + bytes(8)
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    return packed


def gzip_without_content(size: int) -> Iterator[bytes | float]:
    """A packed body of empty blocks, which grows by nothing when it is unpacked."""
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    yield from repeated(b"\x00\x00\x00\xff\xff" * (BLOCK // 5), size)


def encoded(encoding: str, body: bytes) -> Iterator[bytes | float]:
    return whole(body, f"Content-Encoding: {encoding}", "Content-Type: application/json")


def redirect(target: str, body: Iterator[bytes | float] | None = None) -> Iterator[bytes | float]:
    return chunked(iter(body or ()), f"Location: {target}", status="302 Found")


def models(count: int) -> Iterator[bytes | float]:
    """A list of so many models, in pieces."""
    yield b'{"object": "list", "data": [{"id": "model"}'
    for start in range(0, count, 1000):
        yield "".join(f',{{"id":"m{number}"}}' for number in range(start, start + 1000)).encode()
    yield b"]}"


def answers(size: int, pause: float) -> dict[str, RawAnswer]:
    """All of them by name: bodies without end have `size` bytes, slow ones a byte in `pause` seconds."""
    spaces, letters = b" " * BLOCK, b"x" * BLOCK
    event = b'data: {"choices": [{"text": "%s"}]}\n\n'
    count = max(1000, size // 5000)
    return {
        "gzip": lambda: encoded("gzip", gzip_bomb(size)),
        "gzip, gzip": lambda: encoded("gzip, gzip", gzip_bomb(size, 2)),
        "gzip, gzip, gzip": lambda: encoded("gzip, gzip, gzip", gzip_bomb(size, 3)),
        "gzip of nothing": lambda: chunked(gzip_without_content(size), "Content-Encoding: gzip"),
        "br": lambda: encoded("br", b'{"tag_name": "v9.0", "data": [], "siblings": []}'),
        "zstd": lambda: chunked(repeated(letters, size), "Content-Encoding: zstd"),
        "unknown encoding": lambda: encoded("sand", b'{"tag_name": "v9.0", "data": [], "siblings": []}'),
        "length too long": lambda: iter([HEAD + b"Content-Length: 1000\r\n\r\n{"]),
        "length too short": lambda: iter([HEAD + b'Content-Length: 9\r\n\r\n{"data": []}' + letters]),
        "length of a petabyte": lambda: itertools.chain(
            [HEAD + b"Content-Length: 1000000000000000\r\n\r\n"], repeated(spaces, size)
        ),
        "a header without end": lambda: itertools.chain([HEAD + b"X: "], repeated(letters, size)),
        "headers without end": lambda: itertools.chain([HEAD], repeated(b"X: y\r\n" * 10_000, size)),
        "a million of 100 Continue": lambda: repeated(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 25_000_000),
        "a hundred Processing": lambda: repeated(b"HTTP/1.1 102 Processing\r\n\r\n", 2700, pause),
        "redirects without end": lambda: redirect("?again"),
        "a redirect with a body": lambda: redirect("?again", repeated(letters, size)),
        "a redirect with a bomb": lambda: whole(
            gzip_bomb(size), "Content-Encoding: gzip", "Location: ?again", status="302 Found"
        ),
        "a redirect to a file": lambda: redirect("file:///etc/passwd"),
        "a redirect to ftp": lambda: redirect("ftp://127.0.0.1/x"),
        "a redirect to nowhere": lambda: redirect("http://[/"),
        "chunks without end": lambda: chunked(repeated(spaces, size)),
        "chunks of a byte": lambda: repeated_chunks(b" ", size),
        "a head byte by byte": lambda: slowly(HEAD + b"X: y\r\n" * 100, pause),
        "a body byte by byte": lambda: chunked(slowly(b" " * 300, pause)),
        "a gzip byte by byte": lambda: chunked(slowly(gzip_bomb(1 << 24), pause), "Content-Encoding: gzip"),
        "silence": lambda: iter([pause * 300]),
        "a body of silence": lambda: chunked(iter([b"{", pause * 300])),
        "a million models": lambda: chunked(models(count)),
        "a million lists": lambda: chunked(
            itertools.chain([b'{"data":[[]'], repeated(b",[]" * 1000, size // 50))
        ),
        "a name of megabytes": lambda: whole(b'{"data": [{"id": "%s"}]}' % (b"x" * 3_900_000)),
        "nested": lambda: whole(b"[" * 100_000),
        "nested objects": lambda: whole(b'{"data":' * 100_000),
        "a number of a million digits": lambda: whole(b'{"data":%s}' % (b"1" * 1_000_000)),
        "no HTTP": lambda: iter([b"\x16\x03\x01" + bytes(range(256)) * 100]),
        "a line without end": lambda: chunked(itertools.chain([b"data: "], repeated(letters, size))),
        "comments without end": lambda: chunked(repeated(b": wait\n\n" * 1000, size)),
        "comments now and then": lambda: chunked(repeated(b": wait\n\n", 2400, pause)),
        "empty lines": lambda: chunked(repeated(b"\n" * BLOCK, size)),
        "empty lines now and then": lambda: chunked(repeated(b"\n", 300, pause)),
        "events of nothing": lambda: chunked(repeated(b'data: {"choices": []}\n\n' * 1000, size)),
        "events without end": lambda: chunked(repeated(event % b" a" * 1000, size)),
        "an event of a megabyte": lambda: chunked(iter([event % (b" a" * 480_000)])),
        "a nested event": lambda: chunked(iter([b"data: " + b"[" * 100_000 + b"\n\n"])),
    }


def repeated_chunks(piece: bytes, size: int) -> Iterator[bytes | float]:
    """A body in chunks of `piece`, `size` bytes with all that is around it."""
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from repeated(b"%x\r\n%s\r\n" % (len(piece), piece) * 10_000, size)
