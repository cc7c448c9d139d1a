"""A controller for the versions of the current text: shows them beside it, and restores one."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from writer.app.documents.histories import Histories, HistoryError
from writer.base.task_pool import TaskPool
from writer.documents.authorship.origin import Origin
from writer.documents.history.history_folder import History
from writer.documents.history.version_file import SavedVersion, VersionText
from writer.text.utf16 import utf16_length
from writer.ui.common.dialogs import run_dialog
from writer.ui.common.translation import localised
from writer.ui.controllers.files import FileController
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

if TYPE_CHECKING:
    from writer.ui.panels.versions_dialog import VersionsDialog


class VersionsController(QObject):
    """Connects the action of `window` with the histories. Operations of `files` wait for the dialog."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        histories: Histories,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._histories = histories
        self._tasks = TaskPool(loop, "versions")
        self._newest = Event()
        self._read: dict[SavedVersion, VersionText] = {}
        """The selected version, once it is read."""
        window.actions_by_name.connect({ActionId.FILE_VERSIONS: lambda: files.start(self._open())})

    async def close(self) -> None:
        """Cancel what is being compared."""
        self._newest.set()
        await self._tasks.close(cancel=True)

    async def _open(self) -> None:
        """Show the versions of the current text, and restore the chosen one."""
        opened = self._documents.current
        document, text = opened.document, opened.whole_text()
        history = History()
        if document.path is not None:
            content = None if opened.unsaved else VersionText(text, document.form.stand_ins)
            history = await self._histories.read(document.path, content)
        if not history.versions:
            self._window.status.show_message(self._reason(opened, history))
            return
        version = await self._choose(opened, history)
        if version is not None and version in self._read:
            self._restore(opened, self._read[version])
        self._read.clear()

    def _reason(self, opened: OpenDocument, history: History) -> str:
        """Why there are no versions."""
        if history.damaged:
            return self.tr("All versions of this text are damaged.")
        if not self._histories.enabled():
            return self.tr("No versions are kept; Settings, Editor switches that on.")
        if opened.document.path is None:
            return self.tr("A text has versions once it is saved.")
        return self.tr("This text has no versions yet; each save adds one.")

    async def _choose(self, opened: OpenDocument, history: History) -> SavedVersion | None:
        from writer.ui.panels.versions_dialog import VersionsDialog

        now = opened.whole_text()
        font = self._window.editor.font()
        dialog = VersionsDialog(opened.document.name, history, font, self._window)

        def compare(version: SavedVersion) -> None:
            self._newest.set()
            self._newest = Event()
            self._tasks.start(self._compare(dialog, opened, version, now, self._newest))

        dialog.selected.connect(compare)
        dialog.select_first()
        try:
            accepted = await run_dialog(dialog) == QDialog.DialogCode.Accepted
        finally:
            self._newest.set()
        return dialog.version if accepted and not self._window.editor.isReadOnly() else None

    async def _compare(
        self, dialog: VersionsDialog, opened: OpenDocument, version: SavedVersion, now: str, cancelled: Event
    ) -> None:
        """Show what restoring a version would change, unless that is cancelled meanwhile."""
        from writer.documents.history.difference import difference

        try:
            found = await self._histories.text(version)
        except HistoryError as error:
            if not cancelled.is_set():
                dialog.show_problem(localised(error))
            return
        text, _form = opened.document.form.with_text(found.text, found.stand_ins)
        parts = await self._tasks.run(difference, now, text, cancelled.is_set)
        if not cancelled.is_set():
            self._read = {version: found}
            dialog.show_difference(parts)

    def _restore(self, opened: OpenDocument, version: VersionText) -> None:
        """Replace what differs, as one undo step."""
        from writer.documents.history.difference import replaced_middle

        text, form = opened.document.form.with_text(version.text, version.stand_ins)
        now = opened.whole_text()
        start, end, new_end = replaced_middle(now, text)
        if now == text:
            return
        opened.document.change_format(form)
        self._documents.show(opened)
        first = utf16_length(now[:start])
        last = first + utf16_length(now[start:end])
        with self._window.editor.changes_from(Origin.IMPORTED, restores=True):
            self._window.editor.replace(first, last, text[start:new_end], first)
        self._window.status.show_message(self.tr("Restored; Undo brings back what was here."))
