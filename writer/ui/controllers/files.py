"""A controller for new, open, save and close, with the dialogs that prevent a loss of text."""

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
    can_begin,
)
from writer.ui.common.dialogs import ask, choose_files, file_dialog, show_message
from writer.ui.common.translation import localised
from writer.ui.controllers.encoding import EncodingController
from writer.ui.controllers.restoring import DocumentRestorer
from writer.ui.controllers.save_as import SaveAs
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.panels.encoding_dialog import encoding_name
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

log = logging.getLogger(__name__)

_YES, _NO, _BACK = (
    QMessageBox.ButtonRole.AcceptRole,
    QMessageBox.ButtonRole.DestructiveRole,
    QMessageBox.ButtonRole.RejectRole,
)

_PACKED = (".docx", ".odt", ".rtf", ".epub")
"""Extensions of documents that must be converted; web pages and LaTeX can be opened as text."""

_ENDINGS_OPENED = "*.txt *.md *.markdown *.docx *.odt *.rtf *.epub"


class FileController(QObject):
    """Connects a window's file actions with its documents. Operations run one after the other."""

    import_requested = Signal(object)
    """The Path of a file that must be converted."""

    finished = Signal()
    """An operation ended: texts were read, copied or written."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        journals: Journals,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._journals = journals
        self._encodings = EncodingController(window)
        self._tasks = TaskPool(loop, "files")
        self._save_as_dialog = SaveAs(window, documents, journals, self._tasks)
        self._lock = asyncio.Lock()
        self._restorer = DocumentRestorer(window, documents, journals)
        self._close_confirmed = False
        self.saves_by_itself = False
        """Whether texts with a file are saved without being asked to, also on closing."""
        self._protection_message: Callable[[], str] | None = None
        documents.list_changed.connect(self._show_name)
        documents.current_changed.connect(self._show_name)
        window.editor.switched.connect(self._check_file_unless_busy)
        journals.protection_changed.connect(self._show_protection)
        window.set_close_check(self._may_close)
        window.activated.connect(self._check_file_unless_busy)
        window.actions_by_name.connect(
            {
                ActionId.FILE_NEW: self._blank_document,
                ActionId.FILE_CLOSE: lambda: self._start(self._close_document()),
                ActionId.FILE_OPEN: lambda: self._start(self._show_open_dialog()),
                ActionId.FILE_ENCODING: lambda: self._start(self._change_encoding()),
                ActionId.FILE_SAVE: lambda: self._start(self._save(documents.current)),
                ActionId.FILE_SAVE_AS: lambda: self._start(self._save_as(documents.current)),
            }
        )
        self._show_name()

    def restore(
        self, files: list[Path], order: Sequence[str], current: str, damage: Sequence[Sentence] = ()
    ) -> None:
        """Restore the last documents in the given order, show `damage` of other files, then open `files`.

        A file that is not there yet is begun.
        """
        self._start(self._restore(files, order, current, tuple(damage)))

    def open(self, path: Path) -> None:
        """Open the file at `path`, or show it where it is open already."""
        self._start(self._open(path))

    def open_all(self, paths: Sequence[Path]) -> None:
        """Open several files; the last one is shown."""
        for path in paths:
            self.open(path)

    def open_or_begin(self, paths: Sequence[Path]) -> None:
        """Like `open_all`, for the command line: a file that is not there yet is begun."""
        for path in paths:
            self._start(self._open(path, may_begin=True))

    def close_document(self, opened: OpenDocument) -> None:
        """Close a document; the user is asked about unsaved text."""
        self._start(self._close_document(opened))

    def save_by_itself(self) -> bool:
        """Save the changed texts that have a file, where that is wanted; False where it must wait."""
        if self._tasks.busy:
            return False
        if self.saves_by_itself and any(opened.unsaved for opened in self._documents.all):
            self._start(self._save_all_quietly())
        return True

    async def add_text(self, text: str, path: Path, changed: bool = True) -> None:
        """Open a text as a new document; `path` is where it may be saved.

        Where it is not `changed`, it closes without a question, and is not restored.
        """
        async with self._lock:
            opened = self._blank_document()
            opened.document.propose(path)
            if changed:
                self._window.editor.set_text(text)
                opened.text.setModified(True)
            else:
                self._documents.load(text)
            self._documents.list_changed.emit()
            self._documents.emit_current_changed()

    def folder(self) -> Path:
        """The folder of the current document, or the home folder."""
        document = self._documents.current.document
        path = document.path or document.proposed_path
        return path.parent if path else Path.home()

    async def close(self) -> None:
        """Cancel the open dialog, and leave the journals to the next start."""
        saves_by_itself, self.saves_by_itself = self.saves_by_itself, False  # nothing begins any more
        await self._tasks.close(cancel=True)
        if saves_by_itself:
            await self._save_all_quietly()
        self._documents.save_view()
        for opened in self._documents.all:
            if self._close_confirmed and not opened.document.is_journaled:
                await opened.document.discard()
            else:
                await opened.document.close(opened.unsaved, opened.view, opened.whole_text)

    async def wait_idle(self) -> None:
        """Return when the running operations are done."""
        async with self._lock:
            pass

    def start(self, operation: Coroutine[object, object, object]) -> None:
        """Run an operation behind those that were started; a DocumentError is shown."""
        self._start(operation)

    def _start(self, operation: Coroutine[object, object, object]) -> None:
        started = self._tasks.start(self._run(operation))
        if started.done():
            operation.close()
        else:
            started.add_done_callback(lambda _started: operation.close())  # also where it never began

    async def _run(self, operation: Coroutine[object, object, object]) -> None:
        async with self._lock:
            try:
                await operation
            except DocumentError as error:
                await show_message(self._window, localised(error))
            finally:
                self.finished.emit()

    def _blank_document(self) -> OpenDocument:
        """A blank document, shown: the current one, or a new one."""
        current = self._documents.current
        return current if current.blank else self._documents.add()

    async def _open(self, path: Path, encoding: str = "", may_begin: bool = False) -> None:
        path = path.absolute()
        if opened := self._documents.with_path(path):
            self._documents.show(opened)
            return
        if may_begin and await self._tasks.run(can_begin, path) and not _is_packed(path):
            self._blank_document().document.begin_file(path)
            sentence = self.tr("“{name}” is a new text; its file is made when you save it.")
            self._window.status.show_message(sentence.format(name=printable(path.name)))
            return
        if _is_packed(path):
            self.import_requested.emit(path)
            return
        document = self._documents.current.document
        loaded = await (document.read(path, encoding) if encoding else self._encodings.read(document, path))
        if loaded is not None:
            self._blank_document()
            await self._load(path, loaded)

    async def _show_open_dialog(self) -> None:
        dialog = file_dialog(self._window, self.tr("Open"), str(self.folder()))
        dialog.setNameFilter(
            self.tr("Texts and documents ({endings});;All files (*)").format(endings=_ENDINGS_OPENED)
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self.open_all([Path(file) for file in await choose_files(dialog)])

    async def _change_encoding(self) -> None:
        document = self._documents.current.document
        loaded = await self._encodings.reread(document) if await self._confirm_close() else None
        if loaded is not None and document.path is not None:
            await self._load(document.path, loaded)

    async def _load(self, path: Path, loaded: LoadedText) -> None:
        """Replace the current document by what was read from a file."""
        document = self._documents.current.document
        await document.discard()
        document.load(path, loaded)
        self._documents.load(loaded.text)

    async def _close_document(self, opened: OpenDocument | None = None) -> None:
        opened = opened or self._documents.current
        if opened not in self._documents.all:  # closed meanwhile
            return
        self._documents.show(opened)
        await self.check_missing(opened)
        if await self._confirm_close():
            self._documents.remove(opened)
            await opened.document.discard()

    async def _restore(
        self, files: list[Path], order: Sequence[str], current: str, damage: Sequence[Sentence]
    ) -> None:
        await self._restorer.restore(order, current)
        await self._check_file()
        self._restorer.show_damage(damage)
        for file in files:
            await self._open(file, may_begin=True)

    async def _save(self, opened: OpenDocument) -> bool:
        if opened.document.path is None:
            return await self._save_as(opened)
        try:
            return await self._write(opened)
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
            return await self._save_as(opened)
        return answer == "replace" and await self._write(opened, overwrite=True)

    async def _save_all_quietly(self) -> None:
        for opened in list(self._documents.all):
            await self._save_quietly(opened)

    async def _save_quietly(self, opened: OpenDocument) -> None:
        """Save a changed text into its file, where that is as it was, and where nothing must be asked."""
        document = opened.document
        if not opened.unsaved or document.path is None or await document.check_file() != "same":
            return
        try:
            await self._write_text(opened)
        except (EncodingError, ChangedOutsideError):
            return
        except DocumentError as error:
            self._window.status.show_message(localised(error))

    async def _save_as(self, opened: OpenDocument) -> bool:
        target = await self._save_as_dialog.choose(opened, self.folder())
        if target is None or not await self._write(opened, target.path, overwrite=True):
            return False
        if target.other is not None:
            target.other.document.detach_from_file()
            target.other.text.setModified(True)
        return True

    async def _write(self, opened: OpenDocument, path: Path | None = None, overwrite: bool = False) -> bool:
        try:
            await self._write_text(opened, path, overwrite)
        except EncodingError as error:
            if not await self._encodings.may_convert(opened.document, error):
                return False
            return await self._write(opened, path, overwrite)
        self._window.status.show_message(self.tr("Saved."))
        return True

    async def _write_text(
        self, opened: OpenDocument, path: Path | None = None, overwrite: bool = False
    ) -> None:
        """Save a text; it stays changed where it is edited meanwhile. Raises DocumentError."""
        revision = -1

        def text() -> str:
            nonlocal revision
            revision = opened.text.revision()
            return opened.whole_text()

        await opened.document.save(text, path, overwrite)
        if opened.text.revision() == revision:
            opened.text.setModified(False)

    async def _confirm_close(self) -> bool:
        """Whether the current document may be closed: it is saved, or the user discards its changes."""
        opened = self._documents.current
        if self.saves_by_itself:
            await self._save_quietly(opened)
        if not opened.unsaved:
            return True
        name = printable(opened.document.name) or self.tr("Untitled")
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
        return answer == "discard" or (answer == "save" and await self._save(opened))

    def _may_close(self) -> bool:
        """Whether the window may close now; if not, it is closed once the user has answered.

        Unsaved documents in a journal need no question, because the next start restores them.
        """
        if self._close_confirmed or not self._unprotected_documents():
            return True
        if self._lock.locked():
            return False
        self._start(self._close())
        return False

    def _unprotected_documents(self) -> list[OpenDocument]:
        """The unsaved documents that are in no journal."""
        return [
            opened for opened in self._documents.all if opened.unsaved and not opened.document.is_journaled
        ]

    async def _close(self) -> None:
        for opened in self._unprotected_documents():
            self._documents.show(opened)
            if not await self._confirm_close():
                return
        self._close_confirmed = True
        self._window.close()

    def _check_file_unless_busy(self) -> None:
        """Check the file for changes by other programs, unless an operation is running."""
        if not self._tasks.busy:
            self._start(self._check_file())

    async def _check_file(self) -> None:
        """Ask what to do where another program changed the file."""
        opened = self._documents.current
        document, modified = opened.document, opened.text.isModified()
        document.replace_lost_journal(opened.whole_text)
        if await self.check_missing(opened) != "changed":
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
            await self._load(path, loaded)
        else:
            await document.accept_file()
            opened.text.setModified(True)

    async def check_missing(self, opened: OpenDocument) -> FileState:
        """The state of the document's file. The document becomes modified where the file went missing.

        It becomes unmodified again where the file is back and unchanged.
        """
        was_missing = opened.document.file_missing
        state = await opened.document.check_file()
        if opened.document.file_missing and not was_missing:
            opened.text.setModified(True)
            sentence = self.tr("The file of “{name}” is gone; save the text to keep it.")
            self._window.status.show_message(sentence.format(name=printable(opened.document.name)))
        elif was_missing and state == "same":
            revision = opened.text.revision()
            if await opened.document.is_in_file(opened.whole_text()) and opened.text.revision() == revision:
                opened.text.setModified(False)
        return state

    def _show_protection(self, sentence: Sentence | None) -> None:
        """Show, as long as it lasts, that the text is not protected; None hides that."""
        if self._protection_message is not None:
            self._window.status.remove_message(self._protection_message)
        self._protection_message = None if sentence is None else partial(localised, sentence)
        if self._protection_message is not None:
            self._window.status.keep_message(self._protection_message)

    def _show_name(self) -> None:
        document = self._documents.current.document
        self._window.set_name(document.name)
        self._window.setWindowModified(self._documents.current.text.isModified())
        self._window.status.set_form(encoding_name(document.form.encoding), document.form.newline)


def _is_packed(path: Path) -> bool:
    """Whether the file must be converted, by its name."""
    return path.name.lower().endswith(_PACKED)
