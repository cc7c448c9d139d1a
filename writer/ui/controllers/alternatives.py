"""A controller for alternatives of a word: the request, the popup, and the replacement."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAction, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu

from writer.app.suggestions.alternatives_service import AlternativesResult, AlternativesService
from writer.documents.authorship.origin import Origin
from writer.suggestions.gap import Gap, fit_word, gap_at
from writer.suggestions.reasons import Reason, sentence
from writer.text.utf16 import utf16_length
from writer.ui.common.translation import localised
from writer.ui.common.widgets import insert_on_top
from writer.ui.panels.alternatives_popup import AlternativesPopup
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class _Target:
    """The place of a request: the document's revision, the word's start and end (UTF-16), and the cursor."""

    revision: int
    start: int
    end: int
    cursor: QTextCursor


class AlternativesController(QObject):
    """Alternatives for the word at the cursor of a window's editor, by key and in its menu."""

    def __init__(self, window: MainWindow, service: AlternativesService) -> None:
        super().__init__(window)
        self._editor = editor = window.editor
        self._service = service
        self._show_message = window.status.show_message
        self._action = window.actions_by_name[ActionId.SUGGEST_WORDS]
        self._action.triggered.connect(lambda _checked: self.open())
        editor.menu_fillers.insert(0, self._fill_menu)  # below the corrections of spelling
        self._target: _Target | None = None
        self._result = AlternativesResult(Gap("", ""))
        self.list = AlternativesPopup(editor)
        self.list.chosen.connect(self._insert)
        self.list.dismissed.connect(self._restore)
        self.list.typed.connect(self._type)
        service.alternatives_ready.connect(self._show)

    def open(self) -> None:
        """Request alternatives for the selection, for the word at the cursor, or for the gap there."""
        editor = self._editor
        text, start, end, origin = editor.surrounding_text()
        gap = gap_at(text, start, end)
        if editor.isReadOnly():
            self._show_message(localised(sentence(Reason.READ_ONLY)))
        elif not (gap.before + gap.after).strip() or "\n" in gap.word:
            self._show_message(
                self.tr("Words are found for a place in a sentence; write one, or select less.")
            )
        else:
            editor.clear_ghost()
            editor.interrupted.emit(Reason.CHOOSING)
            first = origin + utf16_length(text[: len(gap.before)])
            cursor = QTextCursor(editor.textCursor())
            self._target = _Target(editor.revision, first, first + utf16_length(gap.word), cursor)
            self._service.ask(gap)

    def _fill_menu(self, menu: QMenu, cursor: QTextCursor) -> None:
        """Insert the action for alternatives at the pointer's position on top of the menu."""
        offer = QAction(self._action.text(), menu)
        offer.triggered.connect(lambda: self._open_at(cursor))
        insert_on_top(menu, [offer])

    def _open_at(self, cursor: QTextCursor) -> None:
        self._editor.setTextCursor(cursor)
        self.open()

    def _show(self, result: AlternativesResult) -> None:
        """Select the word and list the alternatives, unless text or cursor changed meanwhile."""
        editor, target = self._editor, self._target
        if target is None or target.revision != editor.revision or editor.textCursor() != target.cursor:
            return
        if not result.words:
            self._show_message(localised(result.reason))
            return
        self._result = result
        marked = self._cursor(target)
        editor.setTextCursor(marked)
        marked.setPosition(target.start)
        line = editor.cursorRect(marked)
        corner = editor.viewport().mapTo(editor, line.topLeft())
        self.list.show_words([word.text for word in result.words], QRect(corner, line.size()))

    def _insert(self, word: str) -> None:
        """Replace the word by the chosen one, as one undo step."""
        if self._target is not None and self._target.revision == self._editor.revision:
            with self._editor.changes_from(Origin.TAKEN):
                self._editor.replace(self._target.start, self._target.end, fit_word(word, self._result.gap))
        self._target = None

    def _restore(self) -> None:
        if self._target is not None:
            self._editor.setTextCursor(self._target.cursor)
            self._target = None

    def _type(self, event: QKeyEvent) -> None:
        QApplication.sendEvent(self._editor, QKeyEvent(event))

    def _cursor(self, target: _Target) -> QTextCursor:
        """A cursor with the word selected."""
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(target.start)
        cursor.setPosition(target.end, QTextCursor.MoveMode.KeepAnchor)
        return cursor
