"""A controller for the folder of texts beside the text: it is listed, shown, and its texts are opened."""

from __future__ import annotations

import asyncio
import os
import time
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QMessageBox

from writer.app.project.listing import Listing
from writer.app.project.project_service import ProjectService
from writer.base.errors import UserError
from writer.base.paths import holds_home, named_path
from writer.base.printable import printable
from writer.base.progress import Cancelled
from writer.base.task_pool import TaskPool
from writer.documents.project.text_headings import TextHeading
from writer.text.markdown import heading
from writer.ui.common.dialogs import ask, choose_files, file_dialog
from writer.ui.common.translation import localised
from writer.ui.controllers.files import FileController
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.panels.project.project_panel import ProjectPanel
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

_CHANGED_MS = 300
"""The time from a change in the folder to the next list, as changes come in swarms."""

_MAX_WATCHED = 1_000
"""The subfolders that are watched; the system allows a limited number for all programs."""

_WATCHED_AT_ONCE = 40

_REST = 20
"""The time between two lists when the window is activated, as a multiple of the time that one takes."""


class ProjectController(QObject):
    """Connects the panel of a folder with `service` and with the files of the window.

    `last` is the path of the folder that was open at the end of the last session, "" for none, and `hidden`
    whether its list was hidden.
    """

    folder_changed = Signal()
    """Another folder is open."""

    listed = Signal()
    """The folder was listed again."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        files: FileController,
        loop: asyncio.AbstractEventLoop,
        last: str = "",
        hidden: bool = False,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._documents = documents
        self._files = files
        self._tasks = TaskPool(loop, "project")
        self.service = ProjectService(loop)
        self.folder = named_path(last)
        self.panel = ProjectPanel()
        window.add_side_panel(self.panel)
        self._shown = window.actions_by_name[ActionId.VIEW_FOLDER]
        self._shown.triggered.connect(self._show_panel)
        window.actions_by_name.connect(
            {ActionId.FILE_OPEN_FOLDER: lambda: self._tasks.start(self.choose_folder())}
        )
        self.panel.chosen.connect(lambda name, place: self._tasks.start(self._open(name, place)))
        self.panel.dismissed.connect(window.editor.setFocus)
        self.panel.model.headings_wanted.connect(lambda name: self._tasks.start(self._read_headings(name)))
        documents.current_changed.connect(self._mark_current)
        documents.list_changed.connect(self._notice_saved)
        window.activated.connect(self._rescan_at_rest)
        self._watcher = QFileSystemWatcher(self)
        self._changed = QTimer(self, singleShot=True, interval=_CHANGED_MS)
        self._watcher.directoryChanged.connect(lambda _folder: self._changed.start())
        self._changed.timeout.connect(self._rescan_changed)
        self._open_paths: set[Path] = set()
        self._covered = False
        self._list_ended = self._list_seconds = 0.0
        if self.folder is not None:
            self._set_visible(not hidden)
            self.rescan()

    @property
    def hidden(self) -> bool:
        """Whether the list is hidden although a folder is open."""
        return self.folder is not None and not (self._shown.isChecked() or self._covered)

    def cover(self) -> None:
        """Hide the list while another panel stands in its place."""
        self._covered = self._covered or self._shown.isChecked()
        self._set_visible(False)

    def uncover(self) -> None:
        """Show the list where `cover` has hidden it."""
        if self._covered:
            self._covered = False
            self._set_visible(True)

    @property
    def listing(self) -> Listing | None:
        """The list of the folder; None while none is open or it is not listed yet."""
        listing = self.panel.model.listing
        return listing if self.folder is not None and listing.folder == self.folder else None

    def open_folder(self, folder: Path) -> None:
        """Open a folder as the project, and show its list."""
        self._tasks.start(self._open_folder(folder))

    def rescan(self) -> None:
        """List the folder again, if its list is shown."""
        if self._shown.isChecked():
            self.refresh()

    def _rescan_at_rest(self) -> None:
        """List the folder again, unless that would take more than a small share of the time."""
        if time.monotonic() - self._list_ended > _REST * self._list_seconds:
            self.rescan()

    def _rescan_changed(self) -> None:
        """List the folder again after a change in it, later if that was done only just now."""
        if self._tasks.busy or time.monotonic() - self._list_ended <= _REST * self._list_seconds:
            self._changed.start()
        else:
            self.rescan()

    async def _watch(self, listing: Listing) -> None:
        """Watch the listed folder, and its subfolders that hold texts, a few at a time: each takes 0.1 ms."""
        below = (f"{listing.folder}/{entry.name}" for entry in listing.tree.entries if entry.is_folder)
        wanted = {str(listing.folder), *islice(below, _MAX_WATCHED)}
        watched = set(self._watcher.directories())
        if gone := watched - wanted:
            self._watcher.removePaths(list(gone))
        new = sorted(wanted - watched)
        for start in range(0, len(new), _WATCHED_AT_ONCE):
            self._watcher.addPaths(new[start : start + _WATCHED_AT_ONCE])
            await asyncio.sleep(0)

    def refresh(self) -> None:
        """List the folder again, for others than the panel."""
        if self.folder is not None:
            self._tasks.start(self._list(self.folder))

    def _notice_saved(self) -> None:
        """List the folder again where a text was saved in it under another name."""
        before = self._open_paths
        self._open_paths = {one.document.path for one in self._documents.all if one.document.path}
        new = self._open_paths - before
        if (folder := self.folder) is not None and any(path.is_relative_to(folder) for path in new):
            self.rescan()

    async def choose_folder(self) -> bool:
        """Let the user choose a folder; whether one is open then."""
        dialog = file_dialog(self._window, self.tr("Open Folder"), str(self.folder or self._files.folder()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if chosen := await choose_files(dialog):
            await self._open_folder(Path(chosen[0]))
        return self.folder is not None

    async def list_now(self) -> Listing | None:
        """The list of the folder as it is now; None where it cannot be read."""
        if self.folder is not None:
            await self._list(self.folder)
        return self.listing

    async def close(self) -> None:
        """Cancel what is running."""
        self._changed.stop()
        await self._tasks.close(cancel=True)
        await self.service.close()

    async def _open_folder(self, folder: Path) -> None:
        folder = Path(os.path.abspath(folder))
        if holds_home(folder) and not await self._confirm_home(folder):
            return
        self.folder = folder
        self._set_visible(True)
        self.folder_changed.emit()
        await self._list(folder)
        self.panel.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.panel.tree.currentIndex().isValid():
            self.panel.tree.setCurrentIndex(self.panel.model.index(0, 0))

    async def _confirm_home(self, folder: Path) -> bool:
        answer = await ask(
            self._window,
            self.tr("Open all of “{folder}”?").format(folder=printable(folder)),
            self.tr("It holds everything of yours, and not only texts; a folder inside it is quicker."),
            {
                "cancel": (self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole),
                "open": (self.tr("Open"), QMessageBox.ButtonRole.AcceptRole),
            },
        )
        return answer == "open"

    async def _list(self, folder: Path) -> None:
        begun = time.monotonic()
        try:
            listing = await self.service.list(folder)
        except Cancelled:
            return
        except UserError as error:
            if folder == self.folder:
                self.panel.show_listing(Listing(folder))
                self.panel.show_problem(localised(error))
            return
        self._list_ended = time.monotonic()
        self._list_seconds = self._list_ended - begun
        if folder == self.folder:
            self.panel.show_listing(listing)
            self._mark_current()
            self.listed.emit()
            await self._watch(listing)

    async def _read_headings(self, name: str) -> None:
        folder = self.folder
        if folder is None:
            return
        try:
            headings = await self.service.headings(folder / name)
        except OSError:
            headings = ()  # it is gone; the next list says so
        if folder == self.folder:
            self.panel.set_headings(name, headings)

    # Showing

    def _show_panel(self, on: bool) -> None:
        """Show or hide the list; without a folder one is chosen first."""
        if on and self.folder is None:
            self._shown.setChecked(False)
            self._tasks.start(self.choose_folder())
            return
        self._covered = False
        self._set_visible(on)
        (self.panel.tree if on else self._window.editor).setFocus(Qt.FocusReason.ShortcutFocusReason)
        if on:
            self.rescan()

    def _set_visible(self, on: bool) -> None:
        self.panel.setVisible(on)
        self._shown.setChecked(on)

    def _mark_current(self) -> None:
        """Mark the text in the editor, unless someone is choosing in the list."""
        path = self._documents.current.document.path
        if self.folder is None or path is None or self.panel.tree.hasFocus():
            return
        if path.is_relative_to(self.folder):
            self.panel.mark(path.relative_to(self.folder).as_posix())

    # Opening

    async def _open(self, name: str, place: TextHeading | None) -> None:
        if self.folder is None:
            return
        path = self.folder / name
        self._files.open(path)
        await asyncio.sleep(0)
        await self._files.wait_idle()
        if self._documents.current.document.path == path:
            if place is not None:
                self._go_to(place)
            self._window.editor.setFocus()

    def _go_to(self, place: TextHeading) -> None:
        """Put the cursor behind a heading: at its line, or where the open text has it now."""
        document = self._window.editor.document()
        block = document.findBlockByNumber(place.line)
        wanted = (place.level, place.text)
        if not block.isValid() or heading(block.text()) != wanted:
            block = document.begin()
            while block.isValid() and heading(block.text()) != wanted:
                block = block.next()
        if block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            self._window.editor.setTextCursor(cursor)
            self._window.editor.centre_line()
