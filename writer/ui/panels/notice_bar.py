"""A bar below the text with a notice about the document, which stays until it is closed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QToolButton

from writer.ui.common.theme import tinted_icon
from writer.ui.common.widgets import plain_tooltip
from writer.ui.panels.text_bar import TextBar


class NoticeBar(TextBar):
    """A bar with one notice and a button that closes it. `icons` is the folder of the icons."""

    def __init__(self, icons: Path) -> None:
        close_button = QToolButton()
        super().__init__(close_button)
        self.close_button = close_button
        self._icons = icons
        self.close_button.clicked.connect(self.hide)
        self.retranslate()
        self._apply_colours()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        super().retranslate()
        self.close_button.setToolTip(plain_tooltip(self.tr("Close")))
        self.close_button.setAccessibleName(self.tr("Close"))

    def changeEvent(self, event: QEvent) -> None:
        """Update the icon on a change of theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_colours()

    def _apply_colours(self) -> None:
        colour = self.palette().color(QPalette.ColorRole.PlaceholderText)
        self.close_button.setIcon(tinted_icon(self._icons / "close.svg", colour))
