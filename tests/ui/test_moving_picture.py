"""The moving picture of README: a PNG that shows frames."""

from __future__ import annotations

import struct
import zlib

from PySide6.QtGui import QColor, QImage, QPainter

from tests.ui.animated_png import SIGNATURE, Frame, animated_png, chunks
from writer.base.paths import resources_dir

LARGEST = 1 << 20


def picture(*rectangles):
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("#fffefb"))
    painter = QPainter(image)
    for place, colour in rectangles:
        painter.fillRect(*place, QColor(colour))
    painter.end()
    return image


def png(header, data):
    body = [("IHDR", header), ("IDAT", data), ("IEND", b"")]
    packed = (
        struct.pack(">I", len(content))
        + (chunk := kind.encode() + content)
        + struct.pack(">I", zlib.crc32(chunk))
        for kind, content in body
    )
    return QImage.fromData(SIGNATURE + b"".join(packed), "PNG")


def played(data):
    """The frames of an animated PNG as a browser composes them, with their times."""
    found, header, canvas, place, sequence = [], b"", None, None, 0
    parts = list(chunks(data))
    for number, (kind, content) in enumerate(parts):
        if kind == "IHDR":
            header = content
            canvas = QImage(*struct.unpack(">II", content[:8]), QImage.Format.Format_RGB32)
        elif kind == "fcTL":
            told, *place, milliseconds, per, dispose, blend = struct.unpack(">IIIIIHHBB", content)
            assert (told, per, dispose, blend) == (sequence, 1000, 0, 0)
            sequence, collected = sequence + 1, b""
        elif kind == "fdAT":
            assert struct.unpack(">I", content[:4]) == (sequence,)
            sequence, collected = sequence + 1, collected + content[4:]
            if parts[number + 1][0] != "fdAT":
                width, height, x, y = place
                painter = QPainter(canvas)
                painter.drawImage(x, y, png(struct.pack(">II", width, height) + header[8:], collected))
                painter.end()
                found.append((canvas.copy(), milliseconds))
    return found


def test_frames_come_back_as_they_were():
    frames = [
        Frame(picture(), 70),
        Frame(picture(((3, 4, 5, 6), "#24221f")), 130),
        Frame(picture(((3, 4, 5, 6), "#24221f")), 10),
        Frame(picture(((39, 29, 1, 1), "#1f6a8a")), 2600),
    ]
    data = animated_png(frames[1].image, frames)
    assert QImage.fromData(data) == frames[1].image.convertToFormat(QImage.fromData(data).format())
    assert [(image, time) for image, time in played(data)] == [
        (one.image, one.milliseconds) for one in frames
    ]


def test_readme_shows_a_moving_picture_of_a_small_size():
    data = (resources_dir() / "readme.png").read_bytes()
    assert len(data) <= LARGEST
    frames = played(data)
    assert len(frames) > 50
    assert 5_000 < sum(time for _image, time in frames) < 40_000
    assert not frames[-1][0].isNull()
