"""A dialog with the versions of a text, and what restoring one would change in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from writer.base.printable import printable
from writer.documents.history.difference import Change, Part
from writer.documents.history.history_folder import History
from writer.documents.history.version_file import SavedVersion
from writer.ui.common.translation import Retranslated
from writer.ui.common.widgets import Label, resize_within_screen
from writer.ui.panels.difference_view import DifferenceView

_SIZE = QSize(880, 560)


class VersionsDialog(Retranslated, QDialog):
    """The list of a history, and the difference of the selected version.

    `name` and `font` are those of the text. Accepted when `version` is to be restored.
    """

    selected = Signal(object)
    """The SavedVersion whose difference shall be shown."""

    def __init__(self, name: str, history: History, font: QFont, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._history = history
        self.list = QListWidget()
        self.list.setObjectName("versionList")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view = DifferenceView(font)
        self.state = Label(wordWrap=True)
        self._damage = Label(wordWrap=True)
        for label in (self.state, self._damage):
            label.setProperty("tone", "muted")
        self._damage.setVisible(bool(history.damaged))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.restore = QPushButton()
        self.restore.setEnabled(False)
        self.buttons.addButton(self.restore, QDialogButtonBox.ButtonRole.AcceptRole)
        self.list.addItems(["" for _ in history.versions])
        self._lay_out()
        self.retranslate()
        self.list.currentRowChanged.connect(self._select)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        resize_within_screen(self, _SIZE)

    @property
    def version(self) -> SavedVersion:
        """The selected version."""
        return self._history.versions[max(0, self.list.currentRow())]

    def select_first(self) -> None:
        """Select the newest version, and give the list the focus."""
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def show_difference(self, parts: Sequence[Part]) -> None:
        """Show what restoring the selected version would change."""
        is_same = all(part.change is Change.SAME for part in parts)
        self.restore.setEnabled(not is_same)
        all_shown = self.view.show_parts(parts)
        text = self.tr("Restoring brings back what is marked, and takes away what is struck through.")
        if is_same:
            text = self.tr("This is the text as it is now.")
        elif not all_shown:
            text += " " + self.tr("There is more than can be shown here.")
        self._say(text)

    def show_problem(self, text: str) -> None:
        """Say why the selected version cannot be shown."""
        self.restore.setEnabled(False)
        self.view.show_parts(())
        self._say(text)

    def retranslate(self) -> None:
        """See `Retranslated`."""
        self.setWindowTitle(self.tr("Versions of “{name}”").format(name=printable(self._name)))
        self.list.setAccessibleName(self.tr("Versions"))
        self.view.setAccessibleName(self.tr("What restoring changes"))
        self.restore.setText(self.tr("Restore"))
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setText(self.tr("Close"))
        count = self.locale().toString(self._history.damaged)
        self._damage.setText(self.tr("Damaged and left out: {count}").format(count=count))
        for row, version in enumerate(self._history.versions):
            size = self.tr("{count} characters").format(count=self.locale().toString(version.characters))
            self.list.item(row).setText(f"{self._date(version.time)}  ·  {size}")
        if self.state.text():
            self.selected.emit(self.version)  # what is said of it comes again in the other language

    def _date(self, time: int) -> str:
        """The date and time of a version, by its day where that was today or yesterday."""
        when, form = QDateTime.fromMSecsSinceEpoch(time), QLocale.FormatType.ShortFormat
        clock = self.locale().toString(when.time(), form)
        days = when.date().daysTo(QDateTime.currentDateTime().date())
        if days == 0:
            return self.tr("Today, {time}").format(time=clock)
        if days == 1:
            return self.tr("Yesterday, {time}").format(time=clock)
        return f"{self.locale().toString(when.date(), form)}, {clock}"

    def _select(self, _row: int) -> None:
        self.restore.setEnabled(False)
        self.selected.emit(self.version)

    def _say(self, text: str) -> None:
        self.state.setText(text)
        self.view.setAccessibleDescription(text)

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self.list, 1)
        left.addWidget(self._damage)
        right.addWidget(self.view, 1)
        right.addWidget(self.state)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addLayout(right, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addWidget(self.buttons)
