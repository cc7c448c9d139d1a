"""A controller for what keys do in the text beyond writing it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from writer.settings.editor_schema import EDITOR_LISTS
from writer.settings.store import SettingsStore
from writer.ui.keys.continuation import Continuation
from writer.ui.keys.indentation import Indentation
from writer.ui.window.main_window import MainWindow


class KeyController(QObject):
    """Connects the editor of `window` with the handlers of keys. `is_code` tells whether a block is code."""

    def __init__(self, window: MainWindow, settings: SettingsStore, is_code: Callable[[int], bool]) -> None:
        super().__init__(window)
        self.indentation = Indentation(window.editor, is_code)
        self.continuation = Continuation(window.editor, lambda: settings.get(EDITOR_LISTS), is_code)
