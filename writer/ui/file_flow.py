"""New, open, save, close: the questions they ask, and the text that never goes without an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from writer.app.document import Document
from writer.app.files import ChangedOutsideError, DocumentError, EncodingError
from writer.app.session import Unsaved
from writer.ui.chores import Chores
from writer.ui.dialogs import ask, choose_file, tell
from writer.ui.encoding_dialog import name_of
from writer.ui.encoding_flow import EncodingFlow
from writer.ui.main_window import MainWindow

log = logging.getLogger(__name__)

_YES, _NO, _BACK = (
    QMessageBox.ButtonRole.AcceptRole,
    QMessageBox.ButtonRole.DestructiveRole,
    QMessageBox.ButtonRole.RejectRole,
)


class FileFlow(QObject):
    """Connects a window's file actions with its document. Flows run one after the other."""

    switched = Signal()
    """Another document is in the window."""

    def __init__(self, window: MainWindow, document: Document, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._document = document
        self._encodings = EncodingFlow(window)
        self._chores = Chores(loop)
        self._turn = asyncio.Lock()
        self.given_up = False
        """Whether the writer let the window close, so that what is not saved is not wanted."""
        document.renamed.connect(self._show_name)
        window.closing = self._may_close
        window.activated.connect(lambda: self._chores or self._start(self._look_outside()))
        actions = window.actions_by_name
        actions["file.new"].triggered.connect(lambda: self._start(self._new()))
        actions["file.open"].triggered.connect(lambda: self._start(self._open()))
        actions["file.encoding"].triggered.connect(lambda: self._start(self._change_encoding()))
        actions["file.save"].triggered.connect(lambda: self._start(self._save()))
        actions["file.save_as"].triggered.connect(lambda: self._start(self._save_as()))
        self._show_name()

    def open_at_start(self, path: Path) -> None:
        """Open a file that the command line names."""
        self._start(self._open(path))

    async def take_in(self, text: str) -> None:
        """Show a text that came from elsewhere, as a new one that is not saved yet."""
        async with self._turn:
            if await self._may_leave():
                self._document.renew()
                self._show(text)
                self._editor.document().setModified(True)

    def folder(self) -> Path:
        """The folder of the text in the window."""
        return self._document.path.parent if self._document.path else Path.home()

    async def close(self) -> None:
        """Give up the question that is open, if one is."""
        await self._chores.close()

    async def settled(self) -> None:
        """Return when the flows that were begun are done."""
        async with self._turn:
            pass

    def unsaved(self) -> Unsaved | None:
        """The text, where it is not on the disk."""
        if not self._editor.document().isModified():
            return None
        path = str(self._document.path) if self._document.path else ""
        cursor, encoding = self._editor.textCursor().position(), self._document.form.encoding
        return Unsaved(self._editor.text(), path, cursor, encoding)

    def restore(self, unsaved: Unsaved) -> None:
        """Put a text into the window that an earlier start could not save."""
        self._start(self._restore(unsaved))

    def _start(self, flow: Coroutine[object, object, object]) -> None:
        self._chores.start(self._guarded(flow))

    async def _guarded(self, flow: Coroutine[object, object, object]) -> None:
        async with self._turn:
            try:
                await flow
            except DocumentError as error:
                await tell(self._window, self._window.sentence(error.sentence))

    async def _new(self) -> None:
        if await self._may_leave():
            self._document.renew()
            self._show("")

    async def _open(self, path: Path | None = None) -> None:
        if path is None:
            dialog = QFileDialog(self._window, self.tr("Open"), str(self.folder()), self._filter())
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            chosen = await choose_file(dialog)
            if not chosen:
                return
            path = Path(chosen)
        loaded = await self._encodings.read(self._document, path.absolute())
        if loaded is not None and await self._may_leave():
            self._document.become(path.absolute(), loaded)
            self._show(loaded.text)

    async def _change_encoding(self) -> None:
        if await self._may_leave() and (loaded := await self._encodings.reread(self._document)):
            assert self._document.path is not None
            self._document.become(self._document.path, loaded)
            self._show(loaded.text)

    async def _restore(self, unsaved: Unsaved) -> None:
        if unsaved.path:
            try:
                loaded = await self._document.read(Path(unsaved.path), unsaved.encoding)
                self._document.become(Path(unsaved.path), loaded)
            except DocumentError as error:
                log.warning("the file of the restored text is not there: %s", type(error).__name__)
        self._show(unsaved.text)
        cursor = self._editor.textCursor()
        cursor.setPosition(min(unsaved.cursor, self._editor.document().characterCount() - 1))
        self._editor.setTextCursor(cursor)
        self._editor.document().setModified(True)
        self._window.status.say(self.tr("This text was not saved when Writer ended last time."))

    async def _save(self) -> bool:
        if self._document.path is None:
            return await self._save_as()
        try:
            return await self._write()
        except ChangedOutsideError as error:
            answer = await ask(
                self._window,
                self._window.sentence(error.sentence),
                self.tr("Saving replaces what the other program wrote."),
                {
                    "other": (self.tr("Save Under Another Name…"), _YES),
                    "replace": (self.tr("Replace"), _NO),
                    "cancel": (self.tr("Cancel"), _BACK),
                },
            )
        if answer == "other":
            return await self._save_as()
        return answer == "replace" and await self._write(overwrite=True)

    async def _save_as(self) -> bool:
        dialog = QFileDialog(self._window, self.tr("Save As"), str(self.folder()), self._filter())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.selectFile(self._document.name or self.tr("Untitled.txt"))
        chosen = await choose_file(dialog)
        return bool(chosen) and await self._write(Path(chosen).absolute(), overwrite=True)

    async def _write(self, path: Path | None = None, overwrite: bool = False) -> bool:
        revision = self._editor.revision
        try:
            await self._document.save(self._editor.text(), path, overwrite)
        except EncodingError as error:
            if not await self._encodings.may_turn(self._document, error):
                return False
            return await self._write(path, overwrite)
        if self._editor.revision == revision:
            self._editor.document().setModified(False)
        self._window.status.say(self.tr("Saved."))
        return True

    async def _may_leave(self) -> bool:
        """Whether the text in the window may go: it is saved, or the writer gives it up."""
        if not self._editor.document().isModified():
            return True
        name = self._document.name or self.tr("Untitled")
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
        return answer == "discard" or (answer == "save" and await self._save())

    def _may_close(self) -> bool:
        """Whether the window may close at once; if not, it closes itself when the question is answered."""
        if self.given_up or not self._editor.document().isModified():
            return True
        if self._turn.locked():
            return False
        self._start(self._close())
        return False

    async def _close(self) -> None:
        if await self._may_leave():
            self.given_up = True
            self._window.close()

    async def _look_outside(self) -> None:
        """Ask what to do where another program changed the file meanwhile."""
        if not await self._document.changed_outside():
            return
        modified = self._editor.document().isModified()
        answer = await ask(
            self._window,
            self.tr("“{name}” was changed by another program.").format(name=self._document.name),
            self.tr("Your own changes would be lost.") if modified else "",
            {
                "keep": (self.tr("Keep What Is Here"), _BACK),
                "reload": (self.tr("Load the New Text"), _NO),
            },
        )
        if answer == "reload" and self._document.path is not None:
            loaded = await self._encodings.read(self._document, self._document.path)
        else:
            loaded = None
        if loaded is not None and self._document.path is not None:
            self._document.become(self._document.path, loaded)
            self._show(loaded.text)
        else:
            await self._document.acknowledge()
            self._editor.document().setModified(True)

    def _show(self, text: str) -> None:
        self._editor.set_text(text)
        self.switched.emit()

    def _show_name(self) -> None:
        name = self._document.name
        self._editor.title = Path(name).stem
        self._editor.document_id = self._document.id
        self._window.set_name(name)
        self._window.status.set_form(name_of(self._document.form.encoding), self._document.form.newline)

    def _filter(self) -> str:
        return self.tr("Text (*.txt *.md *.markdown);;All files (*)")
