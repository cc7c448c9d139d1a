"""Hints: what the keys do at the first suggestion and correction, and why no suggestion comes for a while."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject

from writer.settings.schema import SUGGESTIONS_ENABLED
from writer.settings.store import SettingsStore
from writer.text.characters import is_han
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow
from writer.ui.window.shortcuts import with_key_texts

log = logging.getLogger(__name__)

MARKER = "used-"
"""The beginning of the name of the file in the state folder which marks that an action was used."""

_TAUGHT = (ActionId.SUGGEST_ACCEPT, ActionId.SUGGEST_ACCEPT_WORD)
"""The actions after which nobody needs the hint any more."""

WHILE = 240
"""The number of letters typed without a suggestion after which the reason is offered."""

_LETTERS_PER_HAN = 3
"""The number of letters that take as long to type as a Chinese character."""


class SuggestionHints(QObject):
    """Shows the hints in the status bar of `window`; `folder` is the state folder."""

    def __init__(self, window: MainWindow, settings: SettingsStore, folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._folder = folder
        self._is_first = self._is_first_correction = True
        self._typed = 0
        actions, editor = window.actions_by_name, window.editor
        for name in (*_TAUGHT, ActionId.SUGGEST_CORRECT):
            actions[name].triggered.connect(lambda _checked, name=name: self._note_use(name))
        editor.ghost_changed.connect(self._note_ghost)
        actions[ActionId.SUGGEST_CORRECT].enabledChanged.connect(self._note_correction)
        editor.typed.connect(self._count)
        editor.switched.connect(self._restart)
        window.status.why_requested.connect(actions[ActionId.SUGGEST_WHY].trigger)
        actions[ActionId.SUGGEST_WHY].triggered.connect(self._restart)

    def _note_ghost(self, shown: bool) -> None:
        if not shown:
            return
        self._restart()
        if self._is_first and not all(map(self._was_used, _TAUGHT)):
            sentence = self.tr(
                "{suggest.accept} takes the suggestion, {suggest.accept_word} a word of it; "
                "{suggest.dismiss} dismisses it."
            )
            self._window.status.show_message(with_key_texts(sentence, self._settings))
        self._is_first = False

    def _note_correction(self, shown: bool) -> None:
        if not shown:
            return
        if self._is_first_correction and not self._was_used(ActionId.SUGGEST_CORRECT):
            sentence = self.tr("{suggest.correct} takes the correction; {suggest.dismiss} declines it.")
            self._window.status.show_message(with_key_texts(sentence, self._settings))
        self._is_first_correction = False

    def _count(self, text: str) -> None:
        """Offer the reason once enough was typed without a suggestion, where suggestions are wanted."""
        wanted = self._settings.get(SUGGESTIONS_ENABLED) and not self._window.editor.identity.suggestions_off
        self._typed += sum(_LETTERS_PER_HAN if is_han(character) else 1 for character in text)
        self._window.status.offer_why(bool(wanted) and self._typed >= WHILE)

    def _restart(self) -> None:
        self._typed = 0
        self._window.status.offer_why(False)

    def _note_use(self, name: ActionId) -> None:
        if not self._was_used(name):
            try:
                self._marker(name).touch(mode=0o600)
            except OSError as error:
                log.warning("the hint about keys will come again: %s", error.strerror)

    def _was_used(self, name: ActionId) -> bool:
        return self._marker(name).exists()

    def _marker(self, name: ActionId) -> Path:
        return self._folder / f"{MARKER}{name.value}"
