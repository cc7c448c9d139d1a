"""A controller for new, open, save and close, with the questions that keep text from being lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from writer.app.documents.journals import Journals
from writer.base.errors import Sentence
from writer.base.printable import printable
from writer.base.task_pool import TaskPool
from writer.documents.text_file import (
    ChangedOutsideError,
    DocumentError,
    EncodingError,
    FileState,
    LoadedText,
)
from writer.ui.common.dialogs import ask, choose_files, file_dialog, tell
from writer.ui.common.translation import localised
from writer.ui.controllers.encoding import EncodingController
from writer.ui.controllers.restoring import DocumentRestorer
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.panels.encoding_dialog import name_of
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

_YES, _NO, _BACK = (
    QMessageBox.ButtonRole.AcceptRole,
    QMessageBox.ButtonRole.DestructiveRole,
    QMessageBox.ButtonRole.RejectRole,
)

_PACKED = (".docx", ".odt", ".rtf", ".epub")
"""Endings of documents that are not to be read as text; web pages and LaTeX may be."""

_ENDINGS_OPENED = "*.txt *.md *.markdown *.docx *.odt *.rtf *.epub"


class FileController(QObject):
    """Connects a window's file actions with its pages. Flows run one after the other."""

    import_wanted = Signal(object)
    """The file at this Path is no text: it has to be converted."""

    def __init__(
        self, window: MainWindow, pages: OpenDocuments, journals: Journals, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(window)
        self._window = window
        self._pages = pages
        self._journals = journals
        self._encodings = EncodingController(window)
        self._tasks = TaskPool(loop, "files")
        self._turn = asyncio.Lock()
        self._restorer = DocumentRestorer(window, pages, journals)
        self._given_up = False
        self._trouble: Callable[[], str] | None = None
        pages.listed.connect(self._show_name)
        pages.shown.connect(self._show_name)
        window.editor.switched.connect(self._check_file_unless_busy)
        journals.protection_changed.connect(self._show_trouble)
        window.set_close_check(self._may_close)
        window.activated.connect(self._check_file_unless_busy)
        window.actions_by_name.connect(
            {
                ActionId.FILE_NEW: self._blank_page,
                ActionId.FILE_CLOSE: lambda: self._start(self._close_page()),
                ActionId.FILE_OPEN: lambda: self._start(self._choose()),
                ActionId.FILE_ENCODING: lambda: self._start(self._change_encoding()),
                ActionId.FILE_SAVE: lambda: self._start(self._save(pages.current)),
                ActionId.FILE_SAVE_AS: lambda: self._start(self._save_as(pages.current)),
            }
        )
        self._show_name()

    def begin(
        self, files: list[Path], order: Sequence[str], current: str, damage: Sequence[Sentence] = ()
    ) -> None:
        """Show what the last start left, in its order, tell `damage` of other files, then open `files`."""
        self._start(self._begin(files, order, current, tuple(damage)))

    def open(self, path: Path) -> None:
        """Show the file at `path`; where it is open already, its page."""
        self._start(self._open(path))

    def open_all(self, paths: Sequence[Path]) -> None:
        """Show several files, the last one in front."""
        for path in paths:
            self.open(path)

    def close_page(self, page: OpenDocument) -> None:
        """Take a text out of the window; what is not saved is asked about."""
        self._start(self._close_page(page))

    async def add_text(self, text: str) -> None:
        """Show a text that came from elsewhere, as a new one that is not saved yet."""
        async with self._turn:
            page = self._blank_page()
            self._window.editor.set_text(text)
            page.text.setModified(True)
            self._pages.tell_shown()

    def folder(self) -> Path:
        """The folder of the text in the window."""
        path = self._pages.current.document.path
        return path.parent if path else Path.home()

    async def close(self) -> None:
        """Give up the question that is open, if one is, and leave the texts to the next start."""
        await self._tasks.close(cancel=True)
        self._pages.note_view()
        for page in self._pages.all:
            if self._given_up and not page.document.is_journaled:
                await page.document.discard()
            else:
                await page.document.close(page.unsaved, page.view, page.whole_text)

    async def settled(self) -> None:
        """Return when the flows that were begun are done."""
        async with self._turn:
            pass

    def _start(self, flow: Coroutine[object, object, object]) -> None:
        self._tasks.start(self._guarded(flow))

    async def _guarded(self, flow: Coroutine[object, object, object]) -> None:
        async with self._turn:
            try:
                await flow
            except DocumentError as error:
                await tell(self._window, localised(error))

    def _blank_page(self) -> OpenDocument:
        """A page without a text, shown: the current one, or a new one."""
        current = self._pages.current
        return current if current.blank else self._pages.add()

    async def _open(self, path: Path, encoding: str = "") -> None:
        path = path.absolute()
        if there := self._pages.of_path(path):
            self._pages.show(there)
            return
        if path.name.lower().endswith(_PACKED):
            self.import_wanted.emit(path)
            return
        document = self._pages.current.document
        loaded = await (document.read(path, encoding) if encoding else self._encodings.read(document, path))
        if loaded is not None:
            self._blank_page()
            await self._become(path, loaded)

    async def _choose(self) -> None:
        dialog = file_dialog(self._window, self.tr("Open"), str(self.folder()))
        dialog.setNameFilter(
            self.tr("Texts and documents ({endings});;All files (*)").format(endings=_ENDINGS_OPENED)
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self.open_all([Path(file) for file in await choose_files(dialog)])

    async def _change_encoding(self) -> None:
        document = self._pages.current.document
        loaded = await self._encodings.reread(document) if await self._may_leave() else None
        if loaded is not None and document.path is not None:
            await self._become(document.path, loaded)

    async def _become(self, path: Path, loaded: LoadedText) -> None:
        """Show what was read from a file, in the place of what the current page has."""
        document = self._pages.current.document
        await document.discard()
        document.load(path, loaded)
        self._pages.load(loaded.text)

    async def _close_page(self, page: OpenDocument | None = None) -> None:
        page = page or self._pages.current
        if page not in self._pages.all:  # asked for twice
            return
        self._pages.show(page)
        await self._look_whether_missing(page)
        if await self._may_leave():
            self._pages.remove(page)
            await page.document.discard()

    async def _begin(
        self, files: list[Path], order: Sequence[str], current: str, damage: Sequence[Sentence]
    ) -> None:
        await self._restorer.restore(order, current)
        await self._check_file()
        self._restorer.tell_damage(damage)
        for file in files:
            await self._open(file)

    async def _save(self, page: OpenDocument) -> bool:
        if page.document.path is None:
            return await self._save_as(page)
        try:
            return await self._write(page)
        except ChangedOutsideError as error:
            answer = await ask(
                self._window,
                localised(error),
                self.tr("Saving replaces what the other program wrote."),
                {
                    "other": (self.tr("Save Under Another Name…"), _YES),
                    "replace": (self.tr("Replace"), _NO),
                    "cancel": (self.tr("Cancel"), _BACK),
                },
            )
        if answer == "other":
            return await self._save_as(page)
        return answer == "replace" and await self._write(page, overwrite=True)

    async def _save_as(self, page: OpenDocument) -> bool:
        dialog = file_dialog(self._window, self.tr("Save As"), str(self.folder()))
        dialog.setNameFilter(self.tr("Text (*.txt *.md *.markdown);;All files (*)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.selectFile(page.document.name or self.tr("Untitled.txt"))
        chosen = await choose_files(dialog)
        return bool(chosen) and await self._write(page, Path(chosen[0]).absolute(), overwrite=True)

    async def _write(self, page: OpenDocument, path: Path | None = None, overwrite: bool = False) -> bool:
        revision = -1

        def text() -> str:
            nonlocal revision
            revision = page.text.revision()
            return page.whole_text()

        try:
            await page.document.save(text, path, overwrite)
        except EncodingError as error:
            if not await self._encodings.may_convert(page.document, error):
                return False
            return await self._write(page, path, overwrite)
        if page.text.revision() == revision:
            page.text.setModified(False)
        self._window.status.say(self.tr("Saved."))
        return True

    async def _may_leave(self) -> bool:
        """Whether the current text may go: it is saved, or the writer gives it up."""
        page = self._pages.current
        if not page.unsaved:
            return True
        name = printable(page.document.name) or self.tr("Untitled")
        answer = await ask(
            self._window,
            self.tr("Save the changes to “{name}”?").format(name=name),
            self.tr("What you do not save is lost."),
            {
                "save": (self.tr("Save"), _YES),
                "discard": (self.tr("Do Not Save"), _NO),
                "cancel": (self.tr("Cancel"), _BACK),
            },
        )
        return answer == "discard" or (answer == "save" and await self._save(page))

    def _may_close(self) -> bool:
        """Whether the window may close at once; if not, it closes itself when the question is answered.

        Texts that are in their journals need no question: the next start shows them again.
        """
        if self._given_up or not self._unprotected():
            return True
        if self._turn.locked():
            return False
        self._start(self._close())
        return False

    def _unprotected(self) -> list[OpenDocument]:
        """The pages whose text would be lost with the window."""
        return [page for page in self._pages.all if page.unsaved and not page.document.is_journaled]

    async def _close(self) -> None:
        for page in self._unprotected():
            self._pages.show(page)
            if not await self._may_leave():
                return
        self._given_up = True
        self._window.close()

    def _check_file_unless_busy(self) -> None:
        """Look for changes by other programs, unless another flow is busy with a file."""
        if not self._tasks.busy:
            self._start(self._check_file())

    async def _check_file(self) -> None:
        """Ask what to do where another program changed the file meanwhile."""
        page = self._pages.current
        document, modified = page.document, page.text.isModified()
        document.replace_lost_journal(page.whole_text)
        if await self._look_whether_missing(page) != "changed":
            return
        answers = {"both": (self.tr("Show Both"), _YES)} if modified else {}
        answer = await ask(
            self._window,
            self.tr("“{name}” was changed by another program.").format(name=printable(document.name)),
            self.tr("What you wrote is not in it.") if modified else "",
            answers
            | {
                "keep": (self.tr("Keep What Is Here"), _BACK),
                "reload": (self.tr("Load the New Text"), _NO),
            },
        )
        path = document.path
        if answer == "both" and path is not None:
            document.detach_from_file()
            await self._open(path)
            return
        loaded = None
        if answer == "reload" and path is not None:
            loaded = await self._encodings.read(document, path)
        if loaded is not None and path is not None:
            await self._become(path, loaded)
        else:
            await document.accept_file()
            page.text.setModified(True)

    async def _look_whether_missing(self, page: OpenDocument) -> FileState:
        """What became of the page's file. One that is gone leaves the text here unsaved; one that is back
        as it was leaves it saved.
        """
        was_missing = page.document.file_missing
        state = await page.document.check_file()
        if page.document.file_missing and not was_missing:
            page.text.setModified(True)
            sentence = self.tr("The file of “{name}” is gone; save the text to keep it.")
            self._window.status.say(sentence.format(name=printable(page.document.name)))
        elif was_missing and state == "same":
            revision = page.text.revision()
            if await page.document.is_in_file(page.whole_text()) and page.text.revision() == revision:
                page.text.setModified(False)
        return state

    def _show_trouble(self, sentence: Sentence | None) -> None:
        """Tell as long as it lasts that the text is not protected."""
        if self._trouble is not None:
            self._window.status.stop_saying(self._trouble)
        self._trouble = None if sentence is None else partial(localised, sentence)
        if self._trouble is not None:
            self._window.status.keep_saying(self._trouble)

    def _show_name(self) -> None:
        document = self._pages.current.document
        self._window.set_name(document.name)
        self._window.setWindowModified(self._pages.current.text.isModified())
        self._window.status.set_form(name_of(document.form.encoding), document.form.newline)
