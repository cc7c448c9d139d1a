"""The page Privacy: the stored data with places and sizes, and buttons to clear them."""

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
    """The list of stored data.

    `check` is called with the name of an item before it is cleared, and raises UserError where it cannot be;
    `cleared` is called with the name afterwards.
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
        """Update the sizes."""
        super().showEvent(event)
        for row in self.rows.values():
            row.refresh()


class StoredRow(Retranslated, QWidget):
    """A row for one kind of stored data."""

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
        self.error = Label(wordWrap=True)
        self.error.hide()
        self.open = QPushButton(autoDefault=False)
        self.clear = QPushButton(autoDefault=False)
        if item.delete is None:
            self.clear.hide()
        self.open.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(item.folder))))
        self.clear.clicked.connect(self._clear)
        self._lay_out()
        self.retranslate()

    def refresh(self) -> None:
        """Update the size."""
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
        self.error.hide()
        try:
            self._check(self._item.name)
            self._item.clear()
        except UserError as error:
            self._show_error(error)
            return
        except OSError as error:
            log.warning("%s not cleared: %s", self._item.name, error.strerror)
            reason = os_reason(error)
            self._show_error(
                Sentence("Not everything could be deleted ({reason}); try again.", {"reason": reason})
            )
        self._cleared(self._item.name)
        self.refresh()

    def _show_error(self, error: Sentence | UserError) -> None:
        self.error.setText(localised(error))
        self.error.show()

    def _lay_out(self) -> None:
        for label, tone in ((self.about, "muted"), (self.where, "muted"), (self.error, "warning")):
            label.setProperty("tone", tone)
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self.title, self.about, self.where, self.error):
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 10, 0, 10)
        row.setSpacing(6)
        row.addLayout(words, 1)
        row.addWidget(self.open, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignTop)


def _amount(count: int) -> str:
    """A size in bytes as text, also for small ones."""
    return size_text(count) if count >= 1_000_000 else f"{-(-count // 1000)} kB"
