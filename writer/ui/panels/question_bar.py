"""A bar below the text with a question that may wait, and its two answers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from writer.ui.panels.text_bar import TextBar


class QuestionBar(TextBar):
    """A bar with one question, which hides when it is answered; closed otherwise, there is no answer.

    `yes` and `no` return the texts of the answers in the current language.
    """

    answered = Signal(bool)
    """The answer: whether it is yes."""

    def __init__(self, yes: Callable[[], str], no: Callable[[], str]) -> None:
        buttons = QPushButton(autoDefault=False), QPushButton(autoDefault=False)
        super().__init__(*buttons)
        self.yes, self.no = buttons
        self._answers = (yes, no)
        self.yes.clicked.connect(lambda: self._answer(True))
        self.no.clicked.connect(lambda: self._answer(False))
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        super().retranslate()
        yes, no = self._answers
        self.yes.setText(yes())
        self.no.setText(no())

    def _answer(self, yes: bool) -> None:
        self.hide()
        self.answered.emit(yes)
