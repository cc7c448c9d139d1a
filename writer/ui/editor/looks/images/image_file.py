"""Image files, decoded with limits: what a file says of itself is not believed.

Only formats without scripts or references are read, and only local, regular files. Called in a thread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from writer.base.regular_file import read_regular

MAX_BYTES = 32 << 20
"""The most bytes of a file."""

MAX_PIXELS = 40_000_000
"""The most pixels of an image."""

_ALLOCATION_MB = 192
_FORMATS = frozenset((b"png", b"jpeg", b"jpg", b"gif", b"webp", b"bmp"))
"""The formats that are read; SVG is none of them, because it can name other files."""

_LINE = re.compile(r" {0,3}!\[[^\[\]]*\]\((?:<([^<>]+)>|([^()\s]+))(?:[ \t]+\"[^\"]*\")?\)[ \t]*$")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|[/\\\\]{2}")
"""URLs, and names of files on other computers."""

_MAX_LINE = 2_000


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The most bytes of a file and pixels of its image."""

    size: int
    pixels: int


def image_name(line: str) -> str:
    """The path of the image that a line is made of; "" for other lines, and for what is not on this disk."""
    if not line[:4].lstrip(" ").startswith("!") or len(line) > _MAX_LINE:
        return ""
    found = _LINE.match(line)
    name = unquote(found[1] or found[2]) if found else ""
    return "" if _ELSEWHERE.match(name) or "\0" in name else name


def limit_allocations() -> None:
    """Set the limit of memory for each image that Qt decodes in this process."""
    QImageReader.setAllocationLimit(_ALLOCATION_MB)


def read_image(path: Path, width: int, height: int, limits: ImageLimits | None = None) -> QImage | None:
    """The first picture of a file, scaled into `width` x `height` pixels; None where there is none to show.

    `limits` are MAX_BYTES and MAX_PIXELS where there are no others. Raises OSError where the file cannot be
    read, is none, or is too large.
    """
    limits = limits or ImageLimits(MAX_BYTES, MAX_PIXELS)
    data, _status = read_regular(path, limits.size)
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    size = reader.size()
    if bytes(reader.format().data()) not in _FORMATS or size.isEmpty():
        return None
    if size.width() * size.height() > limits.pixels:
        return None
    fitted = size.scaled(QSize(width, height), Qt.AspectRatioMode.KeepAspectRatio)
    if fitted.width() < size.width():
        reader.setScaledSize(fitted.expandedTo(QSize(1, 1)))
    image = reader.read()
    return None if image.isNull() else _within(image, width, height)


def _within(image: QImage, width: int, height: int) -> QImage:
    """The image, scaled again where a turned one does not fit, so that its memory is bounded."""
    if image.width() <= width and image.height() <= height:
        return image
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return image.scaled(width, height, keep, smooth)
