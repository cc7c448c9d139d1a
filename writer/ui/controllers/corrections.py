"""A controller for corrections: marks what the service offers, and puts it into the text by one key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from writer.app.documents.spelling_service import SpellingService
from writer.app.suggestions.correction_service import CorrectionService
from writer.app.suggestions.cursor_state import CursorState
from writer.app.suggestions.suggestion_service import SuggestionService
from writer.documents.dictionaries import Dictionary
from writer.settings.schema import SUGGESTIONS_CORRECTIONS, SUGGESTIONS_ENABLED
from writer.settings.store import SettingsStore
from writer.suggestions.corrections.choice import ChosenCorrection, changed_part
from writer.text.utf16 import utf16_length
from writer.ui.common.widgets import announce
from writer.ui.editor.correction_mark import CorrectionMark
from writer.ui.editor.front_matter import is_front_matter
from writer.ui.editor.text_document import text_between, text_near
from writer.ui.window.action_id import ActionId
from writer.ui.window.main_window import MainWindow

MAX_BEHIND = 60
"""UTF-16 units typed behind a correction after which it is offered no more."""

_PARAGRAPH = 600
"""UTF-16 units of a paragraph that tell its language."""

_MAX_TAKEN = 50
"""The number of corrections of which it is noticed that they were taken back."""


@dataclass(frozen=True, slots=True)
class _TakenCorrection:
    """A correction that was put into a document, and where."""

    correction: ChosenCorrection
    text: QTextDocument
    start: int
    document: str


class CorrectionController(QObject):
    """Connects a window's editor and its actions for corrections with `corrections`.

    `is_code` tells whether a block is code, `is_foreign` whether a paragraph is in another language than a
    dictionary.
    """

    def __init__(
        self,
        window: MainWindow,
        corrections: CorrectionService,
        suggestions: SuggestionService,
        spelling: SpellingService,
        settings: SettingsStore,
        is_code: Callable[[int], bool],
        is_foreign: Callable[[str, Dictionary], bool],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = editor = window.editor
        self._corrections = corrections
        self._suggestions = suggestions
        self._spelling = spelling
        self._settings = settings
        self._is_code = is_code
        self._is_foreign = is_foreign
        self._mark = CorrectionMark(editor)
        editor.overlays.append(self._mark)
        self._span: tuple[int, int] | None = None
        """Where what is offered stands (UTF-16)."""
        self._taken: deque[_TakenCorrection] = deque(maxlen=_MAX_TAKEN)
        suggestions.set_meaning(corrections.as_meant)
        corrections.changed.connect(self._show)
        editor.typed.connect(self._note_typed)
        editor.edited.connect(self._note_edited)
        spelling.changed.connect(self._note_spelling)
        for signal in (editor.moved, editor.interrupted, editor.switched):
            signal.connect(self._clear)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._note_focus)
        self.destroyed.connect(settings.subscribe("suggestions", self._clear))
        window.actions_by_name.connect(
            {
                ActionId.SUGGEST_CORRECT: self._accept,
                ActionId.SUGGEST_DISMISS: corrections.decline,
                ActionId.SUGGEST_READ: self._announce,
            }
        )

    def _note_typed(self, _text: str) -> None:
        if self._span is not None and not self._stands():
            self._corrections.clear()
        self._corrections.typed(self._state)

    def _note_edited(self, _reason: str) -> None:
        """Decline a correction that was taken back."""
        self._corrections.clear()
        taken = self._taken[-1] if self._taken else None
        if taken is None or taken.text is not self._editor.document():
            return
        written = taken.correction.suspect.written
        if text_between(taken.text, taken.start, taken.start + utf16_length(written)) == written:
            self._taken.pop()
            self._corrections.note_declined(taken.correction, taken.document)

    def _clear(self, *_details: object) -> None:
        self._corrections.clear()

    def _note_spelling(self) -> None:
        """Offer nothing where the text is checked no more, or in another language."""
        if self._span is not None and not self._is_checked():
            self._corrections.clear()

    def _note_focus(self, _before: QWidget | None, focused: QWidget | None) -> None:
        if self._span is not None and not isinstance(focused, (type(self._editor), QMenu, QMenuBar)):
            self._corrections.clear()

    def _state(self) -> CursorState | None:
        """The state at the cursor, None where nothing is to be corrected."""
        get, block = self._settings.get, self._editor.textCursor().block()
        is_on = get(SUGGESTIONS_CORRECTIONS) and get(SUGGESTIONS_ENABLED) and self._is_checked()
        if not is_on or self._is_code(block.blockNumber()) or is_front_matter(block):
            return None
        dictionary, paragraph = self._spelling.dictionary, text_near(block, 0, _PARAGRAPH, 0)[0]
        if dictionary is None or self._is_foreign(paragraph, dictionary):
            return None
        return self._editor.cursor_state()

    def _is_checked(self) -> bool:
        """Whether the text is checked with an English dictionary."""
        dictionary = self._spelling.dictionary
        return dictionary is not None and dictionary.language == "en"

    def _stands(self) -> bool:
        """Whether what is offered still stands in the text, on the cursor's line and not far before it."""
        offered, cursor = self._corrections.offered, self._editor.textCursor()
        if offered is None or self._span is None:
            return False
        start, end = self._span
        return (
            cursor.block().position() <= start
            and end <= cursor.position() <= end + MAX_BEHIND
            and text_between(self._editor.document(), start, end) == offered.suspect.written
        )

    def _show(self, offered: ChosenCorrection | None) -> None:
        """Mark what is offered; the suggestion behind it is then the one for what was meant."""
        self._span = self._place(offered) if offered is not None else None
        if offered is not None and self._span is not None:
            self._mark.show(*self._span, offered.text)
            self._suggestions.corrected(self._editor.cursor_state())
        else:
            self._mark.clear()
        self._window.actions_by_name.enable_correction_actions(self._span is not None)

    def _place(self, offered: ChosenCorrection) -> tuple[int, int]:
        """The start and end of what is offered, which stands before the cursor."""
        before, suspect = self._editor.cursor_state().context.before, offered.suspect
        start = self._editor.textCursor().position() - utf16_length(before[len(suspect.before) :])
        return start, start + utf16_length(suspect.written)

    def _accept(self) -> None:
        """Put what is offered into the text; only letters that differ are replaced."""
        offered = self._corrections.offered
        if offered is None or self._span is None or not self._stands():
            return
        start, written = self._span[0], offered.suspect.written
        first, last = changed_part(written, offered.text)
        self._corrections.clear()
        at = start + utf16_length(written[:first])
        replaced = at, at + utf16_length(written[first : len(written) - last])
        self._editor.accept(offered.text[first : len(offered.text) - last], replaced)
        document = self._editor.identity.document_id
        self._taken.append(_TakenCorrection(offered, self._editor.document(), start, document))
        self._suggestions.corrected(self._editor.cursor_state())

    def _announce(self) -> None:
        """Show what is offered in the status bar behind the ghost text, and announce it."""
        offered = self._corrections.offered
        if offered is None:
            return
        text = self.tr("Correction: {meant} in place of {written}").format(
            meant=offered.text, written=offered.suspect.written
        )
        ghost = self._editor.ghost.strip()
        said = f"{ghost}  ·  {text}" if ghost else text
        self._window.status.show_message(said)
        announce(self._editor, said)
