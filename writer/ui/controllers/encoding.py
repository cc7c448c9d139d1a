"""A controller for the encoding of a document: shown, chosen where it is unknown, and changed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from writer.app.documents.document import Document
from writer.documents.text_file import Candidate, EncodingError, LoadedText
from writer.documents.text_format import UTF_8
from writer.ui.common.dialogs import ask, run_dialog
from writer.ui.common.translation import localised
from writer.ui.panels.encoding_dialog import EncodingDialog
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


class EncodingController(QObject):
    """The dialogs about encodings in `window`."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.status.form.clicked.connect(window.actions_by_name[ActionId.FILE_ENCODING].trigger)

    async def read(self, document: Document, path: Path) -> LoadedText | None:
        """The content of a file; None where its encoding is unknown and the user chooses none."""
        loaded = await document.read(path)
        if not loaded.candidates:
            return loaded
        dialog = await self._ask(path.name, loaded.candidates, "", convertible=False)
        return await document.read(path, dialog.encoding) if dialog is not None else None

    async def reread(self, document: Document) -> LoadedText | None:
        """The document's file decoded in another encoding; None where the user chooses none, or UTF-8."""
        if document.path is None:
            self._window.status.show_message(
                self.tr("A new text is saved in UTF-8, which has every character.")
            )
            return None
        now = document.form.encoding
        candidates = await document.candidates(document.path)
        convertible = document.form.encoding != UTF_8 or document.form.bom
        dialog = await self._ask(document.name, candidates, now, convertible)
        if dialog is None:
            return None
        if dialog.convert:
            self._convert(document)
            return None
        return await document.read(document.path, dialog.encoding)

    async def may_convert(self, document: Document, error: EncodingError) -> bool:
        """Whether the user agrees to save in UTF-8, because the encoding lacks a character."""
        answer = await ask(
            self._window,
            localised(error),
            self.tr("In UTF-8 nothing is lost, but very old programs may not read it."),
            {
                "convert": (self.tr("Save in UTF-8"), QMessageBox.ButtonRole.AcceptRole),
                "back": (self.tr("Go Back"), QMessageBox.ButtonRole.RejectRole),
            },
        )
        if answer == "convert":
            self._convert(document)
        return answer == "convert"

    def _convert(self, document: Document) -> None:
        document.convert_to_utf_8()
        self._window.editor.document().setModified(True)

    async def _ask(
        self, name: str, candidates: tuple[Candidate, ...], now: str, convertible: bool
    ) -> EncodingDialog | None:
        dialog = EncodingDialog(name, candidates, now, convertible, self._window)
        return dialog if await run_dialog(dialog) == EncodingDialog.DialogCode.Accepted else None
