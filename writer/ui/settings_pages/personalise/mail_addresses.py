"""The person's own mail addresses, asked where mails are among the texts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from writer.settings.schema import PERSONALISE_OWN_ADDRESSES
from writer.settings.store import SettingsStore
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label

_LINES = 3


class MailAddresses(Retranslated, QWidget):
    """A field for the setting PERSONALISE_OWN_ADDRESSES, which changes when the focus leaves it."""

    def __init__(self, settings: SettingsStore) -> None:
        super().__init__()
        self._settings = settings
        self.label = Label()
        self.field = QPlainTextEdit()
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight((_LINES + 1) * self.field.fontMetrics().lineSpacing())
        self.field.installEventFilter(self)
        self.hint = Label(wordWrap=True)
        self.hint.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.label, self.field, self.hint):
            column.addWidget(widget)
        self.destroyed.connect(settings.subscribe(PERSONALISE_OWN_ADDRESSES.key, self._show))
        self._show("")
        self.retranslate()

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.label.setText(self.tr("Your mail addresses"))
        self.hint.setText(self.tr("One in each line. Of mails, only those that come from these are learned."))
        self.field.setAccessibleName(self.tr("Your mail addresses"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Set the addresses when the focus leaves the field."""
        if watched is self.field and event.type() == QEvent.Type.FocusOut:
            self._set()
        return False

    def _set(self) -> None:
        lines = (line.strip() for line in self.field.toPlainText().replace(",", "\n").splitlines())
        addresses = tuple(line for line in lines if line)
        if addresses != self._settings.get(PERSONALISE_OWN_ADDRESSES):
            self._settings.set(PERSONALISE_OWN_ADDRESSES, addresses)

    def _show(self, _key: str) -> None:
        text = "\n".join(self._settings.get(PERSONALISE_OWN_ADDRESSES))
        if not self.field.hasFocus():
            self.field.setPlainText(text)
