"""The images of a text, shown below the lines that name them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QTextBlock
from PySide6.QtWidgets import QPlainTextEdit

from writer.base.task_pool import TaskPool
from writer.ui.editor.looks.images.image_file import image_name, limit_allocations, read_image
from writer.ui.editor.looks.line_layout import SpacedLayout
from writer.ui.editor.text_geometry import ShownBlock

log = logging.getLogger(__name__)

MAX_HEIGHT = 320
"""The most pixels of height that an image takes on the page."""

MAX_MEMORY = 64 << 20
"""The bytes of images that are kept, apart from the last one."""

_MAX_SIZE = QSize(1600, 2 * MAX_HEIGHT)
"""The most pixels of an image in memory: twice those on the page, for screens that have as many."""

_GAP = 8
"""Pixels above and below an image."""

_MAX_KNOWN = 4096
_MAX_WAITING = 32


class InlineImages:
    """A decoration of `editor`; images are read by `pool`, from the folder that `folder` returns."""

    def __init__(self, editor: QPlainTextEdit, pool: TaskPool, folder: Callable[[], Path | None]) -> None:
        self._editor = editor
        self._pool = pool
        self._folder = folder
        self._sizes: dict[Path, QSize] = {}
        """The sizes of known images; empty ones where there is nothing to show."""
        self._images: OrderedDict[Path, QImage] = OrderedDict()
        self._waiting: set[Path] = set()
        self._checked: set[Path] = set()
        """The files that need not be read again while their images are kept."""
        self.is_on = True
        """Whether images are shown."""
        limit_allocations()

    @property
    def memory(self) -> int:
        """The bytes of the images that are kept."""
        return sum(image.sizeInBytes() for image in self._images.values())

    def check_again(self) -> None:
        """Read images again when they show, as their files may have changed; they stay meanwhile."""
        self._checked.clear()
        self._editor.viewport().update()

    def is_active(self) -> bool:
        """See `Decoration`."""
        return self.is_on

    def height_below(self, block: QTextBlock) -> float:
        """The pixels that the image of a block takes below its line; 0 while it is not known."""
        path = self._path(block)
        if path is None:
            return 0.0
        if path not in self._checked:
            self._request(path)
        if path not in self._sizes:
            return 0.0
        height = self._rect(block, self._sizes[path]).height()
        return height + 2 * _GAP if height else 0.0

    def paint(self, painter: QPainter, shown: ShownBlock) -> None:
        """See `Decoration`."""
        block, area = shown.block, shown.area
        path = self._path(block)
        if path is None or self._sizes.get(path, QSize(0, 0)).isEmpty():
            return
        image = self._images.get(path)
        if image is None:
            self._request(path)
            return
        self._images.move_to_end(path)
        rect = self._rect(block, self._sizes[path])
        top = area.top() + SpacedLayout.of(block.document()).lines_height(block) + _GAP
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect.translated(area.left(), top), image)
        painter.restore()

    def _path(self, block: QTextBlock) -> Path | None:
        name = image_name(block.text()) if self.is_on else ""
        folder = self._folder() if name else None
        return folder / name if folder is not None else None

    def _rect(self, block: QTextBlock, size: QSize) -> QRectF:
        """The rectangle of an image in its column, from its top."""
        layout = SpacedLayout.of(block.document())
        if size.isEmpty():
            return QRectF()
        factor = min(1.0, layout.width / size.width(), MAX_HEIGHT / size.height())
        return QRectF(layout.left, 0, size.width() * factor, size.height() * factor)

    def _request(self, path: Path) -> None:
        if path not in self._waiting and len(self._waiting) < _MAX_WAITING:
            self._waiting.add(path)
            self._pool.start(self._read(path))

    async def _read(self, path: Path) -> None:
        try:
            image = await self._pool.run(read_image, path, _MAX_SIZE.width(), _MAX_SIZE.height())
        except (OSError, ValueError) as error:
            log.debug("an image cannot be shown: %s", type(error).__name__)
            image = None
        finally:
            self._waiting.discard(path)
            self._checked.add(path)
        if len(self._sizes) >= _MAX_KNOWN:
            self._sizes.clear()
            self._checked.clear()
        known = self._sizes.get(path)
        self._sizes[path] = image.size() if image is not None else QSize(0, 0)
        if image is not None:
            self._keep(path, image)
        if known == self._sizes[path]:
            self._editor.viewport().update()
        else:
            SpacedLayout.of(self._editor.document()).emit_all_changed()

    def _keep(self, path: Path, image: QImage) -> None:
        self._images[path] = image
        while len(self._images) > 1 and self.memory > MAX_MEMORY:
            self._images.popitem(last=False)
