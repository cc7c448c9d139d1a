"""The dialog Save As: it proposes a name, gives it an ending, and asks before it replaces a text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QFileDialog, QMessageBox

from writer.app.documents.journals import Journals
from writer.base.printable import printable
from writer.base.task_pool import TaskPool
from writer.documents.file_name import file_name_of, first_heading, with_ending
from writer.ui.common.dialogs import ask, choose_files, file_dialog
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.main_window import MainWindow

_MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True, slots=True)
class SaveTarget:
    """The chosen path, and the other open document of that file; None where there is none."""

    path: Path
    other: OpenDocument | None = None


class SaveAs(QObject):
    """Asks in `window` where to save a document. Files are looked at in the threads of `tasks`."""

    def __init__(
        self, window: MainWindow, documents: OpenDocuments, journals: Journals, tasks: TaskPool
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._journals = journals
        self._tasks = tasks

    async def choose(self, opened: OpenDocument, folder: Path) -> SaveTarget | None:
        """Where to save a document; None where the user cancels."""
        name = opened.document.name or self._proposed_name(opened.text)
        while True:
            dialog = self._dialog(folder, name)
            chosen = await choose_files(dialog)
            if not chosen:
                return None
            ending, path = dialog.defaultSuffix(), Path(chosen[0]).absolute()
            named = path.with_name(with_ending(path.name, f".{ending}")) if ending else path
            other = await self._other_with(opened, named)
            answer = await self._confirm(opened, named, other, renamed=named != path)
            if answer == "replace":
                return SaveTarget(named, other)
            if answer != "other":
                return None
            folder, name = named.parent, named.name

    def _proposed_name(self, text: QTextDocument) -> str:
        title = file_name_of(first_heading(_lines(text)))
        return f"{title}.md" if title else self.tr("Untitled.txt")

    def _dialog(self, folder: Path, name: str) -> QFileDialog:
        dialog = file_dialog(self._window, self.tr("Save As"), str(folder))
        endings = {
            self.tr("Text (*.txt)"): "txt",
            self.tr("Markdown (*.md *.markdown)"): "md",
            self.tr("All files (*)"): "",
        }
        dialog.setNameFilters(list(endings))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(endings.get(chosen, "")))
        suffix = Path(name).suffix.lower()
        place = 1 if suffix in _MARKDOWN else 0 if suffix == ".txt" else 2
        dialog.selectNameFilter(list(endings)[place])
        dialog.setDefaultSuffix(list(endings.values())[place])
        dialog.selectFile(name)
        return dialog

    async def _other_with(self, opened: OpenDocument, path: Path) -> OpenDocument | None:
        """The other open document of the file at `path`."""
        others = [other for other in self._documents.all if other is not opened and other.document.path]
        paths = [other.document.path for other in others if other.document.path]
        place = await self._tasks.run(_place_of_file, path, paths)
        return None if place is None else others[place]

    async def _confirm(
        self, opened: OpenDocument, path: Path, other: OpenDocument | None, renamed: bool
    ) -> str:
        """What to do: "replace", "other" for another name, or ""; asks only where a text may be lost.

        The dialog itself has asked about a file of the name that was typed.
        """
        own = [document.document.journal_name for document in self._documents.all]
        name = printable(path.name)
        if other is not None:
            question = self.tr("“{name}” is open in another tab.").format(name=name)
            detail = self.tr("The text there stays, without a file.")
        elif path != opened.document.path and await self._journals.is_open_elsewhere(path, own):
            question = self.tr("“{name}” is open in another window.").format(name=name)
            detail = self.tr("Saving replaces the text of the file.")
        elif renamed and path != opened.document.path and await self._tasks.run(os.path.lexists, path):
            question = self.tr("There is a file “{name}” already.").format(name=name)
            detail = self.tr("Saving replaces the text of the file.")
        else:
            return "replace"
        answers = {
            "other": (self.tr("Save Under Another Name…"), QMessageBox.ButtonRole.AcceptRole),
            "replace": (self.tr("Replace"), QMessageBox.ButtonRole.DestructiveRole),
            "": (self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole),
        }
        return await ask(self._window, question, detail, answers)


def _lines(text: QTextDocument) -> Iterator[str]:
    block = text.firstBlock()
    while block.isValid():
        yield block.text()
        block = block.next()


def _place_of_file(path: Path, others: list[Path]) -> int | None:
    """The index of the first of `others` that is the file at `path`, by whatever name; None for none."""
    return next((place for place, other in enumerate(others) if _is_same_file(path, other)), None)


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path == other or os.path.samefile(path, other)
    except OSError:
        return False
