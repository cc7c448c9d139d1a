"""A controller for saving without a key: after a pause, and when another program gets the focus."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from writer.settings.editor_schema import EDITOR_AUTOSAVE
from writer.settings.store import SettingsStore
from writer.ui.controllers.files import FileController
from writer.ui.editor.editor import Editor

PAUSE_MS = 3_000
"""The time without a change of the text after which it is saved."""


class AutosaveController(QObject):
    """Lets `files` save by itself while the settings say so. `app` tells when another program is used."""

    def __init__(
        self, editor: Editor, files: FileController, settings: SettingsStore, app: QGuiApplication
    ) -> None:
        super().__init__(files)
        self._editor = editor
        self._files = files
        self._settings = settings
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._save)
        app.applicationStateChanged.connect(self._save_in_background)
        self.destroyed.connect(settings.subscribe(EDITOR_AUTOSAVE.key, self._apply))
        self._apply("")

    def _apply(self, _key: str) -> None:
        """Wait for pauses only while they save."""
        on = self._settings.get(EDITOR_AUTOSAVE)
        if on and not self._files.saves_by_itself:
            self._editor.textChanged.connect(self._pause.start)
            self._pause.start()
        elif not on and self._files.saves_by_itself:
            self._editor.textChanged.disconnect(self._pause.start)
            self._pause.stop()
        self._files.saves_by_itself = on

    def _save_in_background(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive:
            self._save()

    def _save(self) -> None:
        """Save, or try again later where an operation is running."""
        self._pause.stop()
        if not self._files.save_by_itself():
            self._pause.start()
