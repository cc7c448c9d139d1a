"""Bodies of HTTP answers within limits: bytes after decompression, values of a JSON."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from writer.base.typed_data import DamagedError, OversizedError, read_json

PIECE = 1 << 16
"""The most bytes of one step of decompression."""

MAX_VALUES = 250_000
"""The limit of values and keys in a JSON; see `typed_data.VALUES`."""


class HttpFailure(StrEnum):
    """The reasons why a request has no valid answer."""

    ADDRESS = "the address is invalid"
    UNREACHABLE = "no connection"
    CERTIFICATE = "its certificate is not trusted"
    NOT_ENCRYPTED = "it does not speak TLS"
    OTHER_CERTIFICATE = "its certificate is not the expected one"
    SILENT = "nothing came within the time-out"
    SLOW = "it was not complete within its time"
    CUT = "the connection was cut"
    MALFORMED = "it is no valid answer"
    LARGE = "it is too large"
    REDIRECTS = "too many redirects"
    UNSAFE_REDIRECT = "a redirect to another scheme, or away from encryption"


class HttpError(Exception):
    """A request has no valid answer. The message quotes nothing of what the server sent."""

    def __init__(self, failure: HttpFailure) -> None:
        self.failure = failure
        super().__init__(str(failure))


class BodyDecoder:
    """A decoder of a body's content encoding: none, or gzip. Raises HttpError for others.

    A small body may decompress to gigabytes, so the caller must count the bytes.
    """

    def __init__(self, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            raise HttpError(HttpFailure.MALFORMED)
        self._gzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in name else None

    def decode(self, data: bytes) -> Iterator[bytes]:
        """The decoded bytes of the next `data`, at most PIECE at a time. Raises HttpError.

        Data behind the end of the compressed stream is ignored.
        """
        if self._gzip is None:
            yield data
            return
        piece = bytes(PIECE)
        while not self._gzip.eof and (data or len(piece) == PIECE):
            try:
                piece = self._gzip.decompress(data, PIECE)
            except zlib.error as error:
                raise HttpError(HttpFailure.MALFORMED) from error
            data = self._gzip.unconsumed_tail
            if piece:
                yield piece


def parse_json(data: bytes | bytearray, max_values: int = MAX_VALUES) -> Any:
    """The value of the JSON `data`, with at most `max_values` values and keys. Raises HttpError."""
    try:
        return read_json(bytes(data), object, values=max_values)
    except OversizedError as error:
        raise HttpError(HttpFailure.LARGE) from error
    except DamagedError as error:
        raise HttpError(HttpFailure.MALFORMED) from error
