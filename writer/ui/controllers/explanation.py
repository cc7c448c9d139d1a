"""A controller for the panel "Why this?": its opening, its updates, and its keyboard focus."""

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
    """The panel of `window`. While open it explains the current suggestion, unless it has the focus."""

    def __init__(
        self, window: MainWindow, service: ExplanationService, suggestions: SuggestionService
    ) -> None:
        super().__init__(window)
        self._editor = window.editor
        self._service = service
        self.panel = ExplanationPanel(window.icons, window.reason)
        window.add_side_panel(self.panel, right=True)
        self._action = window.actions_by_name[ActionId.SUGGEST_INSIDE]
        self._action.triggered.connect(lambda _checked: self._toggle())
        self._editor.menu_fillers.append(self._fill_menu)
        window.status.more_requested.connect(self.open)
        self.panel.dismissed.connect(self._editor.setFocus)
        self.panel.closed.connect(self.close)
        suggestions.changed.connect(lambda _suggestion: self._update())
        service.explanation_ready.connect(self._show)
        service.attention_ready.connect(self._show_attention)
        self.panel.attention.switch.toggled.connect(self._switch_attention)
        service.failed.connect(self.panel.show_problem)

    def open(self) -> None:
        """Show the panel; the focus stays in the editor."""
        self.panel.show()
        self._action.setChecked(True)
        self._update()

    def close(self) -> None:
        """Hide the panel."""
        had_focus = self._has_focus()
        self.panel.hide()
        self._action.setChecked(False)
        self._service.cancel()
        if had_focus:
            self._editor.setFocus()

    def _toggle(self) -> None:
        """Show or hide the panel; the focus stays in the text."""
        if self.panel.isVisible():
            self.close()
        else:
            self.open()

    def _update(self) -> None:
        """Request an explanation, unless the user is reading the current one."""
        if self.panel.isVisible() and not self._has_focus():
            self._service.explain(self._editor.cursor_state().context)

    def _show(self, explanation: Explanation) -> None:
        if self.panel.isVisible() and not self._has_focus():
            self.panel.show_explanation(explanation)

    def _switch_attention(self, on: bool) -> None:
        """Turn attention on or off; it is requested at once, even if the panel has the focus."""
        self._service.with_attention = on
        if on:
            self._service.explain(self._editor.cursor_state().context)

    def _show_attention(self, found: Attention | Message) -> None:
        box = self.panel.attention
        if isinstance(found, Attention):
            box.show_attention(found)
        else:
            box.show_problem(found)

    def _has_focus(self) -> bool:
        focus = self.panel.focusWidget()
        return focus is not None and focus.hasFocus()

    def _fill_menu(self, menu: QMenu, _cursor: QTextCursor) -> None:
        menu.addSeparator()
        entry = menu.addAction(self._action.text())
        entry.triggered.connect(self.open)
