"""A controller for the panel "Why this?": when it opens, what it follows, where the keys go."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMenu

from writer.app.suggestions.explanation_service import Explanation, ExplanationService
from writer.app.suggestions.suggestion_service import SuggestionService
from writer.base.errors import Message
from writer.engine.introspection import Attention
from writer.ui.panels.explanation_panel import ExplanationPanel
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


class ExplanationController(QObject):
    """The panel of `window`. While it is open it follows the ghost and the cursor, unless it has the keys."""

    def __init__(
        self, window: MainWindow, service: ExplanationService, suggestions: SuggestionService
    ) -> None:
        super().__init__(window)
        self._editor = window.editor
        self._service = service
        self.panel = ExplanationPanel(window.icons, window.reason)
        window.add_side(self.panel, right=True)
        self._action = window.actions_by_name[ActionId.SUGGEST_INSIDE]
        self._action.triggered.connect(lambda _checked: self._step())
        self._editor.menu_fillers.append(self._fill_menu)
        window.status.asked.connect(self.open)
        self.panel.left.connect(self._editor.setFocus)
        self.panel.closed.connect(self.close)
        suggestions.changed.connect(lambda _suggestion: self._follow())
        service.explanation_ready.connect(self._show)
        service.attention_ready.connect(self._show_attention)
        self.panel.attention.switch.toggled.connect(self._switch_attention)
        service.failed.connect(self.panel.show_problem)

    def open(self) -> None:
        """Show the panel; the keys stay with the text."""
        self.panel.show()
        self._action.setChecked(True)
        self._follow()

    def close(self) -> None:
        """Take the panel away."""
        had_keys = self._has_keys()
        self.panel.hide()
        self._action.setChecked(False)
        self._service.cancel()
        if had_keys:
            self._editor.setFocus()

    def _step(self) -> None:
        """Open the panel; then give it the keys; then close it."""
        if not self.panel.isVisible():
            self.open()
        elif self._has_keys():
            self.close()
        else:
            self._action.setChecked(True)
            self.panel.take_keys()

    def _follow(self) -> None:
        """Ask anew, unless somebody reads what is there."""
        if self.panel.isVisible() and not self._has_keys():
            self._service.explain(self._editor.cursor_state().context)

    def _show(self, explanation: Explanation) -> None:
        if self.panel.isVisible() and not self._has_keys():
            self.panel.show_explanation(explanation)

    def _switch_attention(self, on: bool) -> None:
        """Show the attention or not; it is asked for at once, also while the switch has the keys."""
        self._service.with_attention = on
        if on:
            self._service.explain(self._editor.cursor_state().context)

    def _show_attention(self, found: Attention | Message) -> None:
        box = self.panel.attention
        if isinstance(found, Attention):
            box.show_attention(found)
        else:
            box.show_problem(found)

    def _has_keys(self) -> bool:
        focus = self.panel.focusWidget()
        return focus is not None and focus.hasFocus()

    def _fill_menu(self, menu: QMenu, _cursor: QTextCursor) -> None:
        menu.addSeparator()
        entry = menu.addAction(self._action.text())
        entry.triggered.connect(self.open)
