"""A controller for import to Markdown, and for export to office formats and PDF."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from threading import Event
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox

from writer.base.errors import UserError
from writer.base.printable import printable
from writer.base.task_pool import TaskPool
from writer.documents.file_name import file_name_of, with_ending
from writer.documents.simplified import Simplified
from writer.settings.editor_schema import EDITOR_FONT, EDITOR_MARKDOWN
from writer.settings.store import SettingsStore
from writer.text.front_matter import front_matter_title
from writer.ui.common.dialogs import ask, choose_files, file_dialog, show_message
from writer.ui.common.fonts import families_of
from writer.ui.common.progress_dialog import ProgressDialog
from writer.ui.common.translation import localised
from writer.ui.controllers.files import FileController
from writer.ui.panels.notice_bar import NoticeBar
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

T = TypeVar("T")


class ImportExportController(QObject):
    """Connects the import and export actions of `window`; `files` opens the imported text."""

    def __init__(
        self,
        window: MainWindow,
        files: FileController,
        settings: SettingsStore,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._files = files
        self._settings = settings
        self._tasks = TaskPool(loop, "converting")
        self._cancelled = Event()
        self._lock = asyncio.Lock()
        self.notice = NoticeBar(window.icons)
        window.add_bar(self.notice)
        window.editor.switched.connect(self.notice.hide)
        window.escape_handlers.append(self.notice.close_bar)
        self.notice.dismissed.connect(window.editor.setFocus)
        files.import_requested.connect(self.import_file)
        window.actions_by_name.connect(
            {
                ActionId.FILE_IMPORT: lambda: self._start(self._import),
                ActionId.FILE_EXPORT: lambda: self._start(self._export),
            }
        )

    def import_file(self, path: Path) -> None:
        """Import the file at `path`."""
        self._tasks.start(self._run(lambda: self._import_file(path)))

    async def close(self) -> None:
        """Cancel the running conversion."""
        self._cancelled.set()
        await self._tasks.close(cancel=True)

    def _start(self, operation: Callable[[], Coroutine[object, object, None]]) -> None:
        if not self._tasks.busy:
            self._tasks.start(self._run(operation))

    async def _run(self, operation: Callable[[], Coroutine[object, object, None]]) -> None:
        from writer.base.progress import Cancelled

        try:
            await operation()
        except Cancelled:
            self._window.status.show_message(self.tr("Stopped."))
        except UserError as error:
            await show_message(self._window, localised(error))

    async def _import(self) -> None:
        from writer.ui.printing import export

        endings = " ".join(f"*{ending}" for ending in export.import_extensions())
        dialog = file_dialog(self._window, self.tr("Import"), str(Path.home()))
        dialog.setNameFilters([self.tr("Documents ({endings})").format(endings=endings)])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        chosen = await choose_files(dialog)
        if not chosen:
            return
        await self._import_file(Path(chosen[0]))

    async def _import_file(self, path: Path) -> None:
        """Convert a document of another program and open it as a new document."""
        from writer.ui.printing import export

        async with self._lock:
            imported = await self._convert(lambda: export.read(path, self._cancelled.is_set), path.name)
        await self._files.add_text(imported.text, path.absolute().with_suffix(".md"))
        self._window.status.show_message(self.tr("Imported; save it as a text of its own."))
        if imported.simplified != Simplified():
            self.notice.show_text(lambda: self._simplified_text(imported.simplified))

    def _simplified_text(self, simplified: Simplified) -> str:
        """What an import made simpler."""
        number = self._window.locale().toString
        parts = [
            text.format(count=number(count))
            for count, text in (
                (simplified.tables, self.tr("tables without lists and joined cells ({count})")),
                (simplified.pictures, self.tr("pictures not taken along ({count})")),
                (simplified.underlines, self.tr("underlined words in italics ({count})")),
            )
            if count
        ]
        return self.tr("Simpler than in the document: {parts}.").format(parts=self.tr(", ").join(parts))

    async def _export(self) -> None:
        from writer.ui.printing import export

        dialog = file_dialog(self._window, self.tr("Export"), str(self._files.folder()))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        kinds = export.export_formats().items()
        dialog.setNameFilters([f"{name} (*{ending})" for ending, name in kinds])
        text = self._window.editor.text()
        own = front_matter_title(text)
        title = own or self._window.editor.identity.title or self.tr("Untitled")
        dialog.setDefaultSuffix("docx")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(chosen.split("*.")[-1][:-1]))
        dialog.selectFile(file_name_of(own) or self._window.editor.identity.title or self.tr("Untitled"))
        chosen = await choose_files(dialog)
        if not chosen:
            return
        path = await self._with_ending(Path(chosen[0]), dialog.defaultSuffix(), export.export_formats())
        if path is None:
            return
        markdown, families = self._settings.get(EDITOR_MARKDOWN), families_of(self._settings.get(EDITOR_FONT))
        await self._convert(
            lambda: export.write(path, text, title, markdown, families, self._cancelled.is_set), path.name
        )
        self._window.status.show_message(self.tr("Exported to {name}.").format(name=printable(path.name)))

    async def _with_ending(self, typed: Path, ending: str, kinds: Collection[str]) -> Path | None:
        """The path with the chosen ending; None where that file is there, and shall stay."""
        path = typed.with_name(with_ending(typed.name, f".{ending}", kinds))
        if path == typed or not path.exists():
            return path
        answer = await ask(
            self._window,
            self.tr("There is a file “{name}” already.").format(name=printable(path.name)),
            self.tr("Exporting replaces it."),
            {
                "": (self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole),
                "replace": (self.tr("Replace"), QMessageBox.ButtonRole.DestructiveRole),
            },
        )
        return path if answer else None

    async def _convert(self, work: Callable[[], T], name: str) -> T:
        """The result of `work` in a thread, with a progress dialog."""
        self._cancelled.clear()
        text = self.tr("Converting {name}…").format(name=printable(name))
        with ProgressDialog(self._window, text, self._cancelled):
            return await self._tasks.run(work)
