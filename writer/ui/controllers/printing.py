"""A controller for printing and its preview; pages are laid out in a thread."""

from __future__ import annotations

import asyncio
from threading import Event

from PySide6.QtCore import QObject
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog

from writer.base.printable import printable
from writer.base.task_pool import TaskPool
from writer.settings.editor_schema import EDITOR_FONT, EDITOR_MARKDOWN
from writer.settings.store import SettingsStore
from writer.text.front_matter import front_matter_title
from writer.ui.common.dialogs import PlainMessages, run_dialog
from writer.ui.common.fonts import families_of
from writer.ui.common.progress_dialog import ProgressDialog
from writer.ui.printing.page_layout import PrintPages, default_page_layout, lay_out, print_pages
from writer.ui.printing.print_preview import PrintPreview
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


class PrintController(QObject):
    """Connects the printing actions of `window`."""

    def __init__(self, window: MainWindow, settings: SettingsStore, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._tasks = TaskPool(loop, "printing")
        self._cancelled = Event()
        window.actions_by_name.connect(
            {
                ActionId.FILE_PRINT: lambda: self._tasks.start(self._print()),
                ActionId.FILE_PRINT_PREVIEW: lambda: self._tasks.start(self._preview()),
            }
        )

    async def close(self) -> None:
        """Cancel layout and printing."""
        self._cancelled.set()
        await self._tasks.close(cancel=True)

    async def _preview(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageLayout(default_page_layout())
        self._cancelled.clear()
        with ProgressDialog(self._window, self.tr("Laying out the pages…"), self._cancelled):
            pages = await self._lay_out(printer)
        if self._cancelled.is_set():
            return
        preview = PrintPreview(pages, self._window)
        preview.print_requested.connect(lambda: self._tasks.start(self._print()))
        await run_dialog(preview)

    async def _print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageLayout(default_page_layout())
        editor = self._window.editor
        title = front_matter_title(editor.text()) or editor.identity.title
        printer.setDocName(printable(title) or self.tr("Untitled"))
        dialog = QPrintDialog(printer, self._window)
        PlainMessages(dialog)
        if await run_dialog(dialog) != QDialog.DialogCode.Accepted:
            return
        self._cancelled.clear()
        with ProgressDialog(
            self._window,
            self.tr("Printing {name}…").format(name=printable(printer.docName())),
            self._cancelled,
        ):
            accepted = await self._print_pages(printer)
        if self._cancelled.is_set():
            self._window.status.show_message(self.tr("Stopped."))
        elif accepted:
            self._window.status.show_message(self.tr("Printed."))
        else:
            self._window.status.show_message(
                self.tr("The printer took nothing; check that it is on and has paper.")
            )

    async def _print_pages(self, printer: QPrinter) -> bool:
        """Whether the printer accepted the selected pages."""
        pages = await self._lay_out(printer)
        first = max(0, printer.fromPage() - 1)
        last = printer.toPage() - 1 if printer.toPage() else None
        return await self._tasks.run(lambda: print_pages(printer, pages, first, last, self._cancelled.is_set))

    async def _lay_out(self, printer: QPrinter) -> PrintPages:
        text, families = self._window.editor.text(), families_of(self._settings.get(EDITOR_FONT))
        markdown, paper = self._settings.get(EDITOR_MARKDOWN), printer.pageLayout()
        return await self._tasks.run(lambda: lay_out(text, markdown, families, paper))
