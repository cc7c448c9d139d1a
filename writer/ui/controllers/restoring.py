"""The restorer of open texts: what earlier starts left, the current one first, the others behind it.

Each text is restored alone, and the window is asked for keys between two of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject

from writer.app.documents.journals import Journals, OrphanedJournal
from writer.base.printable import printable
from writer.documents.journal.records import DocumentInfo
from writer.documents.text_file import DocumentError
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

SEVERAL = 25
"""Texts after which the tabs follow: each change of them lays out all."""


class DocumentRestorer(QObject):
    """Restores into `pages`, and tells in the window's status line what could not be."""

    def __init__(self, window: MainWindow, pages: OpenDocuments, journals: Journals) -> None:
        super().__init__(window)
        self._status = window.status
        self._pages = pages
        self._journals = journals
        self._damage: list[Callable[[], str]] = []

    async def restore(self, order: Sequence[str], current: str) -> None:
        """Show all that was left, in the order of these journals' names, the one named `current` in front."""
        left = await self._journals.left()
        self._damage = [partial(self._unreadable, folder) for folder in self._journals.unreadable]
        places = {name: place for place, name in enumerate(order)}
        left.sort(key=lambda one: places.get(one.folder.path.name, len(places)))
        first = next((i for i, one in enumerate(left) if one.folder.path.name == current), len(left) - 1)
        for count, one in enumerate([*left[first : first + 1], *left[:first], *left[first + 1 :]]):
            await self._restore(one, before_current=0 < count <= first)
            if count % SEVERAL == 0:
                self._pages.listed.emit()
        self._pages.listed.emit()
        if damage := tuple(self._damage):
            self._status.keep_saying(lambda: " ".join(text() for text in damage))

    async def _restore(self, left: OrphanedJournal, before_current: bool = False) -> None:
        kept = left.kept
        if kept.damaged:
            await self._restore_damaged(left, before_current)
        elif kept.changed:
            document = self._pages.make_document()
            await document.resume(left)
            self._pages.take_in(document, kept.text, kept.view, before_current)
            self._status.say(self.tr("This text was not saved when Writer ended last time."))
        else:
            await self._open(left, before_current)
        await asyncio.sleep(0)

    async def _open(self, left: OrphanedJournal, before_current: bool) -> None:
        """Read a text that was saved from its file again."""
        info, document = left.kept.info, self._pages.make_document()
        path = Path(info.path)
        try:
            loaded = await document.read(path, info.form.encoding)
        except DocumentError as error:
            document.deleteLater()
            self._journals.release(left)  # its disk may be back at the next start
            log.warning("a file that was open is not there: %s", type(error).__name__)
            sentence = self.tr("{path} was open, and is not there now; its tab comes back when it is.")
            self._status.say(sentence.format(path=printable(info.path)))
            return
        document.become(path, loaded)
        self._pages.take_in(document, loaded.text, left.kept.view, before_current, modified=False)
        await self._journals.forget(left)

    async def _restore_damaged(self, left: OrphanedJournal, before_current: bool) -> None:
        """Show what can be read before and behind the damage, and put the journal itself aside."""
        kept = left.kept
        texts = [(kept.info, kept.text)] if kept.text or not kept.salvaged else []
        if kept.salvaged:
            texts.append((DocumentInfo() if texts else kept.info, kept.salvaged))
        for info, text in texts:
            document = self._pages.make_document()
            document.recover(info, text)
            self._pages.take_in(document, text, kept.view, before_current)
        folder = await self._journals.set_aside(left)
        self._damage.append(partial(self._damaged, Path(kept.info.path).name, folder))

    def _damaged(self, file_name: str, folder: Path) -> str:
        sentence = self.tr(
            "What was kept of “{name}” is damaged: compare what is shown. The damaged files are in {folder}."
        )
        name = printable(file_name) or QCoreApplication.translate("MainWindow", "Untitled")
        return sentence.format(name=name, folder=printable(folder))

    def _unreadable(self, folder: Path) -> str:
        sentence = self.tr("A text that was not saved cannot be read; it is kept in {folder}.")
        return sentence.format(folder=printable(folder))
