"""A popup list of alternatives for a word, for keyboard and pointer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from writer.ui.common.translation import Retranslated

_WORD = Qt.ItemDataRole.UserRole
_GAP = 6
"""Pixels between the line of text and the popup."""

_PADDING = 10
"""The sum of the paddings above and below the words in pixels, as in the style sheet."""

_WIDTH = 180
"""The minimum width in pixels."""


class AlternativesPopup(Retranslated, QListWidget):
    """A popup list: Enter, Tab or a digit chooses, Esc dismisses, other keys go to the text."""

    chosen = Signal(str)
    """The chosen word; the popup is hidden."""

    dismissed = Signal()
    """The popup was hidden without a choice."""

    typed = Signal(object)
    """A QKeyEvent for the text; the popup is hidden."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("wordList")
        self._parent = parent
        self.hide()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self._open = False
        self.itemClicked.connect(self._choose)
        self.retranslate()

    def words(self) -> list[str]:
        """The listed words."""
        return [self.item(row).data(_WORD) for row in range(self.count())]

    def show_words(self, words: Sequence[str], line: QRect) -> None:
        """Show `words` below or above the rectangle `line` of text in the parent."""
        self.clear()
        for number, word in enumerate(words, 1):
            item = QListWidgetItem(f"{number % 10}   {word}")
            item.setData(_WORD, word)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, word)
            self.addItem(item)
        self.setCurrentRow(0)
        self._fit(line)
        self._open = True
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setAccessibleName(self.tr("Words that fit here"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose, dismiss, or pass the key to the text."""
        key, text = event.key(), event.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self._choose(self.currentItem())
        elif text.isascii() and text.isdigit():
            if item := self.item((int(text) or 10) - 1):
                self._choose(item)
        elif key == Qt.Key.Key_Escape:
            self._dismiss_to_editor()
        elif text and text.isprintable():
            self._dismiss_to_editor()
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, _next: bool) -> bool:
        """False, so that Tab is a key of this widget."""
        return False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Dismiss the popup when it loses the focus."""
        super().focusOutEvent(event)
        self._dismiss()

    def _dismiss_to_editor(self) -> None:
        self._parent.setFocus()  # which hides the popup
        self._dismiss()

    def _dismiss(self) -> None:
        if self._open:
            self._open = False
            self.hide()
            self.dismissed.emit()

    def _choose(self, item: QListWidgetItem) -> None:
        self._open = False
        self._parent.setFocus()
        self.hide()
        self.chosen.emit(item.data(_WORD))

    def _fit(self, line: QRect) -> None:
        """Set the size to that of the words; the place is below the line if there is room, else above."""
        room = self._parent.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        around = 2 * self.frameWidth() + _PADDING
        rows = sum(self.sizeHintForRow(row) for row in range(self.count()))
        below, above = room.bottom() - line.bottom() - _GAP, line.top() - _GAP - room.top()
        wanted = rows + around
        fits = below if wanted <= below or below >= above else above
        height = min(wanted, fits)
        y = line.bottom() + _GAP if fits == below else line.top() - _GAP - height
        width = min(room.width(), max(_WIDTH, self.sizeHintForColumn(0) + around + 16))
        self.setGeometry(max(room.left(), min(line.left(), room.right() - width)), y, width, height)
