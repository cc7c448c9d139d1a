"""Animated PNG from pictures of a window: https://www.w3.org/TR/png-3/#apng-frame-based-animation.

Each frame holds only the rectangle that differs from the one before, in true colour.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QBuffer
from PySide6.QtGui import QImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FORMAT = QImage.Format.Format_RGB888
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture, and how long it is shown, in milliseconds."""

    image: QImage
    milliseconds: int


def animated_png(still: QImage, frames: list[Frame]) -> bytes:
    """The file that shows `frames` again and again, and `still` where animations are not shown.

    All pictures have one size.
    """
    header, *still_data = _chunks_of(still)
    count = [("acTL", struct.pack(">II", len(frames), 0))]
    chunks = [header, *count, *((kind, data) for kind, data in still_data if kind == "IDAT")]
    sequence, before = 0, None
    for frame in frames:
        x, y, width, height = _changed(before, frame.image)
        place = struct.pack(
            ">IIIIIHHBB", sequence, width, height, x, y, frame.milliseconds, _MILLISECONDS, 0, 0
        )
        chunks.append(("fcTL", place))
        sequence += 1
        for kind, data in _chunks_of(frame.image.copy(x, y, width, height)):
            if kind == "IDAT":
                chunks.append(("fdAT", struct.pack(">I", sequence) + data))
                sequence += 1
        before = frame.image
    return SIGNATURE + b"".join(_packed(*chunk) for chunk in (*chunks, ("IEND", b"")))


def chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The kinds and contents of a PNG file's chunks."""
    place = len(SIGNATURE)
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        yield data[place + 4 : place + 8].decode("ascii"), data[place + 8 : place + 8 + length]
        place += 12 + length


def _packed(kind: str, data: bytes) -> bytes:
    body = kind.encode("ascii") + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _chunks_of(image: QImage) -> list[tuple[str, bytes]]:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert image.convertToFormat(_FORMAT).save(buffer, "PNG", 0)
    return list(chunks(bytes(buffer.data().data())))


def _changed(before: QImage | None, after: QImage) -> tuple[int, int, int, int]:
    """The rectangle (x, y, width, height) that differs; one pixel where nothing does."""
    if before is None:
        return 0, 0, after.width(), after.height()
    differs = (_pixels(before) != _pixels(after)).any(axis=2)
    if not differs.any():
        return 0, 0, 1, 1
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    x, y = int(columns[0]), int(rows[0])
    return x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1


def _pixels(image: QImage) -> np.ndarray:
    """The pixels of an image: rows, columns, and red, green and blue."""
    image = image.convertToFormat(_FORMAT)
    lines = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
