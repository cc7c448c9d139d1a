"""A controller for alternatives: the gap at the cursor, the popup below it, the word put into it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAction, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu

from writer.app.suggestions.alternatives_service import AlternativesResult, AlternativesService
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
    """What was asked about: the document's revision then, the word's place (UTF-16), the cursor as it was."""

    revision: int
    start: int
    end: int
    cursor: QTextCursor


class AlternativesController(QObject):
    """Offers words for the place of the cursor in a window's editor, by key and in its menu."""

    def __init__(self, window: MainWindow, service: AlternativesService) -> None:
        super().__init__(window)
        self._editor = editor = window.editor
        self._service = service
        self._say = window.status.say
        self._action = window.actions_by_name[ActionId.SUGGEST_WORDS]
        self._action.triggered.connect(lambda _checked: self.open())
        editor.menu_fillers.insert(0, self._fill_menu)  # below the spelling of a wrong word
        self._target: _Target | None = None
        self._result = AlternativesResult(Gap("", ""))
        self.list = AlternativesPopup(editor)
        self.list.chosen.connect(self._insert)
        self.list.left.connect(self._restore)
        self.list.typed.connect(self._type)
        service.alternatives_ready.connect(self._show)

    def open(self) -> None:
        """Look for words for what is selected, for the word at the cursor, or for the gap there."""
        editor = self._editor
        text, start, end, origin = editor.surrounding_text()
        gap = gap_at(text, start, end)
        if editor.isReadOnly():
            self._say(localised(sentence(Reason.READ_ONLY)))
        elif not (gap.before + gap.after).strip() or "\n" in gap.word:
            self._say(self.tr("Words are found for a place in a sentence; write one, or select less."))
        else:
            editor.clear_ghost()
            editor.interrupted.emit(Reason.CHOOSING)
            first = origin + utf16_length(text[: len(gap.before)])
            cursor = QTextCursor(editor.textCursor())
            self._target = _Target(editor.revision, first, first + utf16_length(gap.word), cursor)
            self._service.ask(gap)

    def _fill_menu(self, menu: QMenu, cursor: QTextCursor) -> None:
        """Offer other words for the place of the pointer on top of a menu."""
        offer = QAction(self._action.text(), menu)
        offer.triggered.connect(lambda: self._open_at(cursor))
        insert_on_top(menu, [offer])

    def _open_at(self, cursor: QTextCursor) -> None:
        self._editor.setTextCursor(cursor)
        self.open()

    def _show(self, result: AlternativesResult) -> None:
        """Mark the word and list the others, if the text and the cursor are where they were."""
        editor, target = self._editor, self._target
        if target is None or target.revision != editor.revision or editor.textCursor() != target.cursor:
            return
        if not result.words:
            self._say(localised(result.reason))
            return
        self._result = result
        marked = self._cursor(target)
        editor.setTextCursor(marked)
        marked.setPosition(target.start)
        line = editor.cursorRect(marked)
        corner = editor.viewport().mapTo(editor, line.topLeft())
        self.list.offer([word.text for word in result.words], QRect(corner, line.size()))

    def _insert(self, word: str) -> None:
        """Write the chosen word, as one step to take back."""
        if self._target is not None and self._target.revision == self._editor.revision:
            self._editor.replace(self._target.start, self._target.end, fit_word(word, self._result.gap))
        self._target = None

    def _restore(self) -> None:
        if self._target is not None:
            self._editor.setTextCursor(self._target.cursor)
            self._target = None

    def _type(self, event: QKeyEvent) -> None:
        QApplication.sendEvent(self._editor, QKeyEvent(event))

    def _cursor(self, target: _Target) -> QTextCursor:
        """A cursor that selects the word."""
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(target.start)
        cursor.setPosition(target.end, QTextCursor.MoveMode.KeepAnchor)
        return cursor
