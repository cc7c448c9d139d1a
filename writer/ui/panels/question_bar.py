"""A bar below the text with a question that may wait, and its two answers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label


class QuestionBar(Retranslated, QWidget):
    """A bar with one question; it takes no focus, and hides when it is answered.

    `yes` and `no` return the texts of the answers in the current language.
    """

    answered = Signal(bool)
    """The answer: whether it is yes."""

    dismissed = Signal()
    """It was closed by a key in it, without an answer; the focus shall go elsewhere."""

    def __init__(self, yes: Callable[[], str], no: Callable[[], str]) -> None:
        super().__init__()
        self.setObjectName("noticeBar")
        self.hide()
        self._answers = (yes, no)
        self._text: Callable[[], str] = str
        self.text = Label(wordWrap=True)
        self.text.setObjectName("notice")
        self.yes = QPushButton(autoDefault=False)
        self.no = QPushButton(autoDefault=False)
        self.yes.clicked.connect(lambda: self._answer(True))
        self.no.clicked.connect(lambda: self._answer(False))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 12, 5)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        row.addWidget(self.yes)
        row.addWidget(self.no)
        self.retranslate()

    def ask(self, text: Callable[[], str]) -> None:
        """Show the question `text()`, which is called again on a change of language."""
        self._text = text
        self.retranslate()
        self.show()

    def close_question(self) -> bool:
        """Hide the bar without an answer; whether it was shown."""
        was_shown = self.isVisible()
        self.hide()
        return was_shown

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.text.setText(self._text())
        self.setAccessibleName(self._text())
        yes, no = self._answers
        self.yes.setText(yes())
        self.no.setText(no())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _answer(self, yes: bool) -> None:
        self.hide()
        self.answered.emit(yes)
