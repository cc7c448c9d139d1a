"""The open document: its name, its form on the disk, and reading and saving it in a small pool."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from writer.app.files import (
    Candidate,
    Loaded,
    Stamp,
    changed_outside,
    read_candidates,
    read_document,
    write_document,
)
from writer.app.form import Form


class Document(QObject):
    """One document. The text itself is the editor's; this knows where it lies and what was last there."""

    renamed = Signal()
    """The document has another name, place or form now."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__()
        self._pool = pool
        self.path: Path | None = None
        self.form = Form()
        self.id = uuid.uuid4().hex
        """Tells documents apart for the engine's cache."""
        self._stamp: Stamp | None = None

    @property
    def name(self) -> str:
        """The file's name without its folder, "" where there is none yet."""
        return self.path.name if self.path else ""

    def renew(self) -> None:
        """Become a new document without a name."""
        self._become(None, Form(), None)

    async def read(self, path: Path, encoding: str = "") -> Loaded:
        """What the file at `path` holds; `become` it afterwards, or do not. Raises DocumentError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, read_document, path, encoding)

    async def candidates(self, path: Path) -> tuple[Candidate, ...]:
        """The encodings in which the file at `path` gives a text. Raises DocumentError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, read_candidates, path)

    def turn_to_utf_8(self) -> None:
        """Be saved in UTF-8 from now on."""
        self.form = self.form.in_utf_8()
        self.renamed.emit()

    def become(self, path: Path, loaded: Loaded) -> None:
        """Be the document that was read from `path`."""
        self._become(path, loaded.form, loaded.stamp)

    async def save(self, text: str, path: Path | None = None, overwrite: bool = False) -> None:
        """Save under `path`, or where the document lies.

        Raises ChangedOutsideError where the document's file changed and `overwrite` is false, and
        DocumentError; in both cases the disk and this document stay what they were.
        """
        target = path or self.path
        assert target is not None
        known = None if overwrite or target != self.path else self._stamp
        form = self.form
        loop = asyncio.get_running_loop()
        stamp = await loop.run_in_executor(self._pool, write_document, target, text, form, known)
        if target == self.path:
            self._stamp = stamp
        else:
            self.path, self._stamp = target, stamp
            self.renamed.emit()

    async def changed_outside(self) -> bool:
        """Whether the file on the disk is another one than the document knows."""
        if self.path is None or self._stamp is None:
            return False
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pool, changed_outside, self.path, self._stamp)
        except OSError:
            return False

    async def acknowledge(self) -> None:
        """Take the file on the disk for known, without reading its text into the window."""
        if self.path is not None:
            self._stamp = (await self.read(self.path)).stamp

    def _become(self, path: Path | None, form: Form, stamp: Stamp | None) -> None:
        self.path, self.form, self._stamp = path, form, stamp
        self.id = uuid.uuid4().hex
        self.renamed.emit()
