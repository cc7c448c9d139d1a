"""New, open, save, close: the questions they ask, and the text that never goes without an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QMessageBox

from writer.app.document import Document
from writer.app.files import ChangedOutsideError, DocumentError, EncodingError, Loaded
from writer.app.journal.journals import Journals, Left
from writer.app.journal.records import View
from writer.settings.sentence import Sentence
from writer.ui.chores import Chores
from writer.ui.dialogs import ask, choose_file, tell
from writer.ui.encoding_dialog import name_of
from writer.ui.encoding_flow import EncodingFlow
from writer.ui.main_window import MainWindow
from writer.ui.recorder import Recorder

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

    def __init__(
        self, window: MainWindow, document: Document, journals: Journals, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = window.editor
        self._document = document
        self._encodings = EncodingFlow(window)
        self._journals = journals
        self._recorder = Recorder(self._editor.document(), document)
        self._chores = Chores(loop)
        self._turn = asyncio.Lock()
        self.given_up = False
        """Whether the writer let the window close, so that what is not saved is not wanted."""
        document.renamed.connect(self._show_name)
        journals.trouble.connect(self._show_trouble)
        window.closing = self._may_close
        window.activated.connect(lambda: self._chores or self._start(self._look_outside()))
        actions = window.actions_by_name
        actions["file.new"].triggered.connect(lambda: self._start(self._new()))
        actions["file.open"].triggered.connect(lambda: self._start(self._open()))
        actions["file.encoding"].triggered.connect(lambda: self._start(self._change_encoding()))
        actions["file.save"].triggered.connect(lambda: self._start(self._save()))
        actions["file.save_as"].triggered.connect(lambda: self._start(self._save_as()))
        self._show_name()

    def begin(self, files: list[Path]) -> None:
        """Show what the last start left unsaved, else the first of `files`, else what was open last."""
        self._start(self._begin(files))

    async def take_in(self, text: str) -> None:
        """Show a text that came from elsewhere, as a new one that is not saved yet."""
        async with self._turn:
            if await self._may_leave():
                await self._leave()
                self._show("")
                self._editor.set_text(text)
                self._editor.document().setModified(True)

    def folder(self) -> Path:
        """The folder of the text in the window."""
        return self._document.path.parent if self._document.path else Path.home()

    async def close(self) -> None:
        """Give up the question that is open, if one is, and leave the text to the next start."""
        await self._chores.close()
        if self.given_up:
            await self._document.discard()
        else:
            await self._document.close(self._editor.document().isModified(), self._view())

    async def settled(self) -> None:
        """Return when the flows that were begun are done."""
        async with self._turn:
            pass

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
            await self._leave()
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
            await self._become(path.absolute(), loaded)

    async def _change_encoding(self) -> None:
        if await self._may_leave() and (loaded := await self._encodings.reread(self._document)):
            assert self._document.path is not None
            await self._become(self._document.path, loaded)

    async def _become(self, path: Path, loaded: Loaded) -> None:
        """Show what was read from a file, in the place of what is here."""
        await self._leave()
        self._document.become(path, loaded)
        self._show(loaded.text)

    async def _leave(self) -> None:
        """The text in the window goes."""
        await self._document.discard()
        self._document.renew()

    async def _begin(self, files: list[Path]) -> None:
        left = await self._journals.left()
        if self._journals.unreadable:
            self._window.status.say(self.tr("A text that was not saved cannot be read; it is kept."))
        chosen = next((one for one in reversed(left) if one.kept.changed), None)
        if chosen is None and not files and left:
            chosen = left[-1]
        for one in left:
            if one is not chosen and one.kept.changed:
                one.folder.leave()
            elif one is not chosen:
                await self._journals.forget(one)
        if chosen is not None:
            await self._come_back(chosen)
            files = files if chosen.kept.changed else files[1:]
        elif files:
            await self._open(files[0])
            files = files[1:]
        if files:
            names = ", ".join(file.name for file in files)
            self._window.status.say(
                self.tr("The window holds one text; not opened: {names}").format(names=names)
            )

    async def _come_back(self, left: Left) -> None:
        """Show a document as it was when an earlier start ended."""
        if left.kept.changed:
            await self._document.come_back(left)
            self._show(left.kept.text)
            self._editor.document().setModified(True)
            self._window.status.say(self.tr("This text was not saved when Writer ended last time."))
            self._look_at(left.kept.view)
            await self._look_outside()
            return
        await self._journals.forget(left)
        try:
            path = Path(left.kept.title.path)
            await self._become(path, await self._document.read(path, left.kept.title.form.encoding))
        except DocumentError as error:
            log.warning("the file that was open is not there: %s", type(error).__name__)
        else:
            self._look_at(left.kept.view)

    def _view(self) -> View:
        cursor = self._editor.textCursor()
        return View(cursor.position(), cursor.anchor(), self._editor.verticalScrollBar().value())

    def _look_at(self, view: View) -> None:
        last = self._editor.document().characterCount() - 1
        cursor = self._editor.textCursor()
        cursor.setPosition(min(view.anchor, last))
        cursor.setPosition(min(view.cursor, last), QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.verticalScrollBar().setValue(view.scroll)
        self._editor.ensureCursorVisible()

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
        revision = -1

        def text() -> str:
            nonlocal revision
            revision = self._editor.revision
            return self._editor.text()

        try:
            await self._document.save(text, path, overwrite)
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
        """Whether the window may close at once; if not, it closes itself when the question is answered.

        A text that is in its journal needs no question: the next start shows it again.
        """
        if self.given_up or not self._editor.document().isModified() or self._document.protected:
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
            await self._become(self._document.path, loaded)
        else:
            await self._document.acknowledge()
            self._editor.document().setModified(True)

    def _show(self, text: str) -> None:
        """Show a text that the journal knows."""
        self._recorder.paused = True
        self._editor.set_text(text)
        self._recorder.paused = False
        self.switched.emit()

    def _show_trouble(self, sentence: Sentence | None) -> None:
        """Tell as long as it lasts that the text is not protected."""
        self._window.status.say("" if sentence is None else self._window.sentence(sentence), stays=True)

    def _show_name(self) -> None:
        name = self._document.name
        self._editor.title = Path(name).stem
        self._editor.document_id = self._document.id
        self._window.set_name(name)
        self._window.status.set_form(name_of(self._document.form.encoding), self._document.form.newline)

    def _filter(self) -> str:
        return self.tr("Text (*.txt *.md *.markdown);;All files (*)")
