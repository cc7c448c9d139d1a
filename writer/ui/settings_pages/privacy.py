"""The page Privacy: what is kept on this computer, where, how much, and how it is cleared."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from writer.app.desktop.stored_data import StoredItem, stored_items
from writer.base.errors import Sentence, UserError, os_reason
from writer.base.printable import printable
from writer.models.library.overview import size_text
from writer.ui.common.translation import Retranslated, localised
from writer.ui.common.widgets import Label, separator

log = logging.getLogger(__name__)


class PrivacyBox(QWidget):
    """Everything that is kept.

    `check` is asked with the name of an item that is about to be cleared, and raises UserError where it may
    not be; `cleared` hears the name of what was just cleared here.
    """

    def __init__(self, check: Callable[[str], None], cleared: Callable[[str], None]) -> None:
        super().__init__()
        self.rows = {item.name: StoredRow(item, check, cleared) for item in stored_items()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 10)
        column.setSpacing(0)
        for row in self.rows.values():
            column.addWidget(separator())
            column.addWidget(row)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure anew whenever somebody looks."""
        super().showEvent(event)
        for row in self.rows.values():
            row.refresh()


class StoredRow(Retranslated, QWidget):
    """One kind of what is kept."""

    def __init__(
        self, item: StoredItem, check: Callable[[str], None], cleared: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._item = item
        self._check = check
        self._cleared = cleared
        self.title = Label()
        self.about = Label(wordWrap=True)
        self.where = Label(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trouble = Label(wordWrap=True)
        self.trouble.hide()
        self.open = QPushButton(autoDefault=False)
        self.clear = QPushButton(autoDefault=False)
        if item.delete is None:
            self.clear.hide()
        self.open.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(item.folder))))
        self.clear.clicked.connect(self._clear)
        self._lay_out()
        self.retranslate()

    def refresh(self) -> None:
        """Show how much there is now."""
        self.where.setText(f"{_amount(self._item.bytes())} · {printable(self._item.folder)}")

    def retranslate(self) -> None:
        """See `Retranslated`."""
        title = localised(self._item.title)
        self.title.setText(title)
        self.about.setText(localised(self._item.about))
        self.open.setText(self.tr("Open"))
        self.open.setAccessibleName(self.tr("Open the folder: {title}").format(title=title))
        self.clear.setText(self.tr("Clear"))
        self.clear.setAccessibleName(self.tr("Clear: {title}").format(title=title))

    def _clear(self) -> None:
        self.trouble.hide()
        try:
            self._check(self._item.name)
            self._item.clear()
        except UserError as error:
            self._tell(error)
            return
        except OSError as error:
            log.warning("%s not cleared: %s", self._item.name, error.strerror)
            reason = os_reason(error)
            self._tell(Sentence("Not everything could be deleted ({reason}); try again.", {"reason": reason}))
        self._cleared(self._item.name)
        self.refresh()

    def _tell(self, trouble: Sentence | UserError) -> None:
        self.trouble.setText(localised(trouble))
        self.trouble.show()

    def _lay_out(self) -> None:
        for label, tone in ((self.about, "muted"), (self.where, "muted"), (self.trouble, "warning")):
            label.setProperty("tone", tone)
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.title, self.about, self.where, self.trouble):
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(6)
        row.addLayout(words, 1)
        row.addWidget(self.open, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignTop)


def _amount(count: int) -> str:
    """Bytes in words, small ones too."""
    return size_text(count) if count >= 1_000_000 else f"{-(-count // 1000)} kB"
