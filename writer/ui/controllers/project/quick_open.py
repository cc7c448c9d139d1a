"""A controller for opening a text by its name: those of the folder, the open and the recent ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from writer.ui.controllers.project.project import ProjectController
from writer.ui.controllers.recent_files import brief_folder
from writer.ui.panels.project.quick_open_box import QuickOpenBox
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


class QuickOpenController(QObject):
    """Connects the box with the list of `project` and with `recent`: paths of texts, the latest first."""

    def __init__(
        self,
        window: MainWindow,
        project: ProjectController,
        recent: Callable[[], Sequence[str]],
        open_file: Callable[[Path], None],
    ) -> None:
        super().__init__(window)
        self._project = project
        self._recent = recent
        self.box = QuickOpenBox(window, window.editor)
        self.box.chosen.connect(open_file)
        project.listed.connect(self._update)
        window.actions_by_name.connect({ActionId.FILE_QUICK_OPEN: self._open})

    def _open(self) -> None:
        self._set_names()
        self.box.open()
        self._project.refresh()

    def _update(self) -> None:
        """Show a newer list of the folder, if the box is open."""
        if self.box.isVisible():
            self._set_names()

    def _set_names(self) -> None:
        """Offer the recent texts first, then the others of the folder."""
        listing = self._project.listing
        below = {} if listing is None else {str(listing.folder / name): name for name in listing.names}
        names, paths = [], []
        for path in self._recent():
            place = Path(path)
            names.append(below.pop(path, "") or f"{brief_folder(place.parent)}/{place.name}")
            paths.append(place)
        self.box.set_names([*names, *below.values()], [*paths, *map(Path, below)])
