"""A bar below the text with one line of words, the base of those with a notice or a question."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label


class TextBar(Retranslated, QWidget):
    """A bar with a text and `buttons` behind it; it takes no focus, and is hidden at first.

    A class of it calls `retranslate` at the end of its constructor.
    """

    dismissed = Signal()
    """It was closed by a key in it; the focus shall go elsewhere."""

    def __init__(self, *buttons: QPushButton | QToolButton) -> None:
        super().__init__()
        self.setObjectName("noticeBar")
        self.hide()
        self._text: Callable[[], str] = str
        self.text = Label(wordWrap=True)
        self.text.setObjectName("notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 12, 5)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        for button in buttons:
            row.addWidget(button)

    def show_text(self, text: Callable[[], str]) -> None:
        """Show `text()`, which is called again on a change of language."""
        self._text = text
        self.retranslate()
        self.show()

    def close_bar(self) -> bool:
        """Hide the bar; whether it was shown."""
        was_shown = self.isVisible()
        self.hide()
        return was_shown

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.text.setText(self._text())
        self.setAccessibleName(self._text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)
