"""A bar below the text with a notice about the document, which stays until it is closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from writer.ui.common.theme import tinted_icon
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, plain_tooltip


class NoticeBar(Retranslated, QWidget):
    """A bar with one notice and a button that closes it. `icons` is the folder of the icons."""

    dismissed = Signal()
    """It was closed by a key in it; the focus shall go elsewhere."""

    def __init__(self, icons: Path) -> None:
        super().__init__()
        self.setObjectName("noticeBar")
        self.hide()
        self._icons = icons
        self._text: Callable[[], str] = str
        self.text = Label(wordWrap=True)
        self.text.setObjectName("notice")
        self.close_button = QToolButton()
        self.close_button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 5, 12, 5)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        row.addWidget(self.close_button)
        self.retranslate()
        self._apply_colours()

    def show_notice(self, text: Callable[[], str]) -> None:
        """Show `text()`, which is called again on a change of language."""
        self._text = text
        self.retranslate()
        self.show()

    def close_notice(self) -> bool:
        """Close the bar; whether it was open."""
        was_open = self.isVisible()
        self.hide()
        return was_open

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.text.setText(self._text())
        self.setAccessibleName(self._text())
        self.close_button.setToolTip(plain_tooltip(self.tr("Close")))
        self.close_button.setAccessibleName(self.tr("Close"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Update the icon on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_colours()

    def _apply_colours(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        self.close_button.setIcon(tinted_icon(self._icons / "close.svg", colour))
