"""The restorer of documents from orphaned journals: the current one first, the others behind it.

The event loop runs between two documents.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject

from writer.app.documents.journals import Journals, OrphanedJournal
from writer.base.errors import Sentence
from writer.base.printable import printable
from writer.documents.journal.records import DocumentInfo
from writer.documents.text_file import DocumentError
from writer.ui.common.translation import localised
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

LIST_UPDATE_INTERVAL = 25
"""The number of documents after which the tabs are updated, because each update lays out all."""


class DocumentRestorer(QObject):
    """Restores into `documents`, and shows errors in the window's status bar."""

    def __init__(self, window: MainWindow, documents: OpenDocuments, journals: Journals) -> None:
        super().__init__(window)
        self._status = window.status
        self._documents = documents
        self._journals = journals
        self._damage_messages: list[Callable[[], str]] = []
        self._missing: list[str] = []
        """The paths of saved documents that cannot be read now."""

    async def restore(self, order: Sequence[str], current: str) -> None:
        """Restore all journals, in the order of their names, and show the one named `current`."""
        orphans = await self._journals.orphans()
        self._damage_messages = [
            partial(self._unreadable_message, folder) for folder in self._journals.unreadable
        ]
        places = {name: place for place, name in enumerate(order)}
        orphans.sort(key=lambda orphan: places.get(orphan.folder.path.name, len(places)))
        first = next(
            (i for i, orphan in enumerate(orphans) if orphan.folder.path.name == current), len(orphans) - 1
        )
        for count, orphan in enumerate(
            [*orphans[first : first + 1], *orphans[:first], *orphans[first + 1 :]]
        ):
            await self._restore(orphan, before_current=0 < count <= first)
            if count % LIST_UPDATE_INTERVAL == 0:
                self._documents.list_changed.emit()
        self._documents.list_changed.emit()

    def show_damage(self, others: Sequence[Sentence]) -> None:
        """Show the messages about missing and damaged documents and `others`, until the next message."""
        if self._missing:
            self._status.keep_message(self._missing_message)
        self._damage_messages += [partial(localised, sentence) for sentence in others]
        for message in self._damage_messages:
            self._status.keep_message(message)

    async def _restore(self, orphan: OrphanedJournal, before_current: bool = False) -> None:
        recovered = orphan.recovered
        if recovered.damaged:
            await self._restore_damaged(orphan, before_current)
        elif recovered.changed:
            document = self._documents.make_document()
            await document.resume(orphan)
            self._documents.add_restored(document, recovered.text, recovered.view, before_current)
            self._status.show_message(self.tr("This text was not saved when Writer ended last time."))
        else:
            await self._open(orphan, before_current)
        await asyncio.sleep(0)

    async def _open(self, orphan: OrphanedJournal, before_current: bool) -> None:
        """Open the file of a saved document again."""
        info, document = orphan.recovered.info, self._documents.make_document()
        path = Path(info.path)
        try:
            loaded = await document.read(path, info.form.encoding)
        except DocumentError as error:
            document.deleteLater()
            self._journals.release(orphan)  # its disk may be mounted at the next start
            log.warning("a file that was open is not there: %s", type(error).__name__)
            self._missing.append(info.path)
            return
        document.load(path, loaded)
        document.note_recovered(orphan)
        self._documents.add_restored(
            document, loaded.text, orphan.recovered.view, before_current, modified=False
        )
        await self._journals.delete(orphan)

    async def _restore_damaged(self, orphan: OrphanedJournal, before_current: bool) -> None:
        """Open the text before the damage and the salvaged text, and set the journal aside."""
        recovered = orphan.recovered
        texts = [(recovered.info, recovered.text)] if recovered.text or not recovered.salvaged else []
        if recovered.salvaged:
            texts.append((DocumentInfo() if texts else recovered.info, recovered.salvaged))
        for info, text in texts:
            document = self._documents.make_document()
            document.recover(info, text)
            self._documents.add_restored(document, text, recovered.view, before_current)
        folder = await self._journals.set_aside(orphan)
        path = Path(recovered.info.path or recovered.info.proposed)
        self._damage_messages.append(partial(self._damaged_message, path.name, folder))

    def _missing_message(self) -> str:
        if len(self._missing) == 1:
            sentence = self.tr("{path} was open, and is not there now; its tab comes back when it is.")
            return sentence.format(path=printable(self._missing[0]))
        sentence = self.tr("{paths} were open, and are not there now; their tabs come back when they are.")
        return sentence.format(paths=", ".join(map(printable, self._missing)))

    def _damaged_message(self, file_name: str, folder: Path) -> str:
        sentence = self.tr(
            "What was kept of “{name}” is damaged: compare what is shown. The damaged files are in {folder}."
        )
        name = printable(file_name) or QCoreApplication.translate("MainWindow", "Untitled")
        return sentence.format(name=name, folder=printable(folder))

    def _unreadable_message(self, folder: Path) -> str:
        sentence = self.tr("A text that was not saved cannot be read; it is kept in {folder}.")
        return sentence.format(folder=printable(folder))
