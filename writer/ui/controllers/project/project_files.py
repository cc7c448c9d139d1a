"""A controller for new, renamed, moved and deleted texts in the list of a folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu, QMessageBox

from writer.app.documents.histories import Histories
from writer.app.project.text_files import create_text, move_entry, trash
from writer.base.printable import printable
from writer.ui.common.dialogs import ask
from writer.ui.common.name_dialog import ask_name
from writer.ui.controllers.files import FileController
from writer.ui.controllers.project.project import ProjectController
from writer.ui.editor.open_documents import OpenDocument, OpenDocuments
from writer.ui.window.main_window import MainWindow


class ProjectFileController(QObject):
    """Connects the keys and the menu of the list of `project` with the files of the folder.

    An operation runs behind those of `files`, so that no text is saved or checked meanwhile.
    """

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        project: ProjectController,
        histories: Histories,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._files = files
        self._project = project
        self._histories = histories
        panel = project.panel
        panel.new_requested.connect(lambda: files.start(self._create()))
        panel.rename_requested.connect(lambda: files.start(self._rename(panel.marked())))
        panel.delete_requested.connect(lambda: files.start(self._delete(panel.marked())))
        panel.menu_requested.connect(self._show_menu)

    def _show_menu(self, place: QPoint) -> None:
        """Show the menu of the marked entry."""
        panel = self._project.panel
        menu = QMenu(panel)
        menu.addAction(self.tr("&New Text…"), panel.new_requested.emit)
        if panel.marked():
            menu.addAction(self.tr("&Rename or Move…"), panel.rename_requested.emit)
            menu.addAction(self.tr("Move to the &Trash…"), panel.delete_requested.emit)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    async def _create(self) -> None:
        """Make a text beside the marked one, and open it."""
        folder = self._project.folder
        if folder is None:
            return
        below = self._project.panel.marked_folder()
        start = f"{below}/" if below else ""
        name = await ask_name(
            self._window,
            self.tr("New Text"),
            self.tr("A / makes a subfolder: Part 2/Chapter 1.md"),
            start,
            (len(start), len(start)),
        )
        if name:
            path = await self._project.service.run(create_text, folder, name)
            self._files.open(path)
            await self._project.list_now()

    async def _rename(self, old: str) -> None:
        """Rename or move the marked entry; its open texts and all histories follow."""
        folder = self._project.folder
        if folder is None or not old:
            return
        start = len(old.rpartition("/")[0]) + ("/" in old)
        end = len(old) - len(Path(old).suffix)
        new = await ask_name(
            self._window,
            self.tr("Rename or Move"),
            self.tr("Another subfolder before the / moves it there."),
            printable(old),
            (start, end),
        )
        if not new or new == printable(old):
            return
        opened = self._opened(folder / old)
        path = await self._project.service.run(move_entry, folder, old, new)
        self._histories.move(folder / old, path)
        for one in opened:
            if one.document.path is not None:
                one.document.follow_file(path / one.document.path.relative_to(folder / old))
        await self._project.list_now()
        self._project.panel.mark(path.relative_to(folder).as_posix())

    async def _delete(self, name: str) -> None:
        """Move the marked entry to the trash, after a question; its open texts stay in their tabs."""
        folder = self._project.folder
        if folder is None or not name:
            return
        is_folder = self._project.panel.is_folder(name)
        opened = self._opened(folder / name)
        details = [self.tr("All that is in this subfolder goes with it.")] if is_folder else []
        details += [self.tr("What is open stays in its tab, and can be saved again.")] if opened else []
        answer = await ask(
            self._window,
            self.tr("Move “{name}” to the trash?").format(name=printable(name)),
            " ".join(details),
            {
                "cancel": (self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole),
                "trash": (self.tr("Move to the Trash"), QMessageBox.ButtonRole.DestructiveRole),
            },
        )
        if answer != "trash":
            return
        await self._project.service.run(trash, folder / name)
        await self._project.list_now()
        for one in opened:
            if one in self._documents.all:
                await self._files.check_missing(one)

    def _opened(self, path: Path) -> list[OpenDocument]:
        """The open texts at or below a path."""
        return [
            one
            for one in self._documents.all
            if one.document.path is not None and one.document.path.is_relative_to(path)
        ]
