"""A watcher of the settings file for changes by other windows and programs."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from writer.settings.store import SettingsStore
from writer.ui.common.translation import localised

_DELAY_MS = 100


class SettingsWatcher(QObject):
    """Reloads the store shortly after its file changed on disk."""

    noticed = Signal(str)
    """A sentence for the user about the file, in the current language."""

    def __init__(self, store: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._watcher = QFileSystemWatcher(self)
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self._reload)
        self._watcher.fileChanged.connect(self._delay.start)
        self._watcher.directoryChanged.connect(self._delay.start)
        self._watch()

    def _emit_notices(self) -> None:
        """Emit and clear the notices of the store."""
        notices, self._store.notices[:] = list(self._store.notices), []
        for sentence in notices:
            self.noticed.emit(localised(sentence))

    def _reload(self) -> None:
        self._store.reload()
        self._emit_notices()
        self._watch()

    def _watch(self) -> None:
        """Watch the folder, too, because a file that is replaced by a rename is no longer watched."""
        existing = [path for path in (self._store.path, self._store.path.parent) if path.exists()]
        watched = {*self._watcher.files(), *self._watcher.directories()}
        missing = [str(path) for path in existing if str(path) not in watched]
        if missing:
            self._watcher.addPaths(missing)
