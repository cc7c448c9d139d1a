"""The icons of Windows and macOS, made from the one drawing in `resources/icons/writer.svg`."""

from __future__ import annotations

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_TYPES = {b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}


def ico(drawing: Path) -> bytes:
    """An .ico with a PNG in each size: a directory of 16-byte entries, then the pictures."""
    pictures = [png(drawing, size) for size in ICO_SIZES]
    place = 6 + 16 * len(pictures)
    head = struct.pack("<HHH", 0, 1, len(pictures))
    for size, picture in zip(ICO_SIZES, pictures, strict=True):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place)
        place += len(picture)
    return head + b"".join(pictures)


def icns(drawing: Path) -> bytes:
    """An .icns with a PNG in each size, each after its type and length."""
    pictures = {kind: png(drawing, size) for kind, size in ICNS_TYPES.items()}
    parts = b"".join(kind + struct.pack(">I", 8 + len(p)) + p for kind, p in pictures.items())
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


def png(drawing: Path, size: int) -> bytes:
    """The drawing as a PNG of `size` pixels a side."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(drawing)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OSError(f"{drawing.name} could not be drawn in {size} pixels")
    return bytes(content.data())
