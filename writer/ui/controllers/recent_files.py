"""A controller for the menu of recent files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QMenu

from writer.base.printable import printable
from writer.ui.editor.open_documents import OpenDocuments
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

MAX_FILES = 12
"""The most recent files that are remembered."""


class RecentFilesController(QObject):
    """Records the files of `documents`, and opens them again with `open_file`. `paths`: the latest first."""

    def __init__(
        self,
        window: MainWindow,
        documents: OpenDocuments,
        paths: Sequence[str],
        open_file: Callable[[Path], None],
    ) -> None:
        super().__init__(window)
        self._documents = documents
        self._open = open_file
        self.paths = tuple(paths)[:MAX_FILES]
        self._shown_paths: list[str] = []
        self._menu = QMenu(window)
        self._menu.aboutToShow.connect(self._fill)
        window.add_menu(self._menu, behind=ActionId.FILE_OPEN)
        documents.list_changed.connect(self._update)
        window.installEventFilter(self)
        self._retranslate()

    def clear(self) -> None:
        """Clear the list, except for the open files."""
        self.paths = ()
        self._shown_paths = []
        self._update()

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:
        """Retranslate on a change of language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._retranslate()
        return False

    def _retranslate(self) -> None:
        self._menu.setTitle(self.tr("Open &Recent"))

    def _update(self) -> None:
        before = self._shown_paths
        documents = (opened.document for opened in self._documents.all)
        self._shown_paths = [str(d.path) for d in documents if d.path and not d.is_new_file]
        for path in self._shown_paths:
            if path not in before:
                self.paths = (path, *(other for other in self.paths if other != path))[:MAX_FILES]
        self._menu.setEnabled(bool(self.paths))

    def _fill(self) -> None:
        self._menu.clear()
        for place, path in enumerate(map(Path, self.paths), start=1):
            label = printable(f"{path.name} — {brief_folder(path.parent)}").replace("&", "&&")
            mark = f"&{place} " if place < 10 else ""
            self._menu.addAction(mark + label, partial(self._open, path))
        self._menu.addSeparator()
        self._menu.addAction(self.tr("&Clear This List"), self.clear)


def brief_folder(folder: Path) -> str:
    """The folder's path, with ~ for the home folder."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(folder)
