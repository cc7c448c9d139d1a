"""The welcome of the first start: three ways to begin, until something is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label

MARKER = "begun"
"""The name of the file in the state folder which marks that text has been written."""

_WIDTH = 300


class Welcome(Retranslated, QWidget):
    """An overlay of the empty editor `page`, which keeps the focus; hidden for good once text is typed.

    `with_keys` puts the current shortcuts of actions into a text.
    """

    def __init__(
        self, page: QWidget, choices: dict[str, Callable[[], object]], with_keys: Callable[[str], str]
    ) -> None:
        super().__init__(page)
        self._page = page
        self._with_keys = with_keys
        self._choices = choices
        self.title = Label(alignment=Qt.AlignmentFlag.AlignHCenter)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self.title.setFont(font)
        self.buttons = {name: QPushButton(autoDefault=False) for name in choices}
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addSpacing(12)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _checked, name=name: self._choose(name))
            column.addWidget(button)
        self.keys = Label(alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        self.keys.setProperty("tone", "muted")
        column.addSpacing(6)
        column.addWidget(self.keys)
        page.installEventFilter(self)
        self.retranslate()
        self._centre()
        self.show()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.title.setText(self.tr("How do you want to begin?"))
        texts = {
            "write": self.tr("Write something new"),
            "open": self.tr("Open a text…"),
            "personalise": self.tr("Learn from my own texts…"),
        }
        for name, button in self.buttons.items():
            button.setText(texts[name])
        self.keys.setText(self._with_keys(self.tr("{help.keys} shows what all keys do.")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the overlay centred."""
        if watched is self._page and event.type() == QEvent.Type.Resize:
            self._centre()
        return super().eventFilter(watched, event)

    def _choose(self, name: str) -> None:
        self._page.setFocus()
        if name == "write":
            self.hide()
        self._choices[name]()

    def _centre(self) -> None:
        height = self.sizeHint().height()
        self.setGeometry(
            (self._page.width() - _WIDTH) // 2, (self._page.height() - height) // 3, _WIDTH, height
        )


def has_begun(state: Path) -> bool:
    """Whether text has been written before; `state` is the state folder."""
    return (state / MARKER).exists()


def mark_begun(state: Path) -> None:
    """Record that text has been written. Raises OSError."""
    (state / MARKER).touch(mode=0o600)
