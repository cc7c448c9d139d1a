"""A controller for suggestions: passes the editor's events to the service, and shows its suggestions."""

from __future__ import annotations

from PySide6.QtCore import QObject

from writer.app.suggestions.suggestion_service import SuggestionService
from writer.suggestions.reasons import Reason
from writer.suggestions.suggestion import Suggestion
from writer.ui.common.widgets import announce
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


class SuggestionController(QObject):
    """Connects a window's editor and its "suggest" actions with `suggestions`."""

    def __init__(self, window: MainWindow, suggestions: SuggestionService) -> None:
        super().__init__(window)
        self._editor = window.editor
        self._status = window.status
        self._reason = window.reason
        self._suggestions = suggestions
        self._asked = False
        """Whether the user waits for the answer to an explicit request."""
        editor = window.editor
        for signal in (editor.typed, editor.edited, editor.moved):
            signal.connect(self._stop_waiting)
        editor.typed.connect(lambda text: suggestions.typed(text, editor.cursor_state()))
        editor.edited.connect(suggestions.edited)
        editor.moved.connect(lambda: suggestions.moved(editor.cursor_state()))
        editor.interrupted.connect(suggestions.interrupted)
        suggestions.changed.connect(self._show)
        suggestions.problem_changed.connect(window.status.set_problem)
        window.actions_by_name.connect(
            {
                ActionId.SUGGEST_ACCEPT: lambda: self._accept(suggestions.shown.text),
                ActionId.SUGGEST_ACCEPT_WORD: lambda: self._accept(suggestions.shown.first_word()),
                ActionId.SUGGEST_ACCEPT_PHRASE: lambda: self._accept(suggestions.shown.first_phrase()),
                ActionId.SUGGEST_DISMISS: self._dismiss,
                ActionId.SUGGEST_ASK: self._ask,
                ActionId.SUGGEST_NEXT: lambda: suggestions.alternative(1, editor.cursor_state()),
                ActionId.SUGGEST_PREVIOUS: lambda: suggestions.alternative(-1, editor.cursor_state()),
                ActionId.SUGGEST_READ: self._announce,
                ActionId.SUGGEST_WHY: self._show_reason,
            }
        )

    def _ask(self) -> None:
        """Ask for a suggestion; where none comes, the status bar says why."""
        self._asked = True
        if self._status.loading:
            self._status.show_message(self._reason(Reason.LOADING), reason=True)
        self._suggestions.ask_now(self._editor.cursor_state())

    def _dismiss(self) -> None:
        """Dismiss the ghost text; the key may be meant for a correction alone."""
        if self._editor.ghost:
            self._suggestions.dismiss()

    def _stop_waiting(self) -> None:
        self._asked = False

    def _show(self, suggestion: Suggestion) -> None:
        self._editor.show_suggestion(suggestion)
        if self._asked and (suggestion.text or suggestion.reason):
            self._asked = False
            if not suggestion.text:
                self._status.show_message(self._reason(suggestion.reason), reason=True)

    def _accept(self, text: str) -> None:
        """Insert the ghost text or a prefix of it."""
        if text and self._editor.ghost.startswith(text):
            self._editor.accept(text)
            self._suggestions.accepted(text, self._editor.cursor_state())

    def _announce(self) -> None:
        """Show the suggestion in the status bar, and announce it to screen readers."""
        ghost = self._editor.ghost.strip()
        if not ghost:
            self._show_reason()
            return
        self._status.show_message(ghost)
        announce(self._editor, ghost)

    def _show_reason(self) -> None:
        if self._editor.ghost:
            text = self.tr("There is a suggestion: {text}").format(text=self._editor.ghost.strip())
            self._status.show_message(text, reason=True)
            return
        reason = self._suggestions.reasons[-1] if self._suggestions.reasons else ""
        text = self._reason(reason) if reason else self.tr("Nothing has been asked yet; type on.")
        self._status.show_message(text, reason=True)
