"""Pictures of a preview: small files in the folder of the text, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from writer.ui.editor.looks.images.image_file import ImageLimits, read_image

MAX_BYTES = 20 << 20
"""The largest file of a picture."""

MAX_PIXELS = 60_000_000
"""The most pixels of a picture."""

LARGEST = QSize(600, 1200)
"""The size in pixels to which larger pictures are scaled."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of a file: its path, and its time of change and size."""

    path: Path
    changed: int
    size: int


class Pictures:
    """Reads pictures, in any one thread, and keeps those of the last preview."""

    def __init__(self) -> None:
        self._kept: dict[_Version, QImage] = {}
        self._used: dict[_Version, QImage] = {}

    def forget_unused(self) -> None:
        """Keep only the pictures that were asked for since the last call."""
        self._kept, self._used = self._used, {}

    def load(self, folder: Path | None, address: str) -> QImage | None:
        """The picture at an address as Markdown has it; None where it is no picture within `folder`."""
        path = local_file(folder, address)
        if path is None:
            return None
        try:
            found = path.stat()
            version = _Version(path, found.st_mtime_ns, found.st_size)
            image = self._used.get(version) or self._kept.get(version) or _read(path)
        except OSError:
            return None
        if image is not None:
            self._used[version] = image
        return image


def local_file(folder: Path | None, address: str) -> Path | None:
    """The path that an address names in a folder or below it, links resolved; None for all others."""
    name = unquote(address)
    if folder is None or not name or "\0" in name or _SCHEME.match(name) or "\\" in name:
        return None
    try:
        inside = folder.resolve()
        path = (inside / name).resolve()
    except (OSError, RuntimeError, ValueError):
        return None
    return path if path.is_relative_to(inside) else None


def _read(path: Path) -> QImage | None:
    """The picture in a file, scaled to LARGEST; None where it is damaged, too large, or no picture."""
    return read_image(path, LARGEST.width(), LARGEST.height(), ImageLimits(MAX_BYTES, MAX_PIXELS))
