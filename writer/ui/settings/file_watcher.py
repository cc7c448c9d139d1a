"""A watcher of the settings file for changes by other windows and programs."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from writer.settings.store import SettingsStore
from writer.ui.common.translation import localised

_CALM_MS = 100


class SettingsWatcher(QObject):
    """Has the store read its file again shortly after the file changed on disk."""

    noticed = Signal(str)
    """A sentence for the user about the file, in the language of the moment."""

    def __init__(self, store: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._watcher = QFileSystemWatcher(self)
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._calm.timeout.connect(self._reload)
        self._watcher.fileChanged.connect(self._calm.start)
        self._watcher.directoryChanged.connect(self._calm.start)
        self._watch()

    def _emit_notices(self) -> None:
        """Emit `noticed` for what the store has to say, and clear it."""
        notices, self._store.notices[:] = list(self._store.notices), []
        for sentence in notices:
            self.noticed.emit(localised(sentence))

    def _reload(self) -> None:
        self._store.reload()
        self._emit_notices()
        self._watch()

    def _watch(self) -> None:
        """Watch the folder, and the file itself: one replaced by a rename falls out of the watch."""
        wanted = [path for path in (self._store.path, self._store.path.parent) if path.exists()]
        watched = {*self._watcher.files(), *self._watcher.directories()}
        missing = [str(path) for path in wanted if str(path) not in watched]
        if missing:
            self._watcher.addPaths(missing)
